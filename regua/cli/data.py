"""Commands that bring a book in and say what state it is in: ``regua ingest`` and ``regua check data``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import moments
from regua.cli.options import AsJson
from regua.cli.output import emit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console

    from features.checks.state import BookState

Arguments = Annotated[
    list[str], typer.Argument(metavar="FOLDER | road-fines [FILE]", help="A folder of files, or the road-fines log.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", "-m", help="YAML that says which file and column feeds which table.")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Moment of ingest, ISO 8601; now when absent. Later rows are refused.")
]


def register(app: typer.Typer) -> None:
    """Add ``regua ingest``."""
    app.command("ingest")(ingest)


def register_check(check: typer.Typer) -> None:
    """Add ``regua check data``."""
    check.command("data")(check_data)


def ingest(source: Arguments, mapping: MappingFile = None, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Bring a book in: read, check, put bad rows aside, and replace the book in force.

    A folder without --mapping must hold the canonical tables. `road-fines` reads the public event log, from FILE or
    from REGUA_ROAD_FINES.
    """
    from regua.settings import load

    settings = load()
    moment = moments.given(as_of, exact=True)
    if source[0] == "road-fines":
        from features.adapters import ingest_road_fines

        log = Path(source[1]) if len(source) > 1 else settings.road_fines
        with _progress(shown=not as_json) as progress:
            result = ingest_road_fines(log, settings, moment, progress=progress).as_dict()
    else:
        from features.ingest import Mapping, ingest

        with _progress(shown=not as_json) as progress:
            known = mapping or Mapping.canonical()
            result = ingest(Path(source[0]), known, settings, moment, progress=progress).as_dict()
    emit(result, lambda console: _show_ingest(console, result), as_json, next_step="regua check data")


def check_data(as_json: AsJson = False) -> None:
    """Report rows, quarantine, freshness and suspect bills; exit 1 when something in the book is not in order."""
    from features.checks.state import book_state
    from regua.settings import load

    state = book_state(load())
    following = "regua profile build" if state.is_in_order else None
    emit(state.as_dict(), lambda console: draw_state(console, state), as_json, next_step=following)
    if not state.is_in_order:
        raise typer.Exit(1)


def _progress(shown: bool) -> "AbstractContextManager[Callable[[str, int], None] | None]":
    from contextlib import contextmanager, nullcontext

    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    if not shown:
        return nullcontext()

    @contextmanager
    def bars() -> "Iterator[Callable[[str, int], None]]":
        words = TextColumn("{task.description} {task.completed:,} rows")
        with Progress(SpinnerColumn(), words, TimeElapsedColumn(), console=Console(stderr=True)) as progress:
            tasks: dict[str, Any] = {}

            def told(table: str, rows: int) -> None:
                if table not in tasks:
                    tasks[table] = progress.add_task(table, total=None)
                progress.update(tasks[table], completed=rows)

            yield told

    return bars()


def _show_ingest(console: "Console", result: "Mapping[str, Any]") -> None:
    from rich.table import Table

    shown = Table("table", "in", "kept", "quarantined", "by rule")
    for name, one in result["tables"].items():
        rules = ", ".join(f"{rule} {count:,}" for rule, count in one["by_rule"].items())
        shown.add_row(name, f"{one['in']:,}", f"{one['kept']:,}", f"{one['quarantined']:,}", rules)
    console.print(shown)
    if "cases" in result:
        cases = result["cases"]
        console.print(f"cases: {cases['in']:,} in, {cases['kept']:,} kept, {cases['quarantined']:,} quarantined")
    if result["absent"]:
        console.print(f"absent: {', '.join(result['absent'])}")
    _show_doubts(console, result["suspicions"], result["warnings"])


def draw_state(console: "Console", state: "BookState") -> None:
    """Show the state of the book in force: rows, freshness, quarantine, doubts and problems."""
    from rich.table import Table

    shown = Table("table", "rows", "latest known at (UTC)", "quarantined", "by rule")
    for one in state.tables:
        rules = ", ".join(f"{rule} {count:,}" for rule, count in one.by_rule.items())
        latest = f"{one.latest_known_at:%Y-%m-%d %H:%M}" if one.latest_known_at else "-"
        shown.add_row(one.table, f"{one.rows:,}", latest, f"{one.quarantined:,}", rules)
    console.print(shown)
    _show_doubts(console, state.suspicions, state.warnings)
    for problem in state.problems:
        console.print(f"[red]{problem}[/red]")


def _show_doubts(console: "Console", suspicions: "Mapping[str, int]", warnings: "Sequence[str]") -> None:
    found = ", ".join(f"{rule} {count:,}" for rule, count in suspicions.items() if count)
    console.print(f"suspect bills: {found or 'none'}")
    for warning in warnings:
        console.print(f"[yellow]{warning}[/yellow]")
