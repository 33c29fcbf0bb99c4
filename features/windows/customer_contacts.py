"""How was this customer approached, and what came of it? By channel: attempts, reads; replies, cost."""

from features.windows.facts import SLOT_BITS
from regua import channels
from regua.vocabulary import ANSWERS, CHANNELS, SLOT_HOURS, STATE_CODE, ContactState

_MESSAGES = channels.quoted("message")
_SPOKEN = channels.quoted("voice")
_ANSWERS = ", ".join(f"'{outcome}'" for outcome in ANSWERS)


_WINDOWS = {"attempts_30d": "days_ago_30", "attempts_7d": "days_ago_7", "attempts_24h": "days_ago_1"}

# Counted by channel and then laid side by side: a filter for every count and channel costs three times as much.
_BY_CHANNEL = f"""
SELECT m, c, channel, count(*) AS attempts_90d,
       {", ".join(f"count(*) FILTER (happened_at > {start}) AS {name}" for name, start in _WINDOWS.items())},
       count(*) FILTER (happened_at >= day_start) AS attempts_1d,
       count(*) FILTER (read_at <= t) AS read_90d,
       count(*) FILTER (delivered_at <= t) AS delivered_90d,
       count(*) FILTER (replied_at <= t) AS replies_90d,
       count(*) FILTER (outcome_at <= t AND outcome IN ({_ANSWERS}, 'wrong_party')) AS connects_90d,
       sum(cost_cents) FILTER (happened_at > days_ago_30) AS contact_cost_30d_cents, count(offer) AS offers_made_90d,
       count(*) FILTER (answered IS NULL OR happened_at > answered) AS unanswered_in_a_row
FROM contacts JOIN moments USING (c) JOIN (SELECT m, c, answered FROM last_contacts) USING (m, c)
WHERE known <= t AND happened_at > days_ago_90
GROUP BY m, c, channel
"""

_COUNTED_BY_CHANNEL = ("attempts_30d", "read_90d", "attempts_1d", "attempts_7d", "attempts_24h")
_TOTALS = (
    *("attempts_7d", "attempts_30d", "attempts_90d", "attempts_1d", "attempts_24h"),
    *("replies_90d", "connects_90d", "contact_cost_30d_cents", "delivered_90d", "offers_made_90d"),
)
_side_by_side = ",\n       ".join(
    f"max(CASE WHEN channel = '{ch}' THEN {name} END) AS {name}_{ch}" for name in _COUNTED_BY_CHANNEL for ch in CHANNELS
)

_RECENT = f"""
SELECT m, c, {", ".join(f"sum({name}) AS {name}" for name in _TOTALS)},
       sum(attempts_90d) FILTER (channel IN {_MESSAGES}) AS messages_90d,
       sum(read_90d) FILTER (channel IN {_MESSAGES}) AS messages_read_90d,
       sum(unanswered_in_a_row) FILTER (channel IN {_MESSAGES}) AS unanswered_in_a_row,
       {_side_by_side}
FROM channel_contacts GROUP BY m, c
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
           count(*) FILTER (outcome_at <= t AND outcome_at > days_ago_365 AND outcome = 'complained')
               AS complaints_365d,
           sum(slot) FILTER (happened_at > days_ago_180) AS tries,
           sum(slot) FILTER (happened_at > days_ago_180 AND reached_at <= t) AS reached,
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
    *(name for name in _TOTALS if name != "delivered_90d"),
    "unanswered_in_a_row",
    *(f"{name}_{ch}" for name in _COUNTED_BY_CHANNEL for ch in CHANNELS),
)


def _in_slot(packed: str, position: int) -> str:
    return f"coalesce({packed} >> {position * SLOT_BITS}::HUGEINT, 0) & {(1 << SLOT_BITS) - 1}::HUGEINT"


_by_slot = ",\n       ".join(
    f"{_in_slot(packed, position)} AS {packed}_180d_{hour:02}"
    for packed in ("tries", "reached")
    for position, hour in enumerate(SLOT_HOURS)
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
       {_hours_since("spoken")} AS hours_since_last_conversation,
       coalesce(complaints_365d, 0) AS complaints_365d,
       {_by_slot}
FROM who JOIN moments USING (c)
LEFT JOIN recent_contacts USING (m, c)
LEFT JOIN last_contacts USING (m, c)
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("last_contacts", _LAST),
    ("channel_contacts", _BY_CHANNEL),
    ("recent_contacts", _RECENT),
    ("customer_contacts", _VIEW),
)
