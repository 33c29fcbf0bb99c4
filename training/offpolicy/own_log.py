"""The book's own log of choices: what was done to whom, with what chance, and what was paid after, less its cost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from features import sources
from regua.clock import utc
from regua.columns import Array, Flags, from_arrow
from regua.dice import draw, identity
from regua.errors import DataError
from regua.settings import Settings
from regua.vocabulary import CHANNELS, NOTHING
from training.cases.treatments import dawns
from training.offpolicy import profiles as known_at
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
SELECT treatment_id, t.customer_id AS customer, t.contract_id, t.happened_at AS at,
       coalesce(t.channel, $nothing) AS action, t.propensity,
       (coalesce(paid.cents, 0) - coalesce(cost.cents, 0))::DOUBLE AS reward, {open}
FROM chosen AS t LEFT JOIN paid USING (treatment_id) LEFT JOIN cost USING (treatment_id)
LEFT JOIN points USING (treatment_id) LEFT JOIN refused USING (treatment_id)
WHERE t.propensity IS NOT NULL ORDER BY treatment_id
"""

# What the log says could be done; of a choice that does not say, who has an address that works and did not refuse.
_OPEN = """(CASE WHEN t.among IS NOT NULL THEN list_contains(string_split(t.among, ' '), '{0}')
ELSE coalesce(list_contains(reached, '{0}'), false) AND NOT coalesce(list_contains(channels, '{0}'), false)
END)::DOUBLE AS open_{0}"""
_PEACE = "coalesce(list_contains(string_split(t.among, ' '), '{0}'), true)::DOUBLE AS open_{0}"

ROUNDS_MAXIMUM = 60_000
"""More rounds than this are not joined with profiles: whole customers are drawn."""


def read(
    settings: Settings,
    as_of: datetime,
    *,
    days: int = 14,
    profiles: Callable[[pa.Table], pa.Table] | None = None,
    rounds_maximum: int = ROUNDS_MAXIMUM,
    seed: int = 7,
) -> BanditLog:
    """Read every choice whose window had closed by a moment; the reward is cents paid in it, less cents spent.

    A channel was open where the log says so (``among``); of a choice that does not say, to whom it had an address that
    worked and who had not refused it, as known then; what was done was open. A policy that was held back by more than
    that shows in weights that do not average to 1, and is refused. Facts are the profile of the dawn before.

    Parameters
    ----------
    profiles
        Answers as :func:`features.pairs.at` does; that itself when None.
    rounds_maximum
        Of more rounds, those of some customers are read, drawn by keyed dice.

    Raises
    ------
    DataError
        There are too few choices, or none with a propensity.
    """
    values = {"as_of": utc(as_of).replace(tzinfo=None), "days": days, "nothing": NOTHING}
    with sources.open_tables(settings) as connection:
        opens = [*(_OPEN.format(channel) for channel in CHANNELS), _PEACE.format(NOTHING)]
        sql = _ROUNDS.format(open=", ".join(opens))
        found = from_arrow(connection.sql(sql, params=values).to_arrow_table())
    if not len(found["reward"]):
        raise DataError(
            f"no choice in this book whose {days} days had passed by {utc(as_of):%Y-%m-%d}",
            expected="rows of treatments with a propensity",
            remedy="log what the old policy chose and with what chance, or look from a later moment with --as-of",
        )
    kept = _drawn(found["customer"], rounds_maximum, seed)
    found = {name: np.asarray(column[kept]) for name, column in found.items()}
    opened = [f"open_{action}" for action in (*CHANNELS, NOTHING)]
    names = {"action": "action", "reward": "reward", "propensity": "propensity", "customer": "customer"}
    log = BanditLog.of(found, **names, also=["treatment_id", "contract_id", "at", *opened])
    could = [log.columns.get(f"open_{action}", np.ones(len(log))) > 0 for action in log.actions]
    done = log.taken[:, None] == np.arange(len(log.actions))
    dawn = dawns(log.columns["at"].astype("datetime64[us]"), settings.zone)
    facts, why_none = known_at.facts(settings, log.customer, log.columns["contract_id"], dawn, profiles)
    return replace(log, open=np.column_stack(could) | done, facts=facts, why_no_facts=why_none)


def _drawn(customer: Array, maximum: int, seed: int) -> Flags:
    """Keep whole customers, in the order of their luck, while their rounds are within a maximum; ``(n,)``."""
    _, who, rounds = np.unique(customer.astype(str), return_inverse=True, return_counts=True)
    if len(customer) <= maximum:
        return np.ones(len(customer), bool)
    luck = draw(identity(customer), "offpolicy/customers", 0, seed)
    first = np.zeros(len(rounds))
    first[who] = luck
    order = np.argsort(first, kind="stable")
    is_kept = np.zeros(len(rounds), bool)
    is_kept[order[np.cumsum(rounds[order]) <= maximum]] = True
    return np.asarray(is_kept[who])
