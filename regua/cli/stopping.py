"""Stop a channel, a journey or everything at the command line, and let it go on with a second person's word."""

from typing import TYPE_CHECKING, Annotated

import typer

from regua.cli import output
from regua.cli.callers import caller_of
from regua.cli.options import AsJson
from regua.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console

    from regua.settings import Settings
    from serving.access.access import Access
    from serving.store import Store
    from serving.store.switches import Switch


def register(app: typer.Typer) -> None:
    """Add ``regua stop``, ``resume`` and ``switches``."""
    app.command("stop")(stop)
    app.command("resume")(resume)
    app.command("switches")(switches)


def stop(
    scope: Annotated[str, typer.Argument(help="channel, journey, or portfolio: everything.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    name: Annotated[str, typer.Argument(help="Which channel or journey, such as whatsapp or early_digital.")] = "",
    as_json: AsJson = False,
) -> None:
    """Stop something at once: when this ends, no process claims a contact by it any more. One person may."""
    from regua.clock import SystemClock
    from serving.changes.asked import StopIn
    from serving.changes.permitted import MAY_STOP
    from serving.store.switches import Scope
    from serving.strict_json import validate

    asked = validate(StopIn, {"scope": scope, "reason": reason} | ({"name": name} if name else {}))
    settings, store = _opened()
    with store:
        caller = caller_of(_access(settings, store), MAY_STOP, "regua stop")
        if Scope(asked.scope) is Scope.JOURNEY:
            _refuse_unknown(store, name)
        what = asked.name or store.portfolio
        made = store.switches.stop(Scope(asked.scope), what, by=caller.name, reason=reason, at=SystemClock().now())
    words = f"{made.scope} {made.name} is stopped by {made.stopped_by}: {made.reason}\n{made.switch_id}"
    output.emit(made.told(), words, as_json, f"regua resume {made.switch_id}")


def resume(
    switch_id: Annotated[str, typer.Argument(help="A kill switch, as regua switches shows it: stp_…")],
    as_json: AsJson = False,
) -> None:
    """Ask that what was stopped goes on: the second person's word, within a day of the first's, lets it."""
    from regua.clock import SystemClock
    from serving.changes.permitted import MAY_RESUME

    settings, store = _opened()
    with store:
        caller = caller_of(_access(settings, store), MAY_RESUME, "regua resume")
        switch = store.switches.resume(switch_id, by=caller.name, at=SystemClock().now())
    if switch.state == "lifted":
        output.emit(switch.told(), f"{switch.scope} {switch.name} goes on", as_json, "regua switches")
        return
    words = f"{switch.scope} {switch.name} stays stopped until a second person asks too, within a day"
    output.emit(switch.told(), words, as_json, f"regua resume {switch_id}")


def switches(
    past: Annotated[bool, typer.Option("--past", help="Those that were let go, too.")] = False, as_json: AsJson = False
) -> None:
    """Show what is stopped, by whom and why."""
    _, store = _opened()
    with store:
        found = store.switches.all() if past else store.switches.in_force()
    rows = [switch.told() for switch in found]
    following = f"regua resume {found[0].switch_id}" if found and found[0].lifted_at is None else None
    output.emit({"switches": rows}, lambda console: _draw(console, found), as_json, following)


def _refuse_unknown(store: "Store", name: str) -> None:
    from serving.changes.live_book import LiveBook

    known = {one.name for one in LiveBook(store, None).book.versions}
    if name not in known:
        raise NotFoundError(
            f"no journey {name!r} in the live book", expected="one that regua show lists", remedy="regua show --all"
        )


def _opened() -> "tuple[Settings, Store]":
    from regua import settings
    from serving.store import Store

    loaded = settings.load()
    return loaded, Store.open(loaded)


def _access(settings: "Settings", store: "Store") -> "Access":
    from serving.access.access import Access

    return Access(settings, store)


def _draw(console: "Console", found: "list[Switch]") -> None:
    if not found:
        console.print("nothing is stopped")
        return
    table = output.compact("Stopped")
    for column in ("switch", "what", "state", "by", "since", "asked to go on", "why"):
        table.add_column(column, no_wrap=column == "switch")
    for one in found:
        since = f"{one.stopped_at:%Y-%m-%d %H:%M}"
        table.add_row(
            one.switch_id, f"{one.scope} {one.name}", one.state, one.stopped_by, since, one.resume_by or "", one.reason
        )
    console.print(table)
