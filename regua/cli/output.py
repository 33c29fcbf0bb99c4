"""How commands speak: a table for people, JSON for machines, one next step, and exit codes.

Exit codes: 0 done, 1 a check failed or an input was refused, 2 wrong usage, 3 something needed is unavailable.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from regua.errors import ReguaError
from regua.records import canonical

if TYPE_CHECKING:
    from rich.table import Table


def emit(
    result: Mapping[str, Any],
    render: Callable[[Console], None] | str,
    as_json: bool,
    next_step: str | None = None,
) -> None:
    """Print a result once, in the shape its reader wants.

    Parameters
    ----------
    result
        What ``--json`` prints, on one line of standard output.
    render
        What people see: text, or a function that draws on a console.
    as_json
        Whether ``--json`` was given.
    next_step
        A command to try next; shown to people only.
    """
    if as_json:
        sys.stdout.write(canonical(dict(result)).decode() + "\n")
        return
    console = Console()
    if isinstance(render, str):
        console.print(render)
    else:
        render(console)
    if next_step:
        console.print("\n[dim]next:[/dim] [bold]" + escape(next_step) + "[/bold]", soft_wrap=True)


def fail(problem: ReguaError, as_json: bool) -> None:
    """Print a problem on standard error, for people or for machines."""
    if as_json:
        body = {"error": problem.code, "found": problem.found, "expected": problem.expected, "try": problem.remedy}
        sys.stderr.write(canonical(body | {"place": str(problem.place or "") or None}).decode() + "\n")
    else:
        Console(stderr=True, soft_wrap=True).print(str(problem), style="red", markup=False, highlight=False)


def compact(title: str) -> "Table":
    """Return an empty table that spends no column on lines, so that figures fit eighty columns."""
    from rich import box
    from rich.table import Table

    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))


def figure(value: float | None, digits: int = 3) -> str:
    """Write a figure; a dash where there is none.

    Examples
    --------
    >>> figure(0.25), figure(None)
    ('0.250', '–')
    """
    return "–" if value is None else f"{value:.{digits}f}"


def decided(title: str, by_journey: "Mapping[str, Counter[str]]") -> "Table":
    """Draw how many customers each journey gave each channel."""
    from regua.vocabulary import CHANNELS, NOTHING

    used = [channel for channel in CHANNELS if any(row[channel] for row in by_journey.values())]
    table = compact(title)
    table.padding = 0  # ten columns within eighty characters
    table.add_column("journey", no_wrap=True)
    for name in (*used, NOTHING, "all"):
        table.add_column(name.replace("_", "\n"), justify="right")
    for journey, row in sorted(by_journey.items(), key=lambda item: -item[1].total()):
        cells = (f"{row[channel]:,}" if row[channel] else "·" for channel in (*used, NOTHING))
        table.add_row("no journey" if journey == NOTHING else journey, *cells, f"{row.total():,}")
    return table
