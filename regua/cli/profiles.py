"""``regua profile``: build what is known of every customer at a moment, put it online, show one customer."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua import settings as places
from regua.cli import moments, output
from regua.cli.options import AsJson
from regua.errors import NotFoundError

if TYPE_CHECKING:
    from rich.console import Console

At = Annotated[
    str | None, typer.Option("--at", help="Moment, ISO 8601, UTC unless it says otherwise; now when absent.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of the profile."""
    group = typer.Typer(help="What we know about a customer, as of a moment.", no_args_is_help=True)
    group.command("build")(build)
    group.command("show")(show)
    group.command("apply")(apply)
    group.command("materialise")(materialise)
    app.add_typer(group, name="profile")


def build(
    at: At = None,
    months: Annotated[int, typer.Option(min=1, max=120, help="Also the same instant of the months before.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Compute the profile of every customer at a moment, or at one moment in each of several months."""
    from rich.console import Console
    from rich.progress import Progress

    from features import snapshots

    with Progress(console=Console(stderr=True), transient=True, disable=as_json) as bar:
        task = bar.add_task("profiles", total=None)
        report = snapshots.build(
            places.load(),
            _monthly(moments.given(at, "--at"), months),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    result = {"moments": list(report.moments), "rows": report.rows, "seconds": round(report.seconds, 3)}
    said = f"{len(report.moments)} moments, {sum(report.rows.values()):,} rows in {report.seconds:.1f} s"
    output.emit(result, said, as_json, "regua profile materialise")


def show(customer: Annotated[str, typer.Argument(help="customer_id")], at: At = None, as_json: AsJson = False) -> None:
    """Show one customer's profile from the latest snapshot at or before a moment, feature by feature."""
    from features import profile, services

    settings = places.load()
    moment = services.latest(settings, moments.given(at, "--at"))
    columns = profile.at(settings, moment, [customer])
    if not len(columns["customer_id"]):
        raise NotFoundError(f"no customer {customer!r} in the snapshot of {moment:%Y-%m-%d %H:%M} UTC")
    row = {name: _plain(array[0]) for name, array in columns.items()}
    result = {"as_of": moment, "profile": row}
    output.emit(result, lambda page: _draw(page, row, settings.language), as_json)


def apply(as_json: AsJson = False) -> None:
    """Register the feature views with Feast."""
    from features import services

    views = services.apply(places.load())
    output.emit({"views": views}, f"registered: {', '.join(views)}", as_json, "regua profile materialise")


def materialise(at: At = None, as_json: AsJson = False) -> None:
    """Put the latest snapshot at or before a moment online, where decisions read it."""
    from features import services

    report = services.materialise(places.load(), moments.given(at, "--at"))
    result = {"moment": report.moment, "rows": report.rows, "seconds": round(report.seconds, 3)}
    said = f"{sum(report.rows.values()):,} rows of {report.moment:%Y-%m-%d %H:%M} UTC online in {report.seconds:.1f} s"
    output.emit(result, said, as_json, "regua decide --all")


def _monthly(last: datetime, months: int) -> list[datetime]:
    """Name the same instant of the month in a run of months; a day the month lacks becomes its last."""
    from calendar import monthrange

    instants = []
    for back in range(months):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        day = min(last.day, monthrange(year, month + 1)[1])
        instants.append(last.replace(year=year, month=month + 1, day=day))
    return instants


def _plain(value: Any) -> str | float | None:
    if value is None or isinstance(value, str):
        return value
    return None if value != value else float(value)


def _draw(page: "Console", row: dict[str, Any], language: str) -> None:
    from rich.table import Table

    from features.catalog import VIEWS

    page.print(f"[bold]{row['customer_id']}[/bold]  contract {row['contract_id'] or '–'}")
    for view in VIEWS.values():
        table = Table("feature", "value", "unit", "meaning", title=view.name, title_justify="left")
        for feature in view.features:
            table.add_row(feature.name, _said(row[feature.name], feature.kind), feature.unit, feature.meaning[language])
        page.print(table)


def _said(value: Any, kind: str) -> str:
    if value is None:
        return "–"
    if kind == "flag":
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:,.4g}" if value % 1 else f"{value:,.0f}"
