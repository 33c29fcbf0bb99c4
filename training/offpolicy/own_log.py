"""The book's own log of choices: what was done to whom, with what chance, and what was paid after, less its cost."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from features import sources
from regua.clock import utc
from regua.columns import from_arrow
from regua.errors import DataError
from regua.settings import Settings
from regua.vocabulary import CHANNELS, NOTHING
from training.offpolicy.log import BanditLog

# A choice and its contact meet by customer, channel and day; one that was chosen and not sent cost nothing.
_ROUNDS = """
WITH chosen AS (
    SELECT *, happened_at + $days * INTERVAL 1 DAY AS ends FROM treatments
    WHERE greatest(known_at, happened_at) <= $as_of AND happened_at + $days * INTERVAL 1 DAY <= $as_of
),
paid AS (
    SELECT treatment_id, sum(amount_cents) AS cents FROM chosen AS t JOIN payments AS p
      ON p.contract_id = t.contract_id AND p.happened_at > t.happened_at
     AND greatest(p.known_at, p.happened_at) <= t.ends GROUP BY ALL
),
cost AS (
    SELECT treatment_id, sum(cost_cents) AS cents FROM chosen AS t JOIN contacts AS c
      ON c.customer_id = t.customer_id AND c.channel = t.channel AND c.contract_id = t.contract_id
     AND c.happened_at >= t.happened_at AND c.happened_at < t.happened_at + INTERVAL 1 DAY GROUP BY ALL
),
points AS (
    SELECT treatment_id, list(DISTINCT p.channel) AS reached FROM chosen AS t JOIN contact_points AS p
      ON p.customer_id = t.customer_id AND greatest(p.known_at, p.happened_at) <= t.happened_at
    WHERE NOT (p.status IN ('invalid', 'wrong_party') AND (p.status_at IS NULL OR p.status_at <= t.happened_at))
    GROUP BY ALL
),
said AS (
    SELECT treatment_id, c.channel, arg_max(is_granted, c.happened_at) AS is_granted FROM chosen AS t JOIN consents AS c
      ON c.customer_id = t.customer_id AND greatest(c.known_at, c.happened_at) <= t.happened_at
    GROUP BY ALL
),
refused AS (SELECT treatment_id, list(channel) AS channels FROM said WHERE NOT is_granted GROUP BY ALL)
SELECT treatment_id, t.customer_id AS customer, coalesce(t.channel, $nothing) AS action, t.propensity,
       (coalesce(paid.cents, 0) - coalesce(cost.cents, 0))::DOUBLE AS reward, {open}
FROM chosen AS t LEFT JOIN paid USING (treatment_id) LEFT JOIN cost USING (treatment_id)
LEFT JOIN points USING (treatment_id) LEFT JOIN refused USING (treatment_id)
WHERE t.propensity IS NOT NULL ORDER BY treatment_id
"""

_OPEN = (
    "(coalesce(list_contains(reached, '{0}'), false) AND NOT coalesce(list_contains(channels, '{0}'), false))::DOUBLE "
    "AS open_{0}"
)


def read(settings: Settings, as_of: datetime, *, days: int = 14) -> BanditLog:
    """Read every choice whose window had closed by a moment; the reward is cents paid in it, less cents spent.

    A channel was open to whom it had an address that worked and who had not refused it, as known then; what was done
    was open. A policy that was held back by more than that shows in weights that do not average to 1, and is refused.

    Raises
    ------
    DataError
        There are too few choices, or none with a propensity.
    """
    values = {"as_of": utc(as_of).replace(tzinfo=None), "days": days, "nothing": NOTHING}
    with sources.open_tables(settings) as connection:
        sql = _ROUNDS.format(open=", ".join(_OPEN.format(channel) for channel in CHANNELS))
        found = from_arrow(connection.sql(sql, params=values).to_arrow_table())
    if not len(found["reward"]):
        raise DataError(
            f"no choice in this book whose {days} days had passed by {utc(as_of):%Y-%m-%d}",
            expected="rows of treatments with a propensity",
            remedy="log what the old policy chose and with what chance, or look from a later moment with --as-of",
        )
    found["reward"] = np.asarray(found["reward"], np.float64)
    opened = [f"open_{channel}" for channel in CHANNELS]
    names = {"action": "action", "reward": "reward", "propensity": "propensity", "customer": "customer"}
    log = BanditLog.of(found, **names, also=["treatment_id", *opened])
    could = [log.columns.get(f"open_{action}", np.ones(len(log))) > 0 for action in log.actions]
    done = log.taken[:, None] == np.arange(len(log.actions))
    return replace(log, open=np.column_stack(could) | done)
