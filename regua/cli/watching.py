"""``regua watch`` says whether the champion should be left, recalibrated or retrained, and shows why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from regua import settings as places
from regua.cli import moments, output
from regua.cli.options import AsJson, Language, spoken

if TYPE_CHECKING:
    from rich.console import Console

    from training.watching.watch import Watch

_NEXT = {
    "retrain": "regua learn",
    "recalibrate": "regua learn --recalibrate",
    "wait": "regua watch, a week from now",
    "leave": "regua models",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("watch")(watch)


def watch(
    as_of: Annotated[str | None, typer.Option(help="Look as of then: 2026-06-30T09:00; now when left out.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report there, one page that opens offline.")] = None,
    language: Language = "",
    plan: Annotated[Path | None, typer.Option(help="The plan file of this book; the default plan otherwise.")] = None,
    thresholds: Annotated[Path | None, typer.Option(help="A file of thresholds; the shipped ones otherwise.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare then with now: features, scores, outcomes, guardrails. Exit code 1 when something is to be done."""
    from rich.console import Console

    from training import plan as plans
    from training.watching import report
    from training.watching import watch as watching
    from training.watching.thresholds import DEFAULT, read

    said_in = spoken(language)
    console = Console(stderr=True)
    with console.status("reading", spinner="dots") as status:
        found = watching.watch(
            places.load(),
            moments.given(as_of),
            plan=plans.read(plan or plans.DEFAULT),
            thresholds=read(thresholds or DEFAULT),
            progress=status.update,
        )
    if html is not None:
        html.write_text(report.html(found, said_in), encoding="utf-8")
    output.emit(found.to_json(), lambda page: _show(page, found, html), as_json, _NEXT[found.advice])
    if found.advice in ("retrain", "recalibrate"):
        raise typer.Exit(1)


def _show(page: "Console", found: "Watch", html: Path | None) -> None:
    from training.watching.report import alarm

    table = output.compact(f"champion {found.release_id}, {found.trained_as_of:%Y-%m-%d} → {found.as_of:%Y-%m-%d}")
    for heading in ("model", "cases", "AUC then", "AUC now", "ECE now", "by chance", "PSI"):
        table.add_column(heading, justify="left" if heading == "model" else "right", no_wrap=True)
    table.add_column("advice")
    for one in found.models:
        then, now = one.then.get("pooled", {}), one.now["pooled"]
        table.add_row(
            one.verdict.model,
            f"{now['rows']:,}",
            output.figure(then.get("auc")),
            output.figure(now["auc"]),
            output.figure(now["ece"]),
            output.figure(now.get("ece_floor")),
            output.figure(one.score.index if one.score else None, digits=2),
            one.verdict.advice,
        )
    page.print(table)
    for sentence in map(alarm, found.alarms):
        page.print(f"· {sentence}")
    if html is not None:
        page.print(f"report: {html}")
