"""Which contacts went out, to whom and when, and what is asked of each: the ground of every model of contacts."""

from datetime import timedelta
from typing import Any

import numpy as np

from models.base import ModelSpec
from regua.clock import utc
from regua.columns import Array, Columns, from_arrow
from training.cases.case import Cases, History, labelled
from training.cases.labels import KEPT, Window, unweighted
from training.cases.treatments import dawns

_SENT = """
WITH sent AS (
    SELECT *, happened_at + $days * INTERVAL 1 DAY AS ends, greatest(known_at, happened_at) AS known
    FROM contacts WHERE happened_at > $since AND {only}
)
{more}
SELECT s.customer_id, s.contract_id, s.channel, s.offer, s.happened_at AS at,
       (s.known > s.ends)::DOUBLE AS is_late, ({happened})::DOUBLE AS label, {why} AS why
FROM sent AS s {joins}
ORDER BY s.happened_at, s.contact_id
"""


def sent(
    history: History,
    spec: ModelSpec,
    happened: str,
    *,
    only: str = "true",
    why: str = "''",
    joins: str = "",
    more: str = "",
) -> Columns:
    """List the contacts of the plan's past and what came of each.

    Parameters
    ----------
    happened
        SQL over a contact ``s``: what answers yes. ``s.ends`` is the end of its window.
    only
        SQL: which contacts are meant at all; the others are no observations and are not counted.
    why
        SQL: the reason to leave a contact out, ``''`` to keep it.
    joins, more
        SQL: what else is joined, and queries to join.

    Returns
    -------
    ``customer_id``, ``contract_id``, ``channel``, ``offer``, ``at``, ``label`` and ``why``, ``(n,)`` each. A contact
    whose window was open, or that became known only after its window, says so in ``why``.
    """
    window = Window.of(spec)
    since = utc(history.as_of) - timedelta(days=history.plan.treatment_back_days)
    values: dict[str, Any] = {"days": window.days, "since": since.replace(tzinfo=None)}
    sql = _SENT.format(happened=happened, only=only, why=why, joins=joins, more=more)
    found = from_arrow(history.connection.sql(sql, params=values).to_arrow_table())
    at = found["at"].astype("datetime64[us]")
    is_open = ~window.closed_each(at, history.as_of)
    told = np.array([one or KEPT for one in found["why"]], object)
    reason = np.select([is_open, found.pop("is_late") > 0], ["window_open", "known_late"], told).astype(object)
    return {**found, "at": at, "why": reason, "label": np.nan_to_num(found["label"])}


def cases(history: History, found: Columns, *, arm: Array | None = None, extras: Columns | None = None) -> Cases:
    """Make cases of contacts, known as of the dawn before each; those with a ``why`` are counted by it."""
    return labelled(
        unweighted(found["label"], found["why"]),
        customer=found["customer_id"],
        contract=found["contract_id"],
        moment=found["at"],
        known=dawns(found["at"], history.zone),
        arm=arm,
        extras=extras,
    )


def also(found: Columns, is_out: Array, why: str) -> Array:
    """Return the reasons, with one more for contacts that had none."""
    return np.where((found["why"] == KEPT) & is_out, why, found["why"]).astype(object)


def quoted(words: tuple[str, ...]) -> str:
    """Write closed words as a list of SQL.

    Examples
    --------
    >>> quoted(("read",))
    "('read')"
    """
    return f"({', '.join(repr(str(word)) for word in words)})"
