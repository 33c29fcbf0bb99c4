"""Do the counters that decisions are made on differ from a count by hand? Random histories, unkind ones."""

from collections.abc import Sequence
from pathlib import Path

from tests.bench.measure import Figure, seconds
from tests.oracle import caps


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Compare 1,000,000 random histories of contacts (quick: 20,000)."""
    size = customers or (1_000_000 if full else 20_000)
    found: list[caps.Outcome] = []
    spent_s = seconds(lambda: found.append(caps.compare(size, seed=2026)))
    outcome = found[-1]
    return [
        Figure("histories counted twice", outcome.histories, "histories"),
        Figure("contacts in them", outcome.contacts, "contacts"),
        Figure("counters that differ", outcome.differences, "counters", goal="0"),
        Figure("time", spent_s, "s"),
    ]
