"""The two databases a store may lie on, each a private one: what one of them promises, the other promises too."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import PostgresServer, binaries

SQLITE, POSTGRES = "SQLite", "PostgreSQL"


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a private PostgreSQL server.

    Raises
    ------
    RuntimeError
        The machine has none; it comes with requirements/dev.lock.
    """
    found = binaries()
    if found is None:
        raise RuntimeError("no PostgreSQL server here; it comes with requirements/dev.lock")
    server = PostgresServer(found)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def place(name: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty store on a database, by the database's name."""
    if name == SQLITE:
        folder.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{folder / 'decisions.db'}"
        return
    with postgres_server() as server:
        yield server.database()
