"""The store at the command line: what the service's own role may do in it."""

from typing import Annotated

import typer

from regua.cli import output
from regua.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add ``regua store rights``."""
    store = typer.Typer(help="Where decisions are kept.", no_args_is_help=True)
    store.command("rights")(rights)
    store.callback()(_group)
    app.add_typer(store, name="store")


def _group() -> None:
    """Look after the store."""


def rights(
    role: Annotated[str, typer.Argument(help="A role of PostgreSQL, made by CREATE ROLE … LOGIN.")],
    as_json: AsJson = False,
) -> None:
    """Migrate the store, and give a role what the service needs: its own portfolio's rows, and no change of a log.

    REGUA_STORE_URL is the owner's here, and that role's where the service runs.
    """
    from regua import settings
    from regua.errors import SettingsError
    from serving.store import Store, rights

    loaded = settings.load()
    if loaded.store_url is None:
        raise SettingsError(
            "the store is a file of the home, to whose owner everything is allowed",
            expected="REGUA_STORE_URL of a PostgreSQL database, as its owner",
            remedy="chmod 700 the home, or move to PostgreSQL",
        )
    Store.open(loaded).close()
    tables = rights.give(loaded.store_url.get_secret_value(), role)
    told = {"role": role, "tables": tables, "appended_only": sorted(rights.APPENDED)}
    text = f"{role} may use {len(tables)} tables, and only add to {len(rights.APPENDED)} of them, which are logs"
    output.emit(told, text, as_json, "REGUA_STORE_URL=postgresql://ROLE@… regua serve")
