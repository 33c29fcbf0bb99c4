"""The rights of a person at the command line: give out what is kept, erase it, and look for what must not be kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regua.cli import output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from regua.settings import Settings
    from serving.store import Store

Customer = Annotated[str, typer.Argument(help="The pseudonym of the person.")]


def register(app: typer.Typer) -> None:
    """Add ``regua privacy erase``, ``export``, ``scan``, ``sweep`` and ``renew-key``."""
    privacy = typer.Typer(
        help="The rights of a person: access, erasure, and nothing kept unseen.", no_args_is_help=True
    )
    privacy.command("erase")(erase)
    privacy.command("export")(export)
    privacy.command("scan")(scan)
    privacy.command("sweep")(sweep)
    privacy.command("renew-key")(renew_key)
    app.add_typer(privacy, name="privacy")


def erase(
    customer: Customer,
    by: Annotated[str, typer.Option("--by", help="Who asks for it, for the audit log.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask back, as in a script.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a person: destroy the key of what is kept of them, and take their rows out of the home's files.

    What would be destroyed is shown first, and asked about: nothing brings it back.
    """
    from regua import settings
    from regua.clock import SystemClock
    from serving.privacy.reaching import forget
    from serving.store import Store

    loaded, at = settings.load(), SystemClock().now()
    with Store.open(loaded) as store:
        if not yes:
            typer.echo(_kept(loaded, store, customer), err=True)
            typer.confirm("Erase it for ever? (--yes answers for scripts)", abort=True, err=True)
        store.subjects.erase(customer, at, by)
        gone = forget(loaded, store, {customer: at})
    told = {"customer_id": customer, "erased_at": at, "rows": gone.rows, "files": gone.files}
    output.emit(told, f"{customer} erased; {gone.rows:,} rows left {gone.files} files", as_json, "regua audit verify")


def _kept(settings: "Settings", store: "Store", customer: str) -> str:
    """Say in one sentence what is kept of somebody."""
    from features.forgetting import held

    person, files = store.subjects.of(customer), held(settings, [customer])
    rows = sum(count for _, count in files)
    kept = {
        "decisions": sum(not row.is_erased for row in person.decisions),
        "events": len(person.events),
        "permits": len(person.permits),
        f"rows in {len(files)} files of {settings.home}": rows,
    }
    told = ", ".join(f"{count:,} {name}" for name, count in kept.items() if count)
    before = f" (erased before, on {person.erased_at:%Y-%m-%d})" if person.erased_at else ""
    return f"{customer}: {told or 'nothing is kept; check the identifier'}{before}"


def export(
    customer: Customer, file: Annotated[Path, typer.Argument(help="Where it goes: JSON.")], as_json: AsJson = False
) -> None:
    """Write out all that is kept of a person, for the person."""
    from regua import settings
    from regua.clock import SystemClock
    from regua.records import canonical
    from serving.privacy import exporting
    from serving.service import Service

    clock = SystemClock()
    service = Service.open(settings.load(), clock, online=False)
    told = exporting.export(service, customer, clock.now())
    service.close()
    file.write_bytes(canonical(told) + b"\n")
    counts = {name: len(value) for name, value in told.items() if isinstance(value, list)}
    text = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    output.emit({"customer_id": customer, "file": str(file), **counts}, f"{text} in {file}", as_json)


def scan(as_json: AsJson = False) -> None:
    """Look for what must not be there: who somebody is, or rows of people who were erased. Exit 1 if there is any."""
    from features.forgetting import held
    from regua import settings
    from serving.privacy.identifying import personal
    from serving.store import Store

    loaded = settings.load()
    with Store.open(loaded) as store:
        erased = store.subjects.erased()
        found = [(one.place, kind) for one in store.refused() if (kind := personal(one.raw.decode(errors="replace")))]
    left = held(loaded, list(erased)) if erased else []
    told = {
        "personal": [{"place": place, "kind": kind} for place, kind in found],
        "erased_but_held": [{"file": str(path), "rows": rows} for path, rows in left],
    }
    lines = [f"{place}: {kind}" for place, kind in found] + [
        f"{path}: {rows} rows of erased people" for path, rows in left
    ]
    output.emit(told, "\n".join(lines) or "nothing that must not be there", as_json, "regua privacy sweep")
    if lines:
        raise typer.Exit(1)


def sweep(as_json: AsJson = False) -> None:
    """Take the rows of all who were erased out of the home's tables, profiles, quarantine, jobs, and Redis."""
    from regua import settings
    from serving.privacy.reaching import forget
    from serving.store import Store

    loaded = settings.load()
    with Store.open(loaded) as store:
        gone = forget(loaded, store, store.subjects.erased())
    output.emit({"rows": gone.rows, "files": gone.files}, f"{gone.rows:,} rows left {gone.files} files", as_json)


def renew_key(as_json: AsJson = False) -> None:
    """Wrap every person's key under a new key of the home; what they seal is not written anew."""
    from regua import settings
    from regua.sealing import Vault
    from serving.store import Store

    loaded = settings.load()
    Vault(loaded.keys).renew()
    with Store.open(loaded) as store:
        count = store.subjects.wrap_anew()
    output.emit({"wrapped": count}, f"{count:,} keys wrapped anew; keep a copy of keys/subjects.key", as_json)
