"""Generate a book and its history to Parquet, chunk by chunk of customers, in bounded memory."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from regua.errors import DataError
from training.portfolio import agreed_rows, ladder, points, rows
from training.portfolio import contracts as contracts_of
from training.portfolio.days import first_of_month, month_number, number
from training.portfolio.living import live
from training.portfolio.log import Log, Tally
from training.portfolio.luck import Luck, Whole
from training.portfolio.people import customers_table, make_people
from training.portfolio.regions import months_known_by
from training.portfolio.report import PortfolioReport, report
from training.portfolio.state import State
from training.portfolio.truth_tables import latents_table
from training.portfolio.world import World

Progress = Callable[[int, int], None]
MOST_CUSTOMERS = 99_999_999


def generate(
    world: World,
    customers: int,
    out: Path,
    *,
    seed: int = 7,
    until: date = date(2026, 6, 30),
    months: int = 18,
    chunk: int = 25_000,
    truth: Path | None = None,
    progress: Progress | None = None,
) -> PortfolioReport:
    """Make a book of customers and live through its history under the old ladder.

    Writes ``out/<table>/part-*.parquet`` in canonical columns, and to ``truth`` (``out/../truth`` when not given) the
    latent traits, the list of planted billing errors and the state from which
    :class:`~training.portfolio.simulation.Simulation` lives on.
    Each row depends on its customer's identity and the seed alone: other chunks give the same rows.

    Parameters
    ----------
    customers
        How many, at least one.
    until, months
        The last day of the history, and its length.
    chunk
        Customers held in memory at once.
    progress
        Called with customers done and customers in all.

    Raises
    ------
    DataError
        The size, the months or the chunk make no sense, or ``out`` or ``truth`` already holds tables.
    """
    truth = truth or out.parent / "truth"
    _check(customers, months, chunk, out, truth)
    origin = month_number(until + timedelta(days=1)) - months
    luck, tally = Luck(seed), Tally()
    counts: dict[str, int] = {}
    for part, start in enumerate(range(0, customers, chunk)):
        numbers = np.arange(start, min(start + chunk, customers), dtype=np.int64)
        written, counted = _write_part(
            world, luck, numbers, origin, months, number(until) + 1, out, truth, f"part-{part:05d}"
        )
        counts = {table: counts.get(table, 0) + count for table, count in written.items()}
        tally.add(counted)
        if progress is not None:
            progress(int(numbers[-1]) + 1, customers)
    context = months_known_by(world, origin, until)
    _write(context, out / "region_months" / "part-00000.parquet")
    counts["region_months"] = context.num_rows
    facts = {"seed": seed, "until": until.isoformat(), "months": months, "customers": customers, "world": world.digest}
    (truth / "simulation.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return report(customers, counts, tally)


def _write_part(
    world: World, luck: Luck, numbers: Whole, origin: int, months: int, until: int, out: Path, truth: Path, name: str
) -> tuple[dict[str, int], Tally]:
    """Live and write one chunk of customers; nothing of it stays in memory but its counts."""
    state, log, tables = _history(world, luck, numbers, origin, months, until)
    for table, content in tables.items():
        _write(content, out / table / f"{name}.parquet")
    _write(rows.planted_table(state, log), truth / "planted_errors" / f"{name}.parquet")
    _write(latents_table(state), truth / "latents" / f"{name}.parquet")
    (truth / "state").mkdir(parents=True, exist_ok=True)
    state.save(truth / "state" / f"{name}.npz")
    return {table: content.num_rows for table, content in tables.items()}, log.tally


def begin(world: World, luck: Luck, numbers: Whole, origin: int, months: int, until: int) -> State:
    """Draw customers and contracts as they stand before the first day."""
    customer, product, who = contracts_of.holdings(world, luck, numbers)
    opened = contracts_of.opening_days(world, luck, product, who, origin, until)
    first = np.full(len(numbers), np.iinfo(np.int64).max)
    np.minimum.at(first, customer, opened)
    people = make_people(world, luck, numbers, first)
    contracts = contracts_of.make_contracts(world, luck, people, (customer, product, who), opened, origin, months)
    return State(people, contracts, origin, number(first_of_month(origin)))


def _history(
    world: World, luck: Luck, numbers: Whole, origin: int, months: int, until: int
) -> tuple[State, Log, dict[str, pa.Table]]:
    state, log = begin(world, luck, numbers, origin, months, until), Log()
    granted = state.people.consent_until >= 0
    while state.day < until:
        live(state, world, luck, lambda today, seen: ladder.choose(state, world, luck, today, seen), log)
    shown = rows.tables(state, log, world.offers.names) | agreed_rows.tables(state, log, world.offers.names)
    troubles, people = log.rows("troubles"), state.people
    return (
        state,
        log,
        {
            "customers": customers_table(world, people),
            "contracts": contracts_of.contracts_table(world, luck, people, state.contracts, until),
            "contact_points": points.points_table(luck, people, troubles),
            **shown,
            "consents": pa.concat_tables([points.first_consents(people, granted), shown["consents"]]),
        },
    )


def _check(customers: int, months: int, chunk: int, out: Path, truth: Path) -> None:
    if not 1 <= customers <= MOST_CUSTOMERS:
        raise DataError(f"{customers} customers", expected=f"from 1 to {MOST_CUSTOMERS}")
    if months < 1 or chunk < 1:
        raise DataError(f"{months} months in chunks of {chunk}", expected="at least 1 of each")
    for folder, option in ((out, "--out"), (truth, "--truth")):
        if any(folder.glob("*/part-*")):
            raise DataError(
                f"{folder} already holds tables", expected="an empty or new folder", remedy=f"choose another {option}"
            )


def _write(table: pa.Table, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, compression="zstd")
