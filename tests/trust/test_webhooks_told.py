"""Some messages, and workers that die while they tell them: every endpoint hears every one."""

from tests.trust import webhooks


def test_every_message_is_heard_though_workers_die_and_no_address_leads_inside(tmp_path):
    assert [line for line in webhooks.run(tmp_path, full=False) if not line.is_met] == []
