"""What did this book decide and hear of? Its decision log as learning and watching read it, wherever it is kept.

Serving writes the log, in a SQLite file of the home or on PostgreSQL; whoever learns reads it here and nowhere else.
Rows come one after the other, so that a log may be larger than memory; what was erased does not come at all.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import orjson

from regua.clock import utc
from regua.errors import SettingsError, UnavailableError
from regua.sealing import SubjectKey, Vault, is_sealed, owner_of
from regua.settings import Settings

if TYPE_CHECKING:
    import psycopg

Body = Mapping[str, Any]
Kind = Literal["decisions", "events"]

_KEYS_AT_ONCE = 10_000
_ROWS_AT_ONCE = 500
_CONNECT_SECONDS = 10
_LAST = "SELECT coalesce(max(seq), 0) FROM {table} WHERE {own}"
_PAGE = (
    "SELECT max(seq) FROM (SELECT seq FROM {table} WHERE {own} AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?) AS page"
)
_BETWEEN = "{body} AND log.seq > ? AND log.seq <= ? ORDER BY log.seq"
_OF_CUSTOMERS = "{body} AND log.customer_id IN ({ids}) ORDER BY log.known_at, log.happened_at, log.seq"
_NAMED = "{body} AND log.decision_id IN ({ids})"
_DECIDED = "{body} AND log.decided_at > ? AND log.decided_at <= ? ORDER BY log.seq"
_TOLD = """
    SELECT max(told) FROM (
        SELECT max(known_at) AS told FROM events WHERE {own} UNION ALL SELECT max(decided_at) FROM decisions WHERE {own}
    ) AS ends
"""
_ERASED = "SELECT customer_id, erased_at FROM subjects WHERE erased_at IS NOT NULL AND {own}"


class Ends(NamedTuple):
    """The last rows of a log that have no row under way before them: by what it was read up to."""

    decisions: int
    events: int


class DecisionLog(ABC):
    """One portfolio's decisions and events, in the order they were written.

    Parameters
    ----------
    name
        How errors and bookmarks speak of it.
    portfolio
        Whose rows are read.
    vault
        The home's own key, under which people's keys are wrapped.
    """

    def __init__(self, name: str, portfolio: str, vault: Vault) -> None:
        self.name, self._portfolio = name, portfolio
        self._unwrapped: Callable[[bytes, str], SubjectKey] = lru_cache(_KEYS_AT_ONCE)(vault.unwrapped)

    @abstractmethod
    def ends(self) -> Ends:
        """Say how far the log may be read now: every row up to there is written."""

    def page_end(self, table: Kind, after: int, until: int, rows: int) -> int:
        """Say up to where so many rows reach, from one row on; ``until`` where there are no more."""
        ((last,),) = self._rows(_PAGE.format(table=table, own=self._own()), *self._mine, after, until, rows)
        return int(last or until)

    def between(self, table: Kind, after: int, until: int) -> Iterator[Body]:
        """Give what was written after one row and up to another."""
        return self._bodies(table, _BETWEEN, after, until)

    def events_of(self, customer_ids: Collection[str]) -> Iterator[Body]:
        """Give all events of some customers, in the order they became known."""
        return self._bodies("events", _OF_CUSTOMERS, self._several(customer_ids))

    def decisions_named(self, decision_ids: Collection[str]) -> dict[str, Body]:
        """Read some decisions, by identifier."""
        found = self._bodies("decisions", _NAMED, self._several(decision_ids)) if decision_ids else ()
        return {body["decision_id"]: body for body in found}

    def decided(self, since: datetime, until: datetime) -> Iterator[Body]:
        """Give the decisions of a time: after one moment, and up to another."""
        return self._bodies("decisions", _DECIDED, _text(since), _text(until))

    def last_entry(self) -> datetime:
        """Say when the last entry was told; the beginning of time where there is none."""
        ((last,),) = self._rows(_TOLD.format(own=self._own()), *self._mine, *self._mine)
        return utc(datetime.fromisoformat(last)) if last else datetime.min.replace(tzinfo=UTC)

    def erased(self) -> dict[str, datetime]:
        """Say who was erased, and when that was last."""
        rows = self._rows(_ERASED.format(own=self._own()), *self._mine) if self._knows_people else ()
        return {customer_id: datetime.fromisoformat(at) for customer_id, at in rows}

    def _bodies(self, table: Kind, query: str, *values: object) -> Iterator[Body]:
        body = (
            f"SELECT log.body, log.customer_id, subjects.wrapped FROM {table} AS log LEFT JOIN subjects"
            " ON subjects.customer_id = log.customer_id AND subjects.portfolio = log.portfolio"
            if self._knows_people
            else f"SELECT log.body, NULL, NULL FROM {table} AS log"
        )
        sql = query.format(body=f"{body} WHERE {self._own('log.')}", ids=self._IDS)
        for content, customer_id, wrapped in self._rows(sql, *self._mine, *values):
            opened = self._opened(bytes(content), customer_id, wrapped)
            if opened is not None:
                yield orjson.loads(opened)

    def _opened(self, content: bytes, customer_id: str, wrapped: bytes | None) -> bytes | None:
        """Open somebody's content; None where it was erased with the person's key."""
        if not is_sealed(content):
            return content or None
        return (
            self._unwrapped(bytes(wrapped), owner_of(self._portfolio, customer_id)).open(content) if wrapped else None
        )

    def _own(self, of: str = "") -> str:
        return f"{of}portfolio = ?" if self._knows_people else "1 = 1"

    @property
    def _mine(self) -> tuple[str, ...]:
        return (self._portfolio,) if self._knows_people else ()

    _IDS: str
    _knows_people = True
    """Whether rows carry their portfolio and people have keys, as in every log but an old one."""

    @abstractmethod
    def _rows(self, sql: str, *values: object) -> Iterator[Sequence[Any]]:
        """Run a statement with ``?`` for its values, and give its rows a few at a time."""

    @abstractmethod
    def _several(self, values: Collection[str]) -> object:
        """Write several values as the one parameter of ``_IDS``."""


class _OfFile(DecisionLog):
    """A SQLite file, which may be of an older version; it is never written."""

    _IDS = "SELECT value FROM json_each(?)"

    def __init__(self, sqlite: sqlite3.Connection, path: Path, portfolio: str, vault: Vault) -> None:
        super().__init__(str(path), portfolio, vault)
        self._sqlite = sqlite
        ((count,),) = self._rows("SELECT count(*) FROM sqlite_master WHERE name = 'subjects'")
        self._knows_people = count > 0

    def ends(self) -> Ends:
        # One writer at a time: what is seen has nothing under way before it.
        found = (
            next(iter(self._rows(_LAST.format(table=one, own=self._own()), *self._mine)))[0] for one in Ends._fields
        )
        return Ends(*found)

    def _rows(self, sql: str, *values: object) -> Iterator[Sequence[Any]]:
        return self._sqlite.execute(sql, values)

    def _several(self, values: Collection[str]) -> object:
        return orjson.dumps(list(values)).decode()


class _OnServer(DecisionLog):
    """A PostgreSQL database, read through cursors that the server keeps."""

    _IDS = "SELECT unnest(CAST(? AS text[]))"

    def __init__(self, connection: "psycopg.Connection[Any]", name: str, portfolio: str, vault: Vault) -> None:
        super().__init__(name, portfolio, vault)
        self._connection, self._numbers = connection, count()

    def ends(self) -> Ends:
        # Rows are numbered before they are committed: once every writer of the portfolio has ended, none is missing.
        self._connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('regua portfolio ' || %s, 0))", self._mine
        )
        found = [next(self._rows(_LAST.format(table=one, own=self._own()), *self._mine))[0] for one in Ends._fields]
        self._connection.commit()
        return Ends(*found)

    def _rows(self, sql: str, *values: object) -> Iterator[Sequence[Any]]:
        with self._connection.cursor(name=f"log_{next(self._numbers)}") as cursor:
            cursor.itersize = _ROWS_AT_ONCE
            cursor.execute(sql.replace("?", "%s").encode(), values)
            yield from cursor

    def _several(self, values: Collection[str]) -> object:
        return list(values)


@contextmanager
def opened(settings: Settings) -> Iterator[DecisionLog | None]:
    """Open the decision log of a home for reading, wherever its settings say it is kept; None where there is none yet.

    Raises
    ------
    SettingsError
        The decisions are those of a sandbox, the address is of something else, or the driver is not installed.
    UnavailableError
        It cannot be read now.
    """
    if settings.environment != "live":
        raise SettingsError(
            "decisions of a sandbox, of which nothing is to be learned",
            expected="REGUA_ENVIRONMENT live",
            remedy="unset REGUA_ENVIRONMENT for this command",
        )
    address = settings.store_url.get_secret_value() if settings.store_url else f"sqlite:///{settings.decisions}"
    kind, _, rest = address.partition(":///")
    of = (settings.portfolio, Vault(settings.keys))
    if address.startswith(("postgresql://", "postgres://")):
        with _on_server(address, *of) as log:
            yield log
        return
    if kind != "sqlite":
        raise SettingsError("REGUA_STORE_URL names no store", expected="sqlite:///… or postgresql://…")
    path = Path(rest)
    if not path.is_file():
        yield None
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as sqlite:
            yield _OfFile(sqlite, path, *of)
    except sqlite3.Error as problem:
        raise _unreadable(str(path), problem) from problem


@contextmanager
def _on_server(address: str, portfolio: str, vault: Vault) -> Iterator[DecisionLog | None]:
    try:
        import psycopg
    except ImportError as problem:
        raise SettingsError(
            "the decision log is on PostgreSQL, and its driver is not here",
            expected="psycopg 3",
            remedy='pip install "regua[postgres]"',
        ) from problem
    try:
        with psycopg.connect(address, connect_timeout=_CONNECT_SECONDS) as connection:
            name = f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"
            connection.read_only = True
            # Which portfolio's rows this connection may see, where policies of the database say so.
            connection.execute("SELECT set_config('regua.portfolio', %s, false)", (portfolio,))
            ((table,),) = connection.execute("SELECT to_regclass('subjects')").fetchall()
            connection.commit()
            yield _OnServer(connection, name, portfolio, vault) if table else None
    except psycopg.Error as problem:
        raise _unreadable(f"on {address.rpartition('@')[2].partition('?')[0]}", problem) from problem


def _unreadable(name: str, problem: Exception) -> UnavailableError:
    return UnavailableError(
        f"the decision log {name} cannot be read: {problem}",
        expected="a log that this home's service writes",
        remedy="check REGUA_STORE_URL, the server and the permissions",
    )


def _text(moment: datetime) -> str:
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
