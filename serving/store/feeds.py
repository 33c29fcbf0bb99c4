"""How far those who tell of payments and opt-outs have got, as they say themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, select, update

from serving.store.database import Database
from serving.store.instants import instant, moment_of
from serving.store.statements import Statement, inserting, statement
from serving.store.tables import feeds as table

_COLUMNS = ("feed", "as_of", "heard_at", "heard_from")
_telling = inserting(table, "portfolio", *_COLUMNS)
_TELL = statement(
    _telling.on_conflict_do_update(
        index_elements=["feed", "portfolio"],
        set_={name: _telling.excluded[name] for name in _COLUMNS[1:]},
        # What is told out of order never takes a feed back.
        where=_telling.excluded.as_of >= table.c.as_of,
    ),
    "portfolio",
    *_COLUMNS,
)
_TAKE_BACK = statement(
    update(table)
    .where(table.c.portfolio == bindparam("portfolio"), table.c.as_of > bindparam("since"))
    .values(as_of=bindparam("now"), heard_at=bindparam("heard")),
    "now",
    "heard",
    "portfolio",
    "since",
)
_ALL = statement(
    select(*(table.c[name] for name in _COLUMNS))
    .where(table.c.portfolio == bindparam("portfolio"))
    .order_by(table.c.feed),
    "portfolio",
)
# A file has no clock of its own.
_NOW = Statement("SELECT NULL", "SELECT clock_timestamp()")


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: everything it has to tell up to ``as_of`` has been told; when and by whom that was said."""

    feed: str
    as_of: datetime
    heard_at: datetime
    heard_from: str


class Feeds:
    """The feeds of one portfolio; each call is one transaction, kept when it returns."""

    def __init__(self, database: Database, portfolio: str) -> None:
        self._database, self._portfolio = database, portfolio

    def tell(self, feed: Feed) -> None:
        """Keep how far a feed is, unless it was further already."""
        row = (feed.feed, instant(feed.as_of), instant(feed.heard_at), feed.heard_from)
        with self._database.writing() as transaction:
            transaction.change(_TELL, self._portfolio, *row)

    def take_back(self, to: datetime) -> None:
        """Let feeds that are further than an instant be as far as it: time itself was set back, as a sandbox may."""
        written = instant(to)
        with self._database.writing() as transaction:
            transaction.change(_TAKE_BACK, written, written, self._portfolio, written)

    def all(self) -> list[Feed]:
        """Read every feed that was ever heard, by name."""
        with self._database.reading() as transaction:
            rows = transaction.rows(_ALL, self._portfolio)
        return [Feed(feed, moment_of(as_of), moment_of(heard_at), who) for feed, as_of, heard_at, who in rows]

    def clock(self) -> datetime | None:
        """Return the database's own time; None where it has no clock but the machine's."""
        with self._database.reading() as transaction:
            ((now,),) = transaction.rows(_NOW)
        return None if now is None else now.astimezone(UTC)
