"""Keys at the command line: made and shown once, listed, replaced and ended, by whoever runs the home."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from rich.console import Console

    from serving.access.access import Access, Shown
    from serving.access.keys import ApiKey

By = Annotated[str, typer.Option("--by", help="Who does this; kept in the audit chain.")]
KeyId = Annotated[str, typer.Argument(help="A key by its identifier, as regua keys list shows it.")]
HERE = "command-line"


def register(app: typer.Typer) -> None:
    """Add ``regua keys create``, ``list``, ``rotate`` and ``revoke``."""
    keys = typer.Typer(help="Who may call the service: keys are shown once and kept as hashes.", no_args_is_help=True)
    keys.command("create")(create)
    keys.command("list")(show)
    keys.command("rotate")(rotate)
    keys.command("revoke")(revoke)
    app.add_typer(keys, name="keys")


def create(
    name: Annotated[str, typer.Argument(help="The person or program it is for, such as crm-recife or ana.souza.")],
    roles: Annotated[list[str], typer.Option("--role", help="What it is for; may be given more than once.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3_650, help="How long it counts.")] = 365,
    per_minute: Annotated[int | None, typer.Option("--per-minute", min=1, help="Its own limit of requests.")] = None,
    by: By = HERE,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once."""
    from serving.access.roles import Role

    unknown = sorted(set(roles) - set(Role))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: the roles are {', '.join(Role)}", param_hint="--role")
    access = _access()
    held = frozenset(map(Role, roles))
    shown = access.give(name, held, by, lives_for=timedelta(days=days), requests_per_minute=per_minute)
    _emit_shown(shown, as_json, "regua keys list")


def show(as_json: AsJson = False) -> None:
    """List the keys of the home's portfolio, those that count no more among them."""
    access = _access()
    at = access.clock.now()
    found: list[ApiKey] = []
    while page := access.store.callers.all(found[-1].key_id if found else ""):
        found += page
    rows = [key.told() | {"counts": key.counts_at(at)} for key in found]
    output.emit({"keys": rows}, lambda console: _draw(console, rows), as_json, "regua keys create NAME --role crm")


def rotate(
    key_id: KeyId,
    overlap_days: Annotated[
        int, typer.Option("--overlap-days", min=0, max=90, help="How long the old one counts on.")
    ] = 7,
    by: By = HERE,
    as_json: AsJson = False,
) -> None:
    """Make a key in the place of another, and show it, this once; the old one counts on for a while."""
    shown = _access().rotate(key_id, by, timedelta(days=overlap_days))
    _emit_shown(shown, as_json, f"regua keys revoke {key_id}")


def revoke(key_id: KeyId, by: By = HERE, as_json: AsJson = False) -> None:
    """End a key: within seconds it opens nothing."""
    ended = _access().revoke(key_id, by)
    output.emit(ended.told(), f"{ended.key_id} of {ended.name} counts no more", as_json, "regua keys list")


def _access() -> "Access":
    from regua import settings
    from serving.access.access import Access
    from serving.store import Store

    loaded = settings.load()
    return Access(loaded, Store.open(loaded))


def _emit_shown(shown: "Shown", as_json: bool, following: str) -> None:
    key = shown.key
    lines = [
        shown.text,
        f"for {key.name}, as {', '.join(sorted(key.roles))}, until {key.expires_at:%Y-%m-%d}; its name is {key.key_id}",
        "This is the only time it is shown.",
    ]
    output.emit(key.told() | {"key": shown.text}, lambda console: _plain(console, lines), as_json, following)


def _plain(console: "Console", lines: list[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _draw(console: "Console", rows: list[dict[str, Any]]) -> None:
    table = output.compact("Keys")
    for column in ("key", "name", "roles", "ends with", "until", "last used", "counts"):
        table.add_column(column, no_wrap=column in ("key", "until", "last used"))
    for row in rows:
        used = f"{row['last_used_at']:%Y-%m-%d %H:%M}" if row["last_used_at"] else "never"
        counts = "yes" if row["counts"] else "no"
        until = f"{row['expires_at']:%Y-%m-%d}"
        table.add_row(row["key_id"], row["name"], ", ".join(row["roles"]), row["ends_with"], until, used, counts)
    console.print(table)
