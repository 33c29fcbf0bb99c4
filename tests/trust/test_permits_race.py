"""A few callers of two processes about the same customers, on each database: one permit a slot, no cap overshot."""

from tests.trust import permits


def test_however_many_ask_at_once_a_slot_has_one_permit_and_no_cap_is_overshot(tmp_path):
    assert [line for line in permits.run(tmp_path, full=False) if not line.is_met] == []
