"""The hours of the rulebook beside the clock on the wall: random cases, and every minute around every transition."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

from tests.bench.measure import Figure, seconds
from tests.oracle import hours

FULL_CASES, QUICK_CASES, QUICK_DAY = 1_000_000, 2_000, date(2026, 3, 4)
PROCESSES = 2


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Compare a million random cases over all zones (quick: 2,000 over ten) and every transition of 2018 to 2030."""
    del folder
    names = hours.zones() if full else hours.some(hours.zones(), QUICK_DAY)
    wanted = FULL_CASES if full else min(customers or QUICK_CASES, QUICK_CASES)
    work = [(zone, wanted // len(names) + (index < wanted % len(names))) for index, zone in enumerate(names)]
    tally = hours.Tally()

    def compare() -> None:
        with ProcessPoolExecutor(PROCESSES) as pool:
            for found in pool.map(one_zone, work):
                tally.add(found)

    spent = seconds(compare)
    return [
        Figure(f"random cases over {len(names)} zones", tally.cases, "cases"),
        Figure(f"minutes around {tally.transitions:,} transitions", tally.minutes, "minutes"),
        Figure("breaches", tally.breaches, "instants", goal="0"),
        Figure("differences away from a moved clock", tally.wrong, "instants", goal="0"),
        Figure("withheld where the clock is moved", tally.withheld, "instants"),
        Figure("time", spent, "s"),
    ]


def one_zone(work: tuple[str, int]) -> hours.Tally:
    """Compare one zone."""
    zone, cases = work
    wall = hours.Wall.of(zone)
    tally = hours.random_cases(wall, cases, seed=2026)
    tally.add(hours.around_transitions(wall))
    return tally
