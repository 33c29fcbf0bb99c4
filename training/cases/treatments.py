"""Which choices of a policy to learn from, and as of when: each with the profile of the dawn before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from models.base import ModelSpec
from regua.clock import start_of_day, utc
from regua.columns import Array, Numbers, from_arrow, take
from regua.dice import draw, identity
from regua.vocabulary import NOTHING
from training.cases.labels import instant
from training.plan import Plan

if TYPE_CHECKING:
    import duckdb

DAWN_HOURS = 5
"""The hour of the business zone at which profiles are made: a choice of the day knows no more."""

_RARE = 0.5

_CHOICES = """
SELECT treatment_id, customer_id, contract_id, coalesce(channel, $nothing) AS arm,
       propensity::DOUBLE AS propensity, happened_at
FROM treatments
WHERE greatest(known_at, happened_at) <= $as_of AND happened_at > $since
ORDER BY treatment_id
"""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Choices to learn from, ``(n,)`` each: whose, of which contract, which arm, when, and the dawn before.

    ``propensity`` is the chance that this choice was made and then drawn; NaN where none was logged.
    ``counts`` says what became of those that are not here.
    """

    customer: Array
    contract: Array
    arm: Array
    propensity: Numbers
    at: Array
    dawn: Array
    counts: dict[str, int]

    def take(self, rows: Array, lost: dict[str, int]) -> "Choices":
        """Pick choices by mask or position, counting what became of the others."""
        return Choices(
            self.customer[rows],
            self.contract[rows],
            self.arm[rows],
            self.propensity[rows],
            self.at[rows],
            self.dawn[rows],
            self.counts | lost,
        )


def choices(
    connection: "duckdb.DuckDBPyConnection",
    zone: str,
    plan: Plan,
    spec: ModelSpec,
    as_of: datetime,
    customers: Sequence[str] | None,
    *,
    seed: int,
) -> Choices:
    """List the choices whose outcome is known by a moment, at most ``plan.treatments_maximum`` an arm.

    What a channel adds shows in the choices a policy seldom makes, so the less likely come first; of the usual ones
    some are drawn, and being drawn counts into their propensity.

    Parameters
    ----------
    connection
        With the canonical tables as views.
    spec
        Whose arms and window count.
    customers
        Only theirs; None: everyone's.
    """
    window = timedelta(days=spec.window_days)
    last, since = utc(as_of).replace(tzinfo=None), utc(as_of) - timedelta(days=plan.treatment_back_days)
    values = {"nothing": NOTHING, "as_of": last, "since": since.replace(tzinfo=None)}
    found = from_arrow(connection.sql(_CHOICES, params=values).to_arrow_table())
    at = found["happened_at"].astype("datetime64[us]")
    closed = at + np.timedelta64(window) <= np.datetime64(last, "us")
    mine = np.isin(found["arm"].astype(str), spec.arms)
    if customers is not None:
        mine &= np.isin(found["customer_id"].astype(str), np.array(customers, str))
    share = np.zeros(len(at))
    luck = draw(identity(found["treatment_id"]), "choices", 0, seed)
    for arm in spec.arms:
        rows = np.flatnonzero(mine & closed & (found["arm"] == arm))
        share[rows] = _drawn(found["propensity"][rows], luck[rows], plan.treatments_maximum)
    kept = np.flatnonzero(share > 0)
    chosen = take(found, kept)
    counts = {"window_open": int((mine & ~closed).sum()), "not_drawn": int((mine & closed).sum()) - len(kept)}
    return Choices(
        chosen["customer_id"],
        chosen["contract_id"],
        chosen["arm"],
        chosen["propensity"] * share[kept],
        at[kept],
        dawns(at[kept], zone),
        counts,
    )


def dawns(at: Array, zone: str) -> Array:
    """Return the last dawn strictly before each instant, ``datetime64[us]``.

    Examples
    --------
    >>> dawns(np.array(["2026-07-01T12:00", "2026-07-01T08:00"], "datetime64[us]"), "America/Sao_Paulo").tolist()
    [datetime.datetime(2026, 7, 1, 8, 0), datetime.datetime(2026, 6, 30, 8, 0)]
    """
    if not len(at):
        return np.empty(0, "datetime64[us]")
    at = at.astype("datetime64[us]")
    # No local day lies further than two from the day of UTC: all dawns around, and the last one before each instant.
    days = np.arange(at.min().astype("datetime64[D]") - 2, at.max().astype("datetime64[D]") + 3).tolist()
    found = np.array([instant(start_of_day(day, zone) + timedelta(hours=DAWN_HOURS)) for day in days], "datetime64[us]")
    return np.asarray(found[np.searchsorted(found, at, side="left") - 1])


def _drawn(propensity: Numbers, luck: Numbers, maximum: int) -> Numbers:
    """Return the chance with which each choice was drawn, 0 where it was not."""
    rare = ~(propensity > _RARE)
    share = np.zeros(len(propensity))
    room = maximum
    for rows in (np.flatnonzero(rare), np.flatnonzero(~rare)):
        taken = rows[np.argsort(luck[rows], kind="stable")[: max(room, 0)]]
        share[taken] = len(taken) / len(rows) if len(rows) else 0.0
        room -= len(taken)
    return share
