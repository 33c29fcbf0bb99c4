"""A small log is replayed: every decision comes out byte for byte as it was answered."""

from tests.trust import replays


def test_every_decision_of_a_log_is_made_again_byte_for_byte(tmp_path):
    assert [line for line in replays.run(tmp_path, full=False) if not line.is_met] == []
