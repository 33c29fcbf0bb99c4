"""A few races for one key against real workers, on each database: one execution a key, one answer to all."""

from tests.trust import same_key


def test_a_key_in_many_hands_has_its_effect_once(tmp_path):
    assert [line for line in same_key.run(tmp_path, full=False) if not line.is_met] == []
