"""An older store, or none, becomes one of today's version; all of it or nothing."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import StaticPool

from regua.errors import UnavailableError
from serving.store.sqlite import VERSION

if TYPE_CHECKING:
    import psycopg

FOLDER = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('regua migrations', 0))"


def migrate_sqlite(connection: sqlite3.Connection) -> None:
    """Bring a SQLite file to today's version, in one transaction; several may try at once."""
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as opened:
        opened.exec_driver_sql("BEGIN IMMEDIATE")
        (version,) = opened.exec_driver_sql("PRAGMA user_version").one()
        if version < VERSION:
            if version == 1:
                # The first version was made before there were migrations.
                _stamp(opened, "0001")
            upgrade(opened)
            opened.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
        opened.commit()


def migrate_postgres(connection: "psycopg.Connection[Any]", name: str) -> None:
    """Bring a PostgreSQL database to today's version, in one transaction; several may try at once.

    Raises
    ------
    UnavailableError
        A newer Regua made its tables.
    """
    if _revision(connection, name) == VERSION:
        return
    engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as opened:
        opened.exec_driver_sql("BEGIN")
        opened.exec_driver_sql(_ONE_AT_A_TIME)
        if _revision(connection, name) < VERSION:
            upgrade(opened)
        opened.commit()


def _revision(connection: "psycopg.Connection[Any]", name: str) -> int:
    (table,) = connection.execute("SELECT to_regclass('alembic_version')::text").fetchone() or (None,)
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if table else None
    version = int(row[0]) if row else 0
    if version > VERSION:
        raise UnavailableError(
            f"{name} has schema version {version}",
            expected=f"version {VERSION} or older; this Regua writes {VERSION}",
            remedy="run the Regua that made it, or point REGUA_STORE_URL at another database",
        )
    return version


def upgrade(connection: Connection) -> None:
    """Run the steps a database still lacks, in the transaction that is open."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=lambda found, _: script._upgrade_revs("head", found)) as environment:
        environment.configure(connection=connection)
        environment.run_migrations()


def _stamp(connection: Connection, revision: str) -> None:
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
