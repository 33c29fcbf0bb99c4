"""Journeys at the command line: check the book, show a journey."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import output
from regua.cli.options import AsJson, Language, spoken

if TYPE_CHECKING:
    from rich.console import Console

    from journeys.book import Book
    from journeys.proofs.check import Report

FolderOption = Annotated[
    Path | None, typer.Option("--folder", help="A folder with catalog/ and, if it has its own, policies/.")
]
HintsOption = Annotated[bool, typer.Option("--hints", help="Print hints too: overlaps, what nothing uses.")]
ExplainOption = Annotated[str, typer.Option("--explain", help="Print the page of help of a finding, such as R101.")]


def register(app: typer.Typer) -> None:
    """Add ``regua show``."""
    app.command("show")(show)


def register_check(check: typer.Typer) -> None:
    """Add ``regua check journeys``."""
    check.command("journeys")(check_journeys)


def check_journeys(
    folder: FolderOption = None,
    update_lock: Annotated[
        bool, typer.Option("--update-lock", help="Lock new journeys and new versions once all else is sound.")
    ] = False,
    hints: HintsOption = False,
    explain: ExplainOption = "",
    as_json: AsJson = False,
) -> None:
    """Read, prove and rehearse every journey and policy, and say what is wrong with file, line and a witness."""
    if explain:
        explain_finding(explain, as_json)
        return
    from journeys.proofs.check import check
    from regua.clock import SystemClock, local_date

    report = check(folder, update_lock=update_lock, on=local_date(SystemClock().now()))
    following = "regua show early_digital" if report.is_sound else explanation(report)
    output.emit(as_dict(report), lambda console: draw_report(console, report, hints=hints), as_json, following)
    if not report.is_sound:
        raise typer.Exit(1)


def show(
    journey: Annotated[
        str, typer.Argument(help="The name of a journey, such as early_digital; without one, the whole catalogue.")
    ] = "",
    folder: FolderOption = None,
    everything: Annotated[bool, typer.Option("--all", help="The whole catalogue, by stage.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="With --all: the catalogue as a page.")] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print the diagram alone.")] = False,
    language: Language = "",
    as_json: AsJson = False,
) -> None:
    """Show a journey as a table and a diagram, or the catalogue by stage."""
    from journeys.book import load
    from journeys.telling import showing

    said_in = spoken(language)
    if journey and (everything or markdown):
        raise typer.BadParameter("either the name of a journey or --all", param_hint="--all")
    book = load(folder)
    if not journey:
        _show_catalogue(book, said_in, markdown, as_json)
        return
    drawing = showing.mermaid(book, journey, said_in)
    if mermaid:
        output.emit({"mermaid": drawing}, lambda console: _print_as_it_is(console, drawing), as_json)
        return
    shown = showing.describe(book, journey, said_in)
    output.emit(
        shown | {"mermaid": drawing},
        lambda console: _draw_journey(console, shown, drawing, said_in),
        as_json,
        f"regua show {journey} --mermaid",
    )


def _show_catalogue(book: "Book", language: str, markdown: bool, as_json: bool) -> None:
    from journeys.telling import catalogue

    if markdown:
        page = catalogue.markdown(book)
        output.emit({"markdown": page}, lambda console: _print_as_it_is(console, page), as_json)
        return
    stages = catalogue.catalogue(book, language)
    output.emit(
        {"stages": stages},
        lambda console: _draw_catalogue(console, stages),
        as_json,
        "regua show early_digital",
    )


def as_dict(report: "Report") -> dict[str, Any]:
    """Return a report as plain data."""
    from dataclasses import asdict

    return {
        "is_sound": report.is_sound,
        "journeys": report.journeys,
        "examples": report.examples,
        "rules": report.rules,
        "book": report.book.digest if report.book else None,
        "questions": report.questions,
        "findings": [asdict(finding) | {"severity": str(finding.severity)} for finding in report.findings],
    }


def explain_finding(code: str, as_json: bool) -> None:
    """Print the page of help of a finding."""
    from journeys.proofs.pages import page

    text = page(code)
    output.emit({"code": code.upper(), "page": text}, lambda console: _print_as_it_is(console, text), as_json)


def explanation(report: "Report") -> str | None:
    """Return the command that explains the first finding."""
    return f"regua check --explain {report.findings[0].code}" if report.findings else None


def draw_report(console: "Console", report: "Report", *, hints: bool = False) -> None:
    """Show a report: each finding with its place and witness, then what was read; hints are counted or shown."""
    colours = {"error": "red", "warning": "yellow", "hint": "dim"}
    for finding in report.findings:
        if finding.severity == "hint" and not hints:
            continue
        told = f"{finding.place}: {finding.code} {finding.found}".removeprefix(": ")
        console.print(told, style=colours[finding.severity], markup=False, highlight=False, soft_wrap=True)
        for word, text in (("witness", finding.witness), ("expected", finding.expected), ("try", finding.remedy)):
            if text:
                console.print(f"  {word}: {text}", markup=False, highlight=False, soft_wrap=True)
    counted = f"{report.journeys} journeys, {report.examples} examples, {report.rules} rules"
    if report.questions:
        counted += f", {report.questions} questions proved or answered"
    errors, warnings, hinted = (
        sum(finding.severity == severity for finding in report.findings) for severity in ("error", "warning", "hint")
    )
    others = f"; {warnings} warnings, {hinted} hints" + ("" if hints or not hinted else " (--hints)")
    if report.is_sound and report.book:
        console.print(f"[green]sound[/green]: {counted}; book {report.book.digest[:12]}{others}", soft_wrap=True)
    else:
        console.print(f"[red]{errors} errors[/red] in {counted}{others}", soft_wrap=True)


def _draw_catalogue(console: "Console", stages: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("code", "journey", "title", "ends")
    for stage in stages:
        table.add_section()
        table.add_row("", f"[bold]{stage['title']}[/bold]")
        for told in stage["journeys"]:
            ends = ((name, one["then"]) for name, one in told["leave"].items())
            told_ends = ", ".join(name if then == "route" else f"{name} → {then}" for name, then in ends)
            mark = "*" if told["interrupts"] else ""
            table.add_row(told["code"] or "", told["journey"] + mark, told["title"], told_ends)
    console.print(table)
    console.print("* interrupts journeys below it; → back: to the step that was left; else the first that matches")


def _draw_journey(console: "Console", shown: dict[str, Any], drawing: str, language: str) -> None:
    from rich.table import Table

    from journeys.telling.catalogue import follows

    heading = " ".join(filter(None, (shown["code"], f"{shown['journey']} v{shown['version']}")))
    console.print(f"[bold]{shown['title']}[/bold]  {heading}", highlight=False)
    console.print(shown["purpose"], highlight=False)
    facts = Table.grid(padding=(0, 2))
    facts.add_row("priority", f"{shown['priority']}" + (" · interrupts" if shown["interrupts"] else ""))
    facts.add_row("enter", shown["enter"]["words"])
    for name, condition in shown["leave"].items():
        facts.add_row(f"leave: {name}", f"{condition['words']} → {follows(condition['then'], language)}")
    console.print(facts)
    steps = Table("#", "day", "what is done", "only if")
    for number, step in enumerate(shown["steps"], start=1):
        steps.add_row(str(number), step["day"], step["words"], step["when"]["words"] if step["when"] else "")
    console.print(steps)
    _print_as_it_is(console, drawing)


def _print_as_it_is(console: "Console", text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True, end="")
