"""An explanation as people read it, in Portuguese or in English."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from serving.proving.explaining import Explanation
from serving.proving.telling import Teller


def show(explanation: Explanation, console: Console, language: str) -> None:
    """Draw one decision in full."""
    teller = Teller(explanation, language)
    console.print(f"[bold]{escape(explanation.decision['decision_id'])}[/bold]")
    for name, value in teller.head():
        console.print(f"  {name}: [bold]{escape(value)}[/bold]")
    console.print(f"\n[bold]{teller.say('why')}[/bold]")
    for reason in teller.why():
        console.print(f"  • {escape(reason['text'])} [dim]{reason['code']}[/dim]")
    for title, rows in (("facts", teller.facts()), ("scores", _scores(teller)), ("weighed", _weighed(teller))):
        table = Table(title=teller.say(title), title_justify="left", show_header=False, box=None, pad_edge=True)
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        if table.row_count:
            console.print()
            console.print(table)


def _scores(teller: Teller) -> Iterator[tuple[str, ...]]:
    """Write each score, and below it its reasons."""
    for one in teller.scores():
        yield one.name, one.value, one.source
        for reason in one.reasons:
            yield "", f"• {reason['text']}", reason["code"]


def _weighed(teller: Teller) -> Iterator[tuple[str, ...]]:
    """Write every candidate, and below it the sum and what stopped it."""
    for one in teller.weighed():
        yield one.action, one.worth, one.standing
        if one.arithmetic is not None:
            yield "", "", one.arithmetic
        for barrier in one.barriers:
            yield "", "", f"{barrier['text']} [{barrier['rule']}: {barrier['source']}]"
