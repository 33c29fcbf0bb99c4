"""The profile's windows over a whole book, beside the least DuckDB needs to read and sum the same events."""

from collections.abc import Sequence
from pathlib import Path

from regua.settings import Settings
from tests.bench import book
from tests.bench.measure import Figure, peak_memory_mb, seconds

# What no profile can do without: every event read once and summed over three windows for each customer.
FLOOR = """
    SELECT customer_id, {sums} FROM {table} WHERE known_at <= TIMESTAMP '2026-03-10 09:00:00' GROUP BY customer_id
"""
SUMMED = {"invoices": "amount_cents", "payments": "amount_cents", "contacts": "cost_cents"}


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Build one snapshot of a book of 1,000,000 customers (quick: 50,000) and 23 events each."""
    from features import snapshots

    size = customers or (1_000_000 if full else 50_000)
    settings = Settings(home=folder / "windows", threads=2, memory_mb=4096 if full else 2048)
    book.write_elsewhere(settings, size)
    floor_s = seconds(lambda: _floor(settings))
    spent_s = seconds(lambda: snapshots.build(settings, [book.MOMENT]))
    events = book.events(size)
    return [
        Figure(f"profile of {size:,} customers", spent_s, "s", floor_s, "s to read and sum its events"),
        Figure("customers a second", size / spent_s, "customers/s", goal="≥ 15,000"),
        Figure(f"events a second, of {events:,}", events / spent_s, "events/s"),
        Figure("peak memory", peak_memory_mb(), "MB", goal="≤ 8,192 MB at 1,000,000"),
    ]


def _floor(settings: Settings) -> None:
    from features import sources

    with sources.open_tables(settings) as connection:
        for table, column in SUMMED.items():
            sums = ", ".join(
                f"count(*) FILTER (happened_at > TIMESTAMP '2026-03-10' - INTERVAL {days} DAY), "
                f"sum({column}) FILTER (happened_at > TIMESTAMP '2026-03-10' - INTERVAL {days} DAY)"
                for days in (30, 90, 365)
            )
            connection.sql(FLOOR.format(sums=sums, table=table)).to_arrow_table()
