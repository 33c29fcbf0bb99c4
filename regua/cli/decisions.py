"""Decisions at the command line: decide, explain, replay, serve, and take in what happened."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regua.cli import freshness, moments, output
from regua.cli.options import AsJson, Language, spoken
from regua.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from regua.clock import Clock
    from serving.deciding.batch import BatchReport
    from serving.proving.replay import Replay, Replayer
    from serving.store import Store

AtOption = Annotated[str, typer.Option("--at", help="The moment, such as 2026-03-04T13:00:00Z; now by default.")]
MOST_AT_ONCE = 500


def register(app: typer.Typer) -> None:
    """Add ``regua decide``, ``explain``, ``replay``, ``serve`` and ``events import``."""
    app.command("decide")(decide)
    app.command("explain")(explain)
    app.command("replay")(replay)
    app.command("serve")(serve)
    events = typer.Typer(help="What happened, told to Regua.", no_args_is_help=True)
    events.command("import")(import_events)
    app.add_typer(events, name="events")


def decide(
    customers: Annotated[list[str] | None, typer.Argument(help="Whom to decide about.", show_default=False)] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Decide for the whole book.")] = False,
    at: AtOption = "",
    as_json: AsJson = False,
) -> None:
    """Decide the next right action for some customers, or for the whole book, and log it."""
    from regua import settings

    if bool(customers) == everybody:
        raise typer.BadParameter("name customers, or give --all")
    clock = _clock(at)
    loaded = settings.load()
    if everybody:
        from serving.deciding.batch import decide_book

        with _bar("deciding", as_json) as progress:
            report = decide_book(loaded, clock.now(), progress=progress)
        following = freshness.of_snapshots(loaded, clock, "regua decide --all") or _explain(report.example)
        output.emit(report.to_dict(), lambda console: _draw(console, report), as_json, following)
        return
    import orjson

    from serving.service import Service

    names = customers or []
    service = Service.open(loaded, clock, online=False)
    decisions: dict[str, bytes] = {}
    for start in range(0, len(names), MOST_AT_ONCE):
        decisions |= service.decide(names[start : start + MOST_AT_ONCE])
    bodies = [orjson.loads(body) for body in decisions.values()]
    lines = [f"{body['customer_id']}  {body['action']}  {body['decision_id']}" for body in bodies]
    step = freshness.of_snapshots(loaded, clock, f"regua decide {' '.join(names[:3])}")
    output.emit({"decisions": bodies}, "\n".join(lines), as_json, step or _explain(bodies[0]["decision_id"]))


def explain(
    decision_id: Annotated[str, typer.Argument(help="The decision to explain.", show_default=False)] = "",
    everybody: Annotated[
        bool, typer.Option("--all", help="Give every score of the book its reasons, in a file.")
    ] = False,
    at: AtOption = "",
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Tell one decision in full: what was known, predicted, weighed and forbidden, with reasons and sources."""
    from serving.proving import explaining, showing

    if bool(decision_id) == everybody:
        raise typer.BadParameter("name a decision, or give --all")
    if everybody:
        _explain_everybody(at, as_json)
        return
    said_in = spoken(language)
    store, replayer = _log()
    told = explaining.explain(store, replayer, decision_id)
    output.emit(
        told.to_dict(), lambda console: showing.show(told, console, said_in), as_json, f"regua replay {decision_id}"
    )


def _explain_everybody(at: str, as_json: bool) -> None:
    from regua import settings
    from serving.proving.reasoning import explain_book

    with _bar("explaining", as_json) as progress:
        told = explain_book(settings.load(), _clock(at).now(), progress=progress)
    lines = [f"{count:>9,}  {score}" for score, count in told.scores.most_common()]
    lines.append(f"{told.customers:,} customers in {told.seconds:.1f} s: {told.output}")
    output.emit(told.to_dict(), "\n".join(lines), as_json, "regua decide --all")


@contextmanager
def _bar(doing: str, is_silent: bool) -> "Iterator[Callable[[int, int], None]]":
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, disable=is_silent, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def replay(
    decision_ids: Annotated[list[str] | None, typer.Argument(help="Decisions to replay.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Replay the whole log.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make logged decisions again from the log alone; exit 1 if any byte differs."""
    if bool(decision_ids) == everything:
        raise typer.BadParameter("name decisions, or give --all")
    store, replayer = _log()
    rows = store.whole_log() if everything else (store.decision(name) for name in decision_ids or [])
    count, erased, differing = 0, 0, []
    for one in replayer.replay_all(rows):
        count += 1
        erased += one.is_erased
        if one.difference is not None:
            differing.append(one)
    result = {
        "replayed": count,
        "equal": count - erased - len(differing),
        "erased": erased,
        "differences": [{"decision_id": one.decision_id, "difference": one.difference} for one in differing],
    }
    output.emit(result, lambda console: _draw_replays(console, count, differing), as_json)
    if differing:
        raise typer.Exit(1)


def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="The port to listen on.")] = 8000,
    at: Annotated[str, typer.Option("--at", help="Decide as of this fixed moment: for a book of the past.")] = "",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Serve a sandbox, apart from what is real.")] = False,
) -> None:
    """Serve decisions over HTTP."""
    from serving import starting

    starting.begin()
    from regua import settings
    from serving.api import create_app, listening
    from serving.telemetry import logs

    listener = listening.listen(host, port)
    # One worker: callers share one writer and one commit a turn. More machines, not more workers, is how it grows.
    loaded, clock = settings.load(), _clock(at)
    if sandbox:
        loaded = loaded.model_copy(update={"environment": "test"})
    logs.configure(loaded.log_level)
    app = create_app(loaded, clock)
    app.state.service.quicken()
    if loaded.environment == "test":
        typer.echo("a sandbox: nobody is contacted, and what is kept is apart from the real", err=True)
    typer.echo(f"serving on http://{host}:{port}, described at /docs; Ctrl-C stops", err=True)
    for shown in app.state.service.access.give_first():
        role = ", ".join(sorted(shown.key.roles))
        typer.echo(f"a key for the role {role}, shown this once: {shown.text}", err=True)
    if loaded.environment == "live" and (told := freshness.of_online(loaded, clock)):
        typer.echo(told, err=True)
    listening.run(app, listener, app.state.gate, log_config=None, timeout_graceful_shutdown=10)


def import_events(
    file: Annotated[Path, typer.Argument(help="NDJSON: one event a line.")],
    at: Annotated[str, typer.Option("--at", help="When Regua learned of them; now by default.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take in events from a file; what cannot be understood is kept in quarantine. Exit 1 if there was any."""
    from collections import Counter

    from regua import settings
    from serving.happenings.intake import read_lines, take_in
    from serving.store import Store

    if not file.is_file():
        raise NotFoundError(f"no file {file}", expected="a file with one JSON event a line", remedy="check the path")
    counts: Counter[str] = Counter()
    problems: list[dict[str, str | None]] = []
    clock = _clock(at)
    with Store.open(settings.load()) as store, file.open("rb") as lines:
        for part in read_lines(lines, file.name):
            reports = take_in(store, part, clock.now())
            counts.update(report.status for report in reports)
            problems += [
                {"place": place, "found": report.problem.found, "expected": report.problem.expected}
                for (place, _), report in zip(part, reports, strict=True)
                if report.problem and len(problems) < MOST_AT_ONCE
            ]
    told = [f"{problem['place']}: {problem['found']} (expected: {problem['expected']})" for problem in problems[:20]]
    summary = ", ".join(f"{number} {status}" for status, number in sorted(counts.items())) or "no events"
    output.emit({"counts": counts, "problems": problems}, "\n".join([summary, *told]), as_json)
    if problems:
        raise typer.Exit(1)


def _log() -> tuple["Store", "Replayer"]:
    from regua import settings
    from serving.proving.replay import Replayer
    from serving.store import Store

    loaded = settings.load()
    if loaded.store_url is None and not loaded.decisions.is_file():
        raise NotFoundError(
            f"no decision log at {loaded.decisions}", expected="a home that has decided", remedy="regua decide --all"
        )
    store = Store.open(loaded)
    return store, Replayer(store, loaded)


def _clock(at: str) -> "Clock":
    from regua.clock import SetClock, SystemClock

    return SetClock(moments.given(at, "--at")) if at else SystemClock()


def _explain(decision_id: str | None) -> str:
    return f"regua explain {decision_id or ''}".rstrip()


def _draw(console: "Console", report: "BatchReport") -> None:
    console.print(output.decided(f"Decided as of {report.moment:%Y-%m-%d %H:%M} UTC", report.by_journey))
    console.print(
        f"{report.customers:,} customers: {report.decided:,} decided, {report.contacts:,} contacts, "
        f"{report.at_peace:,} owe nothing and are left in peace · {report.seconds:.1f} s"
    )
    if report.blocked:
        console.print("stopped by: " + ", ".join(f"{rule} {count:,}" for rule, count in report.blocked.most_common()))
    missing = {code: count for code, count in report.degraded.most_common() if not code.startswith("prior_")}
    priors = {code.removeprefix("prior_") for code in report.degraded} - missing.keys()
    if missing or priors:
        told = [f"{code} {count:,}" for code, count in list(missing.items())[:8]]
        console.print("missing: " + ", ".join([*told, f"{len(priors)} models (documented priors stood in)"]))
    console.print(f"log: release {report.release_id}, book {report.book_digest[:12]} · {report.output}")


def _draw_replays(console: "Console", count: int, differing: "list[Replay]") -> None:
    console.print(f"{count:,} decisions replayed, {len(differing):,} differ")
    for one in differing[:10]:
        console.print(f"\n{one.decision_id}\n{one.difference}", markup=False)
