"""The kernel alone: a million customers in chunks as the batch does it, and one customer as the API does it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from regua.columns import take
from tests.bench.columns import invented
from tests.bench.measure import Figure, latencies, percentile, seconds

MOMENT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
CHUNK = 50_000


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Decide invented customers with the shipped book: no reading, no scoring, no writing."""
    from journeys import book, kernel

    shipped = book.load()
    rows = customers or (1_000_000 if full else 200_000)
    # One chunk is decided again and again: the kernel is row-local, and memory stays that of a chunk.
    chunk = invented(min(CHUNK, rows))
    kernel.decide(take(chunk, slice(0, 100)), shipped, MOMENT)

    def everyone() -> None:
        for _ in range(max(1, rows // CHUNK)):
            kernel.decide(chunk, shipped, MOMENT)

    spent_s = seconds(everyone)
    one = take(chunk, slice(0, 1))
    calls = latencies(lambda: kernel.decide(one, shipped, MOMENT), count=2_000 if full else 500)
    return [
        Figure(f"customers decided a second, n = {rows:,}", rows / spent_s, "customers/s", goal="≥ 500,000"),
        Figure("one customer, p50", percentile(calls, 0.50), "ms", goal="≤ 1 ms"),
        Figure("one customer, p99", percentile(calls, 0.99), "ms"),
    ]
