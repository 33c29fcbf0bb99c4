"""A process is killed at each step of an operation of the store: nothing is half done; asked again it is done once."""

from tests.trust import crash_points


def test_whatever_the_step_a_process_dies_at_its_work_is_kept_whole_or_not_at_all(tmp_path):
    assert [line for line in crash_points.run(tmp_path, full=False) if not line.is_met] == []
