"""How much the store holds, counted so that asking every few seconds costs next to nothing."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Table, bindparam, func, literal_column, select

from regua.errors import NotFoundError
from serving.store import tables
from serving.store.database import Database
from serving.store.instants import instant, moment_of
from serving.store.statements import Statement, statement
from serving.store.tables import audit, permits

RUN, MOST_RUNS = 20_000, 50
"""Records of the chain counted in one transaction, and transactions in one count."""


def _rows(table: Table) -> Statement:
    own = table.c.portfolio == bindparam("portfolio")
    return statement(select(func.count()).select_from(table).where(own), "portfolio")


_ROWS = {
    table.name: _rows(table)
    for table in (
        tables.decisions,
        tables.events,
        tables.quarantine,
        tables.positions,
        tables.permits,
        tables.outbox,
        tables.audit,
    )
}
_KINDS = statement(
    select(audit.c.kind, func.count(), func.max(audit.c.seq))
    .where(
        audit.c.portfolio == bindparam("portfolio"),
        audit.c.seq > bindparam("after"),
        audit.c.seq <= bindparam("until"),
    )
    .group_by(audit.c.kind),
    "portfolio",
    "after",
    "until",
)
_open = permits.c.portfolio == bindparam("portfolio"), permits.c.state == literal_column("'open'")
_OPEN = statement(select(func.count()).where(*_open), "portfolio")
_OVERDUE = statement(
    select(func.count(), func.min(permits.c.expires_at)).where(*_open, permits.c.expires_at <= bindparam("moment")),
    "portfolio",
    "moment",
)


class Counts:
    """How much of what one portfolio holds."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def rows(self, table: str) -> int:
        """Count the rows of a table.

        Raises
        ------
        NotFoundError
            It is none of those that are counted.
        """
        if table not in _ROWS:
            raise NotFoundError(f"no table {table}", expected=", ".join(sorted(_ROWS)))
        with self._database.reading() as transaction:
            return int(transaction.rows(_ROWS[table], self._portfolio)[0][0])

    def recorded(self, after: int, until: int) -> tuple[Counter[str], int]:
        """Count records of the audit chain by kind, of those numbered in (after, until]; return the last of them."""
        found: Counter[str] = Counter()
        last = after
        with self._database.reading() as transaction:
            for kind, count, seq in transaction.rows(_KINDS, self._portfolio, after, until):
                found[kind] += count
                last = max(last, seq)
        return found, last

    def open_permits(self) -> int:
        """Count the permits that wait to be claimed."""
        with self._database.reading() as transaction:
            return int(transaction.rows(_OPEN, self._portfolio)[0][0])

    def overdue_permits(self, moment: datetime) -> tuple[int, datetime | None]:
        """Count the permits that wait though their time has passed, and say since when the first does."""
        with self._database.reading() as transaction:
            ((count, first),) = transaction.rows(_OVERDUE, self._portfolio, instant(moment))
        return int(count), moment_of(first) if first else None


class Totals:
    """Everything ever recorded, by kind: the chain has no gaps and does not change, so only its new end is read."""

    def __init__(self, counts: Counts) -> None:
        self._counts, self._seq = counts, 0
        self._found: Counter[str] = Counter()

    def up_to_now(self) -> Counter[str]:
        """Count on from where the last count ended; a long chain is caught up with in several calls."""
        for _ in range(MOST_RUNS):
            found, last = self._counts.recorded(self._seq, self._seq + RUN)
            if last == self._seq:
                break
            self._found += found
            self._seq = last
        return self._found
