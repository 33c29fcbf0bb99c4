"""The whole path shown at work: on a simulated book with known truth, and on a real event log."""

from pathlib import Path

import typer

from regua.cli.options import AsJson, MlRuns
from regua.settings import load


def register(app: typer.Typer) -> None:
    """Offer ``demo`` and ``demo-real``."""
    app.command()(demo)
    app.command(name="demo-real")(demo_real)


def demo(
    customers: int = typer.Option(20_000, min=50, help="How many customers the simulated book has."),
    days: int = typer.Option(14, min=1, max=90, help="How many days to live after the first decisions."),
    months: int = typer.Option(18, min=9, max=60, help="How many months of history the book has."),
    seed: int = typer.Option(7, help="The luck of the simulated world."),
    world: Path | None = typer.Option(None, help="Another world's parameters (YAML)."),
    again: bool = typer.Option(False, "--again", help="Learn once more from what the days brought."),
    mlruns: MlRuns = Path("mlruns"),
    as_json: AsJson = False,
) -> None:
    """Make a book, learn, promote, decide everyone, live two weeks, watch the models, and show what it came to."""
    from regua.cli.demo import simulated, telling
    from regua.cli.output import emit

    settings = load()
    report = simulated.run(
        settings.model_copy(update={"home": settings.home / "demo", "store_url": None}),
        customers,
        days,
        seed,
        world,
        mlruns,
        months=months,
        again=again,
        quiet=as_json,
    )
    emit(report.facts(), lambda console: telling.simulated(console, report, settings.language), as_json)


def demo_real(
    log: Path | None = typer.Option(None, help="The road-fines event log; REGUA_ROAD_FINES when left out."),
    mlruns: MlRuns = Path("mlruns"),
    as_json: AsJson = False,
) -> None:
    """Take a real event log through the same path, as of 2008-01-01."""
    from regua.cli.demo import real, telling
    from regua.cli.output import emit

    settings = load()
    home = settings.home / "road-fines"
    report = real.run(
        settings.model_copy(update={"home": home, "store_url": None}), log or settings.road_fines, mlruns, quiet=as_json
    )
    emit(report.facts(), lambda console: telling.real(console, report), as_json, f"REGUA_HOME={home} regua check data")
