"""A few kills of real workers under load, on each database: nothing acknowledged is lost or done twice."""

from tests.trust import kills


def test_what_was_acknowledged_before_a_worker_was_killed_is_there_once(tmp_path):
    assert [line for line in kills.run(tmp_path, full=False) if not line.is_met] == []
