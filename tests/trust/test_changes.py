"""A few hundred steps at change requests, a change and a stop of two processes: nothing goes live or out past them."""

from tests.trust import changes


def test_nothing_goes_live_without_a_second_person_and_nothing_goes_out_after_a_stop(tmp_path):
    assert [line for line in changes.run(tmp_path, full=False) if not line.is_met] == []
