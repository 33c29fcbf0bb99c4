"""The decision log as a list: newest first, narrowed by whom, how, in which journey and when."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import bindparam, select

from serving.store import audit, log
from serving.store.database import Database
from serving.store.log import Logged
from serving.store.statements import Statement, limited, statement
from serving.store.tables import decisions as table

NEWEST = 2**62
"""Behind every decision there is or will be."""
_WHOLE = [table.c[name] for name in audit.DECISION_COLUMNS]
_NARROWED = {
    "customer_id": table.c.customer_id == bindparam("customer_id"),
    "action": table.c.action == bindparam("action"),
    "channel": table.c.channel == bindparam("channel"),
    "journey": table.c.journey == bindparam("journey"),
    "since": table.c.decided_at >= bindparam("since"),
    "until": table.c.decided_at < bindparam("until"),
}
"""What a list may be narrowed by; instants as the store writes them."""


@cache
def _list(names: tuple[str, ...]) -> Statement:
    """Write the statement of one set of filters: each is its own, so that each has its index."""
    own = table.c.portfolio == bindparam("portfolio")
    asked = select(table.c.seq, *_WHOLE).where(own, *(_NARROWED[name] for name in names))
    page = asked.where(table.c.seq < bindparam("before")).order_by(table.c.seq.desc())
    return statement(limited(page), "portfolio", *names, "before", "limit")


class Listing:
    """The list of one portfolio's decisions."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def decisions(self, narrowed: Mapping[str, str], limit: int, before: int = NEWEST) -> list[tuple[int, Logged]]:
        """Read decisions, the newest first, as (sequence, row); erased ones tell only that they were made.

        Parameters
        ----------
        narrowed
            What they have in common: any of customer_id, action, channel, journey, and since and until as the store
            writes instants, the latter not included.
        before
            The sequence behind which the list goes on; rows added meanwhile have larger ones.
        """
        names = tuple(name for name in _NARROWED if name in narrowed)
        values = [narrowed[name] for name in names]
        with self._database.reading() as transaction:
            found = transaction.rows(_list(names), self._portfolio, *values, before, limit)
            rows = log.logged(transaction, self._portfolio, [row for _, *row in found])
            return [(seq, row) for (seq, *_), row in zip(found, rows, strict=True)]
