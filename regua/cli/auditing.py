"""The audit log at the command line: verify it, sign its end, write it out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regua.cli import output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from regua.settings import Settings
    from serving.proving.signing import Signer
    from serving.store import Store

Elsewhere = Annotated[
    Path | None, typer.Option("--at", help="Where checkpoints lie; the home's own folder by default.")
]


def register(app: typer.Typer) -> None:
    """Add ``regua audit verify``, ``checkpoint`` and ``export``."""
    audit = typer.Typer(
        help="What was done, in a chain of records that cannot be changed unseen.", no_args_is_help=True
    )
    audit.command("verify")(verify)
    audit.command("checkpoint")(checkpoint)
    audit.command("export")(export)
    app.add_typer(audit, name="audit")


def verify(checkpoints: Elsewhere = None, as_json: AsJson = False) -> None:
    """Follow the audit log from its first record; exit 1 at the first that is not as it was written."""
    from serving.proving import auditing

    settings, store, signer = _opened()
    with store:
        found = auditing.verify(store, signer, checkpoints or settings.kept / auditing.FOLDER)
    told = {
        "is_whole": found.is_whole,
        "records": found.records,
        "checkpoints": found.checkpoints,
        "first_bad": found.first_bad,
        "found": found.found,
    }
    held = f"held to {found.checkpoints} signed checkpoints"
    text = f"{found.records:,} records, all as they were written, {held}"
    output.emit(told, text if found.is_whole else f"record {found.first_bad}: {found.found}", as_json)
    if not found.is_whole:
        raise typer.Exit(1)


def checkpoint(checkpoints: Elsewhere = None, as_json: AsJson = False) -> None:
    """Sign where the audit log ends now, in a file outside the store: a log that is cut or rewritten contradicts it."""
    from regua.clock import SystemClock
    from serving.proving import auditing

    settings, store, signer = _opened()
    with store:
        made = auditing.sign(store, signer, checkpoints or settings.kept / auditing.FOLDER, SystemClock().now())
    told = {"seq": made.seq, "hash": made.hash.hex(), "signed_at": made.signed_at, "key": made.key}
    output.emit(told, f"record {made.seq:,} signed by key {made.key}", as_json, "regua audit verify")


def export(
    file: Annotated[Path, typer.Argument(help="Where the records go: NDJSON, one a line.")], as_json: AsJson = False
) -> None:
    """Write the audit log out, one record a line; contents are not in it, only the digests of the rows."""
    from dataclasses import asdict

    from regua.records import canonical

    _, store, _ = _opened()
    count = 0
    with store, file.open("wb") as lines:
        while page := store.trail.records(count):
            for record in page:
                told = asdict(record) | {"digest": record.digest.hex(), "hash": record.hash.hex()}
                lines.write(canonical(told) + b"\n")
            count = page[-1].seq
    output.emit({"records": count, "file": str(file)}, f"{count:,} records in {file}", as_json)


def _opened() -> "tuple[Settings, Store, Signer]":
    from regua import settings
    from serving.proving.signing import Signer
    from serving.store import Store

    loaded = settings.load()
    return loaded, Store.open(loaded), Signer(loaded.keys)
