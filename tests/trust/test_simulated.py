"""Some small months lived through: no promise is broken, and planted bugs are found."""

import pytest

from tests.trust import simulated
from tests.trust.simulation.bugs import BUGS


def test_months_in_which_everything_goes_wrong_break_no_promise(tmp_path):
    assert [line for line in simulated.run(tmp_path, full=False) if not line.is_met] == []


@pytest.mark.parametrize("name", BUGS)
def test_every_bug_can_be_planted_in_what_there_is_now(name):
    with BUGS[name]():
        pass
