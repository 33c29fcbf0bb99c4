"""How was this customer approached, and what came of it? By channel: attempts, reads; replies, cost."""

from regua import channels
from regua.vocabulary import ANSWERS, CHANNELS, STATE_CODE, ContactState

_MESSAGES = channels.quoted("message")
_SPOKEN = channels.quoted("voice")
_ANSWERS = ", ".join(f"'{outcome}'" for outcome in ANSWERS)


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
       count(*) FILTER (outcome_at <= t AND outcome IN ({_ANSWERS}, 'wrong_party')) AS connects_90d,
       coalesce(sum(cost_cents) FILTER (happened_at > days_ago_30), 0) AS contact_cost_30d_cents,
       {_by_channel("attempts_1d", "happened_at >= day_start")},
       {_by_channel("attempts_7d", "happened_at > days_ago_7")},
       count(*) FILTER (happened_at >= day_start) AS attempts_1d,
       {_by_channel("attempts_24h", "happened_at > days_ago_1")},
       count(*) FILTER (happened_at > days_ago_1) AS attempts_24h,
       count(*) FILTER (channel IN {_MESSAGES} AND (answered IS NULL OR happened_at > answered)) AS unanswered_in_a_row
FROM contacts JOIN moments USING (c) JOIN (SELECT m, c, answered FROM last_contacts) USING (m, c)
WHERE known <= t AND happened_at > days_ago_90
GROUP BY m, c
"""

# Failed and wrong party are states of their own only while nothing better was seen. Of two contacts sent at one instant
# the one that got further is the last.
_STATE = f"""
CASE WHEN replied_at <= t OR (outcome_at <= t AND outcome IN ({_ANSWERS}, 'opted_out'))
     THEN {STATE_CODE[ContactState.REPLIED]}
     WHEN read_at <= t THEN {STATE_CODE[ContactState.READ]}
     WHEN outcome_at <= t AND outcome IN ('failed', 'wrong_party') THEN 0
     WHEN delivered_at <= t THEN {STATE_CODE[ContactState.DELIVERED]}
     WHEN accepted_at <= t THEN {STATE_CODE[ContactState.ACCEPTED]}
     ELSE {STATE_CODE[ContactState.SENT]} END
"""

_LAST = f"""
SELECT *, greatest(replied, spoken) AS answered FROM (
    SELECT m, c, t, max(happened_at) AS sent, max(read_at) FILTER (read_at <= t) AS read,
           max(replied_at) FILTER (replied_at <= t) AS replied,
           max(epoch_us(happened_at) * 8 + {_STATE}) % 8 AS last_contact_state,
           greatest(max(replied_at) FILTER (replied_at <= t AND channel IN {_SPOKEN}),
                    max(outcome_at) FILTER (outcome_at <= t AND channel IN {_SPOKEN} AND outcome IN ({_ANSWERS}))
           ) AS spoken
    FROM contacts JOIN moments USING (c) WHERE known <= t
    GROUP BY m, c, t
)
"""


def _hours_since(instant: str) -> str:
    return f"(epoch_us(moments.t) - epoch_us({instant})) / 3600000000"


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
    *(f"attempts_24h_{ch}" for ch in CHANNELS),
    "attempts_24h",
    "unanswered_in_a_row",
)

_VIEW = f"""
SELECT m, customer_id, {", ".join(f"coalesce({name}, 0) AS {name}" for name in _COUNTS)},
       messages_read_90d / nullif(messages_90d, 0) AS read_share_90d,
       delivered_90d / nullif(attempts_90d, 0) AS delivered_share_90d,
       today - local_day(sent) AS days_since_last_contact,
       today - local_day(read) AS days_since_last_read,
       today - local_day(replied) AS days_since_last_reply,
       {_hours_since("sent")} AS hours_since_last_contact,
       last_contact_state,
       {_hours_since("spoken")} AS hours_since_last_conversation
FROM who JOIN moments USING (c)
LEFT JOIN recent_contacts USING (m, c)
LEFT JOIN last_contacts USING (m, c)
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("last_contacts", _LAST),
    ("recent_contacts", _RECENT),
    ("customer_contacts", _VIEW),
)
