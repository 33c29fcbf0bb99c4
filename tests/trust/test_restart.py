"""A killed service answers again when it is started, and has kept what it told; how soon is told, and not tried."""

from tests.trust import restart


def test_a_service_that_was_killed_answers_again_and_has_kept_what_it_told(tmp_path):
    assert [line for line in restart.run(tmp_path, full=False) if not line.is_met] == []
