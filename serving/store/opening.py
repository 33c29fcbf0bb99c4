"""From a path or an address to a database, and to the home's own key that lies beside it."""

from pathlib import Path

from regua.errors import SettingsError
from regua.sealing import Vault
from serving.store.database import Database


def beside(where: Path | str) -> Vault | None:
    """Find the key of the home a SQLite file lies in; None where nothing was sealed with one."""
    vault = Vault(where.parent / "keys") if isinstance(where, Path) else None
    return vault if vault and vault.path.exists() else None


def open_database(where: Path | str, portfolio: str) -> Database:
    """Open a SQLite file or a PostgreSQL database by its path or address, for a service of one portfolio.

    Raises
    ------
    SettingsError
        It is the address of something else.
    UnavailableError
        It cannot be opened, or would lose what it acknowledged.
    """
    address = where if isinstance(where, str) else f"sqlite:///{where}"
    kind, _, rest = address.partition("://")
    if kind == "sqlite" and rest.startswith("/"):
        from serving.store.sqlite import SQLiteDatabase

        return SQLiteDatabase(Path(rest[1:]))
    if kind in ("postgresql", "postgres"):
        from serving.store.postgres import PostgresDatabase

        return PostgresDatabase(address, portfolio)
    raise SettingsError(
        f"REGUA_STORE_URL begins with {kind!r}",
        expected="sqlite:///path/to/decisions.db or postgresql://user:password@host:5432/database",
        remedy="unset REGUA_STORE_URL for the SQLite file of the home, or correct it",
    )
