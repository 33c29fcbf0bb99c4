"""Some small months lived through: no promise is broken, and planted bugs are found."""

from tests.trust import simulated


def test_months_in_which_everything_goes_wrong_break_no_promise(tmp_path):
    assert [line for line in simulated.run(tmp_path, full=False) if not line.is_met] == []
