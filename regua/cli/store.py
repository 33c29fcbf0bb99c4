"""The store at the command line: what the service's own role may do in it, its copies, and what follows from one."""

from pathlib import Path
from typing import Annotated

import typer

from regua.cli import output
from regua.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add ``regua store rights``, ``backup`` and ``restored``."""
    store = typer.Typer(help="Where decisions are kept.", no_args_is_help=True)
    store.command("rights")(rights)
    store.command("backup")(backup)
    store.command("restored")(restored)
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


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes: a new file.")], as_json: AsJson = False
) -> None:
    """Copy the home's decision log while it is in use, and follow the copy's audit chain.

    Keep copies at most 30 days: they hold the keys of people who may ask to be erased. PostgreSQL has its own tools.
    """
    from regua import settings
    from serving.proving import safekeeping

    end = safekeeping.copy(settings.load(), file)
    told = {"file": str(file), "records": end.seq, "hash": end.hash.hex()}
    following = "copy keys/, releases/, checkpoints/ and erasures/ of the home too, to another place"
    output.emit(told, f"{end.seq:,} records of the audit log, all as they were written, in {file}", as_json, following)


def restored(
    by: Annotated[str, typer.Option("--by", help="Who put the copy back, for the audit log.")],
    accepts_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on without the records that were signed and are lost.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """After a copy was put back: erase again whom it brought back, and say which records are lost; exit 1 if any."""
    from dataclasses import asdict

    from regua import settings
    from regua.clock import SystemClock
    from serving.proving import safekeeping
    from serving.store import Store

    loaded = settings.load()
    with Store.open(loaded) as store:
        found = safekeeping.put_back(loaded, store, SystemClock().now(), by, accepts_loss=accepts_loss)
    lines = [f"the log ends at record {found.end:,}; {len(found.erased_again):,} people erased again"]
    is_open = found.lost_after is not None and not accepts_loss
    if found.lost_after is not None:
        lines.append(f"records up to {found.lost_after:,} were signed, and no copy here has them")
    following = "regua store restored --accept-loss, where no later copy is to be found" if is_open else None
    output.emit(asdict(found), "\n".join(lines), as_json, following or "regua audit verify")
    if is_open:
        raise typer.Exit(1)
