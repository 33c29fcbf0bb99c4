"""``regua check`` alone: everything there is to read, in one go."""

from typing import TYPE_CHECKING, Annotated

import typer

from regua.cli import output
from regua.cli.options import AsJson

if TYPE_CHECKING:
    from rich.console import Console


def register_check(check: typer.Typer) -> None:
    """Let ``regua check`` without a subject read everything."""
    check.callback(invoke_without_command=True)(check_everything)


def check_everything(
    context: typer.Context,
    explain: Annotated[str, typer.Option("--explain", help="Print the page of help of a finding, such as R101.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read and prove everything: journeys, and data where a book is in force; exit 1 when something is wrong."""
    if context.invoked_subcommand is not None:
        return
    if explain:
        from regua.cli.journeys import explain_finding

        explain_finding(explain, as_json)
        return
    from features.checks.state import book_state
    from journeys.proofs.check import check
    from regua.cli import data, journeys
    from regua.clock import SystemClock, local_date
    from regua.settings import load

    settings = load()
    report = check(on=local_date(SystemClock().now()))
    state = book_state(settings) if any(settings.tables.glob("*/*.parquet")) else None

    def draw(console: "Console") -> None:
        journeys.draw_report(console, report)
        if state is None:
            console.print(f"no book of data in force in {settings.home}", highlight=False)
        else:
            data.draw_state(console, state)

    result = {"journeys": journeys.as_dict(report), "data": state.as_dict() if state else None}
    output.emit(result, draw, as_json, "regua ingest" if state is None else None)
    if not report.is_sound or (state is not None and not state.is_in_order):
        raise typer.Exit(1)
