"""Change requests at the command line: what is to go live, asked for by one person and agreed to by another."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import moments, output
from regua.cli.callers import caller_of
from regua.cli.change_drawing import draw, draw_list, next_step
from regua.cli.options import AsJson, Language, spoken
from regua.errors import ReguaError, SettingsError

if TYPE_CHECKING:
    from regua.clock import Clock
    from regua.settings import Settings
    from serving.access.roles import Caller, Role
    from serving.changes.change import Change
    from serving.changes.control import ChangeControl
    from serving.service import Service
    from serving.store import Store

ChangeId = Annotated[str, typer.Argument(help="A change request, as regua change list shows it: chg_…")]
Note = Annotated[str, typer.Option("--note", help="Why, in words.")]
At = Annotated[str, typer.Option("--at", help="Act as of this fixed moment; never on real traffic.")]
Title = Annotated[str, typer.Option("--title", help="What changes, in a few words.")]
Reason = Annotated[str, typer.Option("--reason", help="Why it should, in words.")]
SHORTEST_VERSION = 12


def register(app: typer.Typer) -> None:
    """Add ``regua change`` and its commands, from ``list`` to ``rollback``."""
    change = typer.Typer(
        help="What is to go live, who asked and who agreed. Your key is read from REGUA_KEY, or asked for.",
        no_args_is_help=True,
    )
    change.command("list")(list_changes)
    change.command("show")(show)
    change.command("submit")(submit)
    change.command("try")(try_change)
    change.command("approve")(approve)
    change.command("reject")(reject)
    change.command("apply")(apply)
    change.command("rollback")(roll_back)
    app.add_typer(change, name="change")


def list_changes(
    most: Annotated[int, typer.Option("--most", min=1, max=1_000, help="How many, from the latest.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List change requests, the latest first."""
    from regua import settings
    from serving.changes.change import Change
    from serving.store import Store

    with Store.open(settings.load()) as store:
        found = [Change.of(asked) for asked in store.changes.before(limit=most)]
    following = f"regua change show {found[0].change_id}" if found else "regua change submit FOLDER"
    content = {"change_requests": [one.told() for one in found]}
    output.emit(content, lambda console: draw_list(console, found), as_json, following)


def show(change_id: ChangeId, language: Language = "", as_json: AsJson = False) -> None:
    """Read a request: what it asks, what its trial came to, whom it touches, who agreed."""
    from regua import settings
    from serving.changes.change import Change
    from serving.store import Store

    with Store.open(settings.load()) as store:
        _tell(Change.of(store.changes.one(change_id)), as_json, language)


def submit(
    title: Title,
    reason: Reason,
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with files of the book that say something else.")
    ] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="A file to take out of the book.")] = None,
    release: Annotated[str, typer.Option("--release", help="A release of models that is to go to work.")] = "",
    is_tried: Annotated[bool, typer.Option("--try/--no-try", help="Try it on the current customers at once.")] = True,
    at: At = "",
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Ask that files of the book, or a release, go live; nothing is live by it. Exit 1 if the trial finds errors."""
    from serving.changes.asked import ChangeIn
    from serving.changes.change import Kind
    from serving.changes.drafting import written_in
    from serving.changes.permitted import MAY_ASK
    from serving.strict_json import validate

    kind = Kind.RELEASE if release else Kind.BOOK
    with _desk(MAY_ASK[kind], "regua change submit", at) as desk:
        asked: dict[str, Any] = {"kind": str(kind), "title": title, "reason": reason}
        if release:
            asked["release_id"] = release
        if folder or remove or not release:
            base = desk.store.texts.read("books", desk.service().live_book.begin(desk.clock).target)
            asked["files"] = {**(written_in(folder, base) if folder else {}), **dict.fromkeys(remove or ())}
        validate(ChangeIn, asked)
        said: dict[str, Any] = {"title": title, "reason": reason, "by": desk.caller.name, "at": desk.at}
        control = desk.control
        made = control.submit_release(release, **said) if release else control.submit_book(asked["files"], **said)
        if is_tried:
            _try(desk, made, as_json, language)
        else:
            _tell(made, as_json, language)


def try_change(change_id: ChangeId, at: At = "", language: Language = "", as_json: AsJson = False) -> None:
    """Prove and rehearse a request, and decide the current customers with and without it. Exit 1 if it is not sound."""
    from serving.changes.permitted import WRITERS

    with _desk(WRITERS, "regua change try", at) as desk:
        _try(desk, desk.control.one(change_id), as_json, language)


def approve(
    change_id: ChangeId,
    version: Annotated[str, typer.Option("--version", help="The version you have read, as regua change show has it.")],
    note: Note = "",
    at: At = "",
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Agree to the version that was read. Whoever wrote it cannot, and an edit takes this back."""
    from serving.changes.asked import ApproveIn
    from serving.changes.permitted import APPROVERS
    from serving.strict_json import validate

    with _desk(APPROVERS, "regua change approve", at) as desk:
        target = desk.control.one(change_id).target
        read = target if len(version) >= SHORTEST_VERSION and target.startswith(version) else version
        validate(ApproveIn, {"version": read} | ({"note": note} if note else {}))
        made = desk.control.approve(change_id, read, by=desk.caller.name, at=desk.at, note=note)
    _tell(made, as_json, language)


def reject(change_id: ChangeId, note: Note, at: At = "", language: Language = "", as_json: AsJson = False) -> None:
    """Say no to a request that is not live yet, or take one's own back."""
    from serving.changes.permitted import WRITERS, refuse_to_reject

    with _desk(WRITERS, "regua change reject", at) as desk:
        refuse_to_reject(desk.caller, desk.control.one(change_id))
        made = desk.control.reject(change_id, by=desk.caller.name, at=desk.at, note=_noted(note))
    _tell(made, as_json, language)


def apply(change_id: ChangeId, at: At = "", language: Language = "", as_json: AsJson = False) -> None:
    """Put an approved request live; every process takes it up within five seconds."""
    from serving.changes.permitted import APPROVERS

    with _desk(APPROVERS, "regua change apply", at) as desk:
        made = desk.control.apply(change_id, by=desk.caller.name, at=desk.at)
    _tell(made, as_json, language)


def roll_back(change_id: ChangeId, note: Note, at: At = "", language: Language = "", as_json: AsJson = False) -> None:
    """Bring back what was live before a request: the one that went live last, again and again backwards."""
    from serving.changes.permitted import APPROVERS

    with _desk(APPROVERS, "regua change rollback", at) as desk:
        made = desk.control.rollback(change_id, by=desk.caller.name, at=desk.at, note=_noted(note))
    _tell(made, as_json, language)


@dataclass(slots=True)
class _Desk:
    """A home, the person who acts there, and the moment; the service is opened for what has to decide."""

    settings: "Settings"
    store: "Store"
    caller: "Caller"
    clock: "Clock"
    opened: "Service | None" = None

    @property
    def at(self) -> datetime:
        return self.clock.now()

    @property
    def control(self) -> "ChangeControl":
        from serving.changes.control import ChangeControl

        return ChangeControl(self.settings, self.store, self.service)

    def service(self) -> "Service":
        from serving.service import Service

        self.opened = self.opened or Service.open(self.settings, self.clock, online=False)
        return self.opened


@contextmanager
def _desk(roles: "Collection[Role]", what: str, at: str) -> Iterator[_Desk]:
    from serving.access.access import Access
    from serving.store import Store

    settings, clock = _clock(at)
    with Store.open(settings) as store:
        desk = _Desk(settings, store, caller_of(Access(settings, store), roles, what), clock)
        try:
            yield desk
        finally:
            if desk.opened:
                desk.opened.close()


def _clock(at: str) -> "tuple[Settings, Clock]":
    from regua import settings
    from regua.clock import SetClock, SystemClock

    loaded = settings.load()
    if at and loaded.environment != "test":
        raise SettingsError(
            "--at where real traffic is decided",
            expected="the machine's own clock: a trial counts for a day, and nobody sets that day",
            remedy="REGUA_ENVIRONMENT=test for a home of the past that is tried out",
        )
    return loaded, SetClock(moments.given(at, "--at")) if at else SystemClock()


def _noted(note: str) -> str:
    from serving.changes.asked import NoteIn
    from serving.strict_json import validate

    return str(validate(NoteIn, {"note": note}).note)


def _try(desk: _Desk, change: "Change", as_json: bool, language: str) -> None:
    try:
        change = desk.control.judge(change.change_id, by=desk.caller.name, at=desk.at)
    except ReguaError as problem:
        # The request is kept all the same, and its name is needed to try it again.
        _tell(change, as_json, language)
        output.fail(problem, as_json)
        raise typer.Exit(problem.exit_code) from problem
    _tell(change, as_json, language)
    if not (change.verdict or {}).get("is_sound"):
        raise typer.Exit(1)


def _tell(change: "Change", as_json: bool, language: str) -> None:
    said_in = spoken(language)
    output.emit(change.told(), lambda console: draw(console, change, said_in), as_json, next_step(change))
