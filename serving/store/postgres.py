"""The store on a PostgreSQL server, shared by several processes; each customer has one writer at a time.

Statements are sent without waiting for the answers of those before them, until an answer is needed (libpq's pipeline
mode): a commit costs a few round trips to the server, and the end of the chain is held for two of them.
"""

import select
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from regua.errors import SettingsError, UnavailableError
from regua.sealing import Vault
from serving.store.database import Answer, Row, unavailable
from serving.store.joining import Joinable, Joined
from serving.store.statements import Statement

if TYPE_CHECKING:
    import psycopg

CONNECTIONS = 16
WAIT_SECONDS = 2.0
"""How long a caller waits for a connection before it is told to come back."""
MOST_LOCKS = 500
"""Beyond so many customers a writer holds the whole portfolio: a server has room for some thousands of locks."""
# A process that stopped in the middle must not keep the others waiting, nor a network that is gone the process.
PORTFOLIO_SETTING = "regua.portfolio"
"""Whose rows a connection may see, where policies say so: see :mod:`serving.store.rights`."""
_PATIENCE = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '15s'"
_KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
# Read committed when writing: after waiting for a lock, what its last holder wrote has to be seen.
_BEGIN = {True: "BEGIN ISOLATION LEVEL READ COMMITTED", False: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
LOSING = ("fsync", "full_page_writes", "synchronous_commit")
_DURABILITY = "SELECT " + ", ".join(f"current_setting('{name}')" for name in LOSING)

_SHARE_PORTFOLIO = "SELECT pg_advisory_xact_lock_shared(hashtextextended('regua portfolio ' || %s, 0))"
_HOLD_PORTFOLIO = "SELECT pg_advisory_xact_lock(hashtextextended('regua portfolio ' || %s, 0))"
_HOLD_CHAIN = "SELECT pg_advisory_xact_lock(hashtextextended('regua chain ' || %s, 0))"
# In the order of the locks' own numbers, so that no two writers wait for each other.
_HOLD_CUSTOMERS = """
SELECT pg_advisory_xact_lock(number) FROM (
    SELECT DISTINCT hashtextextended('regua customer ' || %s || ' ' || customer_id, 0) AS number
    FROM unnest(CAST(%s AS text[])) AS customer_id ORDER BY number
) AS numbers
"""


class PostgresTransaction(Joined):
    """A transaction of one connection."""

    def __init__(
        self, connection: "psycopg.Connection[Row]", pipeline: "psycopg.Pipeline", vault: Vault | None = None
    ) -> None:
        super().__init__()
        self._connection, self._pipeline, self.vault = connection, pipeline, vault

    def rows(self, statement: Statement, *values: object) -> list[Row]:
        """Run a statement and return all its rows."""
        return self.ask(statement, *values)()

    def ask(self, statement: Statement, *values: object) -> Answer[list[Row]]:
        """Send a statement; its answer waits for those of the statements sent before."""
        answer: Answer[list[Row]] = self._connection.execute(statement.postgres, values).fetchall
        return answer

    def change(self, statement: Statement, *values: object) -> int:
        """Run a statement and say how many rows it changed."""
        cursor = self._connection.execute(statement.postgres, values)
        self._pipeline.sync()
        return int(cursor.rowcount)

    def change_many(self, statement: Statement, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once a row; what is wrong with one is told by the next call that waits for an answer."""
        self._connection.cursor().executemany(statement.postgres, rows)

    def change_counted(self, statement: Statement, rows: Iterable[Sequence[object]]) -> int:
        """Run a statement once a row, and say how many rows it changed in all: one wait for all of them."""
        cursor = self._connection.cursor()
        cursor.executemany(statement.postgres, rows)
        self._pipeline.sync()
        return int(cursor.rowcount)

    def several(self, values: Iterable[str]) -> object:
        """Write several values as an array."""
        return list(values)

    def hold(self, portfolio: str, customer_ids: Iterable[str]) -> None:
        """Wait for every writer about these customers, and keep others away until the commit."""
        names = sorted(set(customer_ids))
        if len(names) > MOST_LOCKS:
            self.hold_all(portfolio)
            return
        self._connection.execute(_SHARE_PORTFOLIO, (portfolio,))
        self._connection.execute(_HOLD_CUSTOMERS, (portfolio, names))

    def hold_all(self, portfolio: str) -> None:
        """Wait for every writer of the portfolio, and keep others away until the commit."""
        self._connection.execute(_HOLD_PORTFOLIO, (portfolio,))

    def hold_chain(self, portfolio: str) -> None:
        """Wait for the end of the portfolio's chain, and keep others away until the commit."""
        self._connection.execute(_HOLD_CHAIN, (portfolio,))

    def mark(self, words: str) -> None:
        """Set, release or go back to a savepoint."""
        if words.startswith("ROLLBACK"):
            # After an error the server skips what was sent, until it is told where to take up again.
            with suppress(Exception):
                self._pipeline.sync()
        self._connection.execute(words)


class PostgresDatabase(Joinable[PostgresTransaction]):
    """A PostgreSQL database through a few connections, opened when they are needed.

    Raises
    ------
    SettingsError
        The driver is not installed.
    UnavailableError
        The server cannot be reached, does not keep what it acknowledges, or a newer Regua made its tables.
    """

    vault: Vault | None = None

    def __init__(self, url: str, portfolio: str) -> None:
        super().__init__()
        try:
            import psycopg
        except ImportError as problem:
            raise SettingsError(
                "the store is on PostgreSQL, and its driver is not here",
                expected="psycopg 3",
                remedy='pip install "regua[postgres]"',
            ) from problem
        self._psycopg, self._url, self.name = psycopg, url, _without_password(url)
        # A server that stands by for another lets itself be read alone: until it takes over, it is as good as away.
        stands_by = psycopg.errors.ReadOnlySqlTransaction
        self._errors = (psycopg.OperationalError, psycopg.InterfaceError, stands_by, OSError)
        self._is_closed, self._portfolio = False, portfolio
        self._idle: list[psycopg.Connection[Row]] = []
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        with self._told():
            connection = self._connected()
            try:
                self._prepare(connection)
                self._set_up(connection)
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)

    def close(self) -> None:
        """Close every connection nobody uses; the others close when they are given back."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _transaction(self, *, is_writing: bool) -> Iterator[PostgresTransaction]:
        with self._told(), self._one_of_few():
            connection = self._alive()
            try:
                with connection.pipeline() as pipeline:
                    connection.execute(_BEGIN[is_writing])
                    yield PostgresTransaction(connection, pipeline, self.vault)
                    ended = connection.execute("COMMIT")
                # A transaction that has failed answers a commit with a rollback, and without an error.
                if ended.statusmessage != "COMMIT":
                    raise ConnectionError("the transaction was rolled back")
            except self._psycopg.Error:
                # What was to be prepared behind the failure the server does not have, and the driver believes it has.
                connection.close()
                raise
            except BaseException:
                with suppress(*self._errors):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._give_back(connection)

    @contextmanager
    def _one_of_few(self) -> Iterator[None]:
        if not self._room.acquire(timeout=WAIT_SECONDS):
            raise TimeoutError(f"{CONNECTIONS} connections were busy for {WAIT_SECONDS:.0f} s")
        try:
            yield
        finally:
            self._room.release()

    def _alive(self) -> "psycopg.Connection[Row]":
        """Take an idle connection or open one: after a restart of the server the idle ones are dead."""
        while self._idle:
            with suppress(IndexError):  # another thread may have taken the last
                connection = self._idle.pop()
                if _is_quiet(connection.fileno()):
                    return connection
                try:
                    connection.execute("")
                except self._errors:
                    connection.close()
                else:
                    return connection
        connection = self._connected()
        self._set_up(connection)
        return connection

    def _connected(self) -> "psycopg.Connection[Row]":
        """Open a connection, on which nothing acknowledged is lost: the server may have started again otherwise."""
        connection = self._psycopg.connect(self._url, autocommit=True, connect_timeout=int(WAIT_SECONDS), **_KEEPALIVES)
        try:
            self._check_durability(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: "psycopg.Connection[Row]") -> None:
        connection.execute(_PATIENCE)
        # What policies hold rows to, where the service's role is held to any.
        connection.execute("SELECT set_config(%s, %s, false)", (PORTFOLIO_SETTING, self._portfolio))

    def _give_back(self, connection: "psycopg.Connection[Row]") -> None:
        is_in_transaction = connection.info.transaction_status != self._psycopg.pq.TransactionStatus.IDLE
        if connection.broken or is_in_transaction or self._is_closed:
            connection.close()
        else:
            self._idle.append(connection)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._errors as problem:
            raise self._failed(unavailable(self.name, problem)) from problem

    def _check_durability(self, connection: "psycopg.Connection[Row]") -> None:
        found = connection.execute(_DURABILITY).fetchone() or ("unknown",) * len(LOSING)
        for name, value in zip(LOSING, found, strict=True):
            if value in ("off", "unknown"):
                raise UnavailableError(
                    f"{self.name} would lose what it acknowledged: {name} is {value}",
                    expected=f"{name} on",
                    remedy=f"set {name} in postgresql.conf, for the database and for the role, and start again",
                )

    def _prepare(self, connection: "psycopg.Connection[Row]") -> None:
        from serving.store.migrating import migrate_postgres

        migrate_postgres(connection, self.name)


def _is_quiet(descriptor: int) -> bool:
    """Whether nothing came on an idle connection: its end would have."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return not poll.poll(0)


def _without_password(url: str) -> str:
    """Speak of a database without telling its password.

    Examples
    --------
    >>> _without_password("postgresql://regua:secret@db.example:5432/regua")
    'postgresql://regua:***@db.example:5432/regua'
    """
    from sqlalchemy import make_url

    return make_url(url).render_as_string(hide_password=True)
