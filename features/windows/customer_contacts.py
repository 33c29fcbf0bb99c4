"""How was this customer approached, and what came of it? By channel: attempts, reads; replies, cost."""

from regua.vocabulary import CHANNELS

_MESSAGES = "('push', 'email', 'sms', 'whatsapp')"
_ANSWERED = "('connected', 'right_party', 'wrong_party', 'promised', 'paid_claim', 'refused')"


def _by_channel(prefix: str, condition: str) -> str:
    return ", ".join(f"count(*) FILTER (channel = '{ch}' AND {condition}) AS {prefix}_{ch}" for ch in CHANNELS)


_RECENT = f"""
SELECT m, c,
       count(*) FILTER (happened_at > days_ago_7) AS attempts_7d,
       count(*) FILTER (happened_at > days_ago_30) AS attempts_30d,
       count(*) AS attempts_90d,
       {_by_channel("attempts_30d", "happened_at > days_ago_30")},
       count(*) FILTER (channel IN {_MESSAGES}) AS messages_90d,
       count(*) FILTER (channel IN {_MESSAGES} AND read_at <= t) AS messages_read_90d,
       {_by_channel("read_90d", "read_at <= t")},
       count(*) FILTER (delivered_at <= t) AS delivered_90d,
       count(*) FILTER (replied_at <= t) AS replies_90d,
       count(*) FILTER (outcome_at <= t AND outcome IN {_ANSWERED}) AS connects_90d,
       coalesce(sum(cost_cents) FILTER (happened_at > days_ago_30), 0) AS contact_cost_30d_cents,
       {_by_channel("attempts_1d", "happened_at >= day_start")},
       {_by_channel("attempts_7d", "happened_at > days_ago_7")},
       count(*) FILTER (happened_at >= day_start) AS attempts_1d
FROM contacts JOIN moments USING (c) WHERE known <= t AND happened_at > days_ago_90
GROUP BY m, c
"""

_LAST = """
SELECT m, c, max(happened_at) AS sent, max(read_at) FILTER (read_at <= t) AS read,
       max(replied_at) FILTER (replied_at <= t) AS replied
FROM contacts JOIN moments USING (c) WHERE known <= t
GROUP BY m, c
"""

_COUNTS = (
    "attempts_7d",
    "attempts_30d",
    "attempts_90d",
    *(f"attempts_30d_{ch}" for ch in CHANNELS),
    *(f"read_90d_{ch}" for ch in CHANNELS),
    "replies_90d",
    "connects_90d",
    "contact_cost_30d_cents",
    *(f"attempts_1d_{ch}" for ch in CHANNELS),
    *(f"attempts_7d_{ch}" for ch in CHANNELS),
    "attempts_1d",
)

_VIEW = f"""
SELECT m, customer_id, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _COUNTS)},
       messages_read_90d / nullif(messages_90d, 0) AS read_share_90d,
       delivered_90d / nullif(attempts_90d, 0) AS delivered_share_90d,
       today - local_day(sent) AS days_since_last_contact,
       today - local_day(read) AS days_since_last_read,
       today - local_day(replied) AS days_since_last_reply
FROM who JOIN moments USING (c)
LEFT JOIN recent_contacts USING (m, c)
LEFT JOIN last_contacts USING (m, c)
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("recent_contacts", _RECENT),
    ("last_contacts", _LAST),
    ("customer_contacts", _VIEW),
)
