"""Make a simulated book with known truth: ``regua simulate``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regua.cli.options import AsJson
from regua.cli.output import emit

if TYPE_CHECKING:
    from rich.console import Console

    from training.portfolio.report import PortfolioReport

Customers = Annotated[int, typer.Option("--customers", "-n", min=1, help="How many customers.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the tables; HOME/raw when absent.")]
Truth = Annotated[
    Path | None, typer.Option("--truth", help="Folder for the hidden truth; beside the tables when absent.")
]
WorldFile = Annotated[
    Path | None, typer.Option("--world", help="Another world file; see training/portfolio/world.yaml.")
]
Seed = Annotated[int, typer.Option("--seed", help="The luck of the world: the same seed gives the same rows.")]
Until = Annotated[str, typer.Option("--until", help="Last day of the history, YYYY-MM-DD.")]
Months = Annotated[int, typer.Option("--months", min=1, max=120, help="Length of the history.")]
Chunk = Annotated[int, typer.Option("--chunk", min=1, help="Customers held in memory at once.")]


def register(app: typer.Typer) -> None:
    """Add ``regua simulate``."""
    app.command("simulate")(simulate)


def simulate(
    customers: Customers = 20_000,
    out: Out = None,
    truth: Truth = None,
    world: WorldFile = None,
    seed: Seed = 7,
    until: Until = "2026-06-30",
    months: Months = 18,
    chunk: Chunk = 25_000,
    as_json: AsJson = False,
) -> None:
    """Make a Brazilian book with a history under an old ladder, and keep its hidden truth for evaluation."""
    from datetime import date

    from rich.progress import Progress

    from regua.errors import RequestError
    from regua.settings import load
    from training.portfolio.generate import generate
    from training.portfolio.world import load_world

    try:
        last_day = date.fromisoformat(until)
    except ValueError as problem:
        raise RequestError(f"--until {until!r} is no day", expected="YYYY-MM-DD, such as 2026-06-30") from problem
    folder = out or load().home / "raw"
    given = load_world(world)
    with Progress(disable=as_json, transient=True) as bar:
        task = bar.add_task("customers", total=customers)
        book = generate(
            given,
            customers,
            folder,
            seed=seed,
            until=last_day,
            months=months,
            chunk=chunk,
            truth=truth,
            progress=lambda done, _total: bar.update(task, completed=done),
        )
    result: dict[str, Any] = {"out": str(folder), "truth": str(truth or folder.parent / "truth"), **book.to_dict()}
    as_of = f"{until}T23:59:59-03:00"
    emit(result, lambda console: _show(console, book), as_json, next_step=f"regua ingest {folder} --as-of {as_of}")


def _show(console: "Console", book: "PortfolioReport") -> None:
    """Draw the book's figures: rows, arrears, roll by bucket, channels and planted errors."""
    from rich.table import Table

    rows = ", ".join(f"{name} {count:,}" for name, count in book.rows.items())
    console.print(f"[bold]{book.customers:,} customers[/bold], {sum(book.rows.values()):,} rows: {rows}\n")
    shares = {
        "customers in arrears on a day": book.arrears_share,
        "bills that went into arrears": book.late_share,
        "arrears cured within 30 days": book.cure_share_30d,
        "… without a human contact": book.self_cure_share_30d,
        "… without any contact read": book.unread_cure_share_30d,
        "promises kept": book.promise_kept_share,
        "arrangements kept": book.arrangement_kept_share,
    }
    for words, share in shares.items():
        console.print(f"  {words:<32}{share:>7.1%}")
    moves = Table("arrears bucket", "worse after a month", "better", title="Roll")
    for bucket, share in book.roll_share.items():
        moves.add_row(bucket, f"{share:.1%}", f"{book.back_share[bucket]:.1%}")
    channels = Table("channel", "sent", "read by the customer", title="Old ladder")
    for channel, sent in book.contacts_sent.items():
        channels.add_row(channel, f"{sent:,}", f"{book.read_share[channel]:.1%}")
    errors = Table("billing error", "planted", title="Truth")
    for kind, count in book.planted_errors.items():
        errors.add_row(kind.replace("_", " "), f"{count:,}")
    for table in (moves, channels, errors):
        console.print(table)
