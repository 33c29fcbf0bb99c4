"""Decisions made beside the real ones: kept whole and audited, and seen by nothing that decides or learns."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from serving.store import audit, log, subjects
from serving.store.database import Database
from serving.store.instants import instant
from serving.store.log import Logged
from serving.store.statements import OneOf, inserting, statement
from serving.store.tables import shadows

_own = shadows.c.portfolio == bindparam("portfolio")
_KEEP = statement(inserting(shadows, "portfolio", *audit.DECISION_COLUMNS), "portfolio", *audit.DECISION_COLUMNS)
_KEPT = statement(
    select(*(shadows.c[name] for name in audit.DECISION_COLUMNS)).where(_own, OneOf(shadows.c.decision_id, "ids")),
    "portfolio",
    "ids",
)


class Shadows:
    """The shadow decisions of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def keep(self, rows: Sequence[Logged]) -> None:
        """Keep decisions, each once, with their audit records."""
        with self._database.writing() as transaction:
            transaction.hold(self._portfolio, {row.customer_id for row in rows})
            ids = transaction.several(row.decision_id for row in rows)
            known = {found[0] for found in transaction.rows(_KEPT, self._portfolio, ids)}
            fresh = [row for row in rows if row.decision_id not in known]
            if not fresh:
                return
            owners = [row.customer_id for row in fresh]
            keys = subjects.read_or_make(transaction, self._portfolio, owners, instant(fresh[0].decided_at))
            made = [log.inserted(row, keys) for row in fresh]
            transaction.change_many(_KEEP, ((self._portfolio, *row) for row in made))
            audit.append(transaction, self._portfolio, [log.told(row, audit.SHADOW) for row in made])

    def one(self, decision_id: str) -> Logged | None:
        """Read one of them, None where there is none."""
        with self._database.reading() as transaction:
            found = transaction.rows(_KEPT, self._portfolio, transaction.several([decision_id]))
            return next(log.logged(transaction, self._portfolio, found), None)
