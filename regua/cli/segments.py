"""``regua segments``: what each segment means, and how large it is on the current book."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli import moments, output
from regua.cli.options import Language, spoken

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add ``regua segments``."""
    app.command("segments")(segments)


def segments(
    at: Annotated[str, typer.Option("--at", help="The moment, such as 2026-03-04T13:00:00Z; now by default.")] = "",
    language: Language = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, in both languages.")] = False,
) -> None:
    """Say what each segment means, in words, and how many customers of the current book it holds."""
    from journeys import book as books
    from regua import settings
    from serving.deciding.sizing import size

    loaded = settings.load()
    said_in = spoken(language)
    book = books.load()
    sizes = size(loaded, book, moments.given(at, "--at", exact=True))
    told = sizes.to_dict(book)
    following = "regua show early_digital" if sizes.counts else None
    output.emit(told, lambda console: _draw(console, told, said_in), as_json, following)


def _draw(console: "Console", told: dict[str, Any], language: str) -> None:
    for line in told["missing"]:
        console.print(line, style="yellow", markup=False, highlight=False)
    if told["customers"] is not None:
        release = told["release_id"]
        console.print(f"{told['customers']:,} customers, release {release[:12]}", highlight=False)
    for entry in told["segments"]:
        if entry["kind"] == "band":
            _draw_table(console, f"{entry['title'][language]}  {entry['segment']}", entry["grades"], language)
            for grade in entry["grades"]:
                _explain(console, grade["grade"], grade, language)
    groups = [entry for entry in told["segments"] if entry["kind"] == "group"]
    rows = [{**entry["grades"][0], "grade": entry["segment"]} for entry in groups]
    _draw_table(console, {"pt-BR": "Grupos", "en": "Groups"}[language], rows, language)
    for entry in groups:
        _explain(console, entry["title"][language], entry["grades"][0], language)


def _draw_table(console: "Console", title: str, rows: list[dict[str, Any]], language: str) -> None:
    from regua.money import in_words

    said = {"pt-BR": ("clientes", "%", "em atraso", "vencido"), "en": ("customers", "%", "in arrears", "overdue")}
    table = output.compact(title)
    table.add_column("")
    for heading in said[language]:
        table.add_column(heading, justify="right")
    for row in rows:
        figures = ["–"] * 4
        if "customers" in row:
            overdue = in_words(row["overdue_cents"], language)
            figures = [f"{row['customers']:,}", f"{row['percent']:.1f}", f"{row['in_arrears']:,}", overdue]
        table.add_row(row["grade"], *figures)
    console.print(table)


def _explain(console: "Console", name: str, grade: dict[str, Any], language: str) -> None:
    if grade["where"] is None:
        return
    words = f"  {name}: {grade['where'][language]}"
    if grade["keep"] is not None:
        words += {"pt-BR": "; mantém se ", "en": "; kept if "}[language] + grade["keep"][language]
    console.print(words, style="dim", markup=False, highlight=False)
