"""Processes of a real service killed at random moments under load: what was acknowledged is there, once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from time import sleep

from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.kept import compare, repeated
from tests.trust.line import Line, count_line
from tests.trust.load import Callers
from tests.trust.served import Served, settings_of

WORKERS, BESIDE, CALLERS = 2, 1, 8
KILLS = {True: 1_000, False: 4}
LONGEST_S = 0.15


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Kill one of two processes that answer, or the one that works beside them, while eight callers ask on."""
    with Served(folder) as served:
        return [line for name in (SQLITE, POSTGRES) for line in _lines(served, name, folder / name, KILLS[full])]


def _lines(served: Served, name: str, folder: Path, kills: int) -> Iterator[Line]:
    luck = Random(kills)
    with place(name, folder) as where:
        served.serve(where, WORKERS, BESIDE)
        with Callers(served, CALLERS, name) as callers:
            for _ in range(kills):
                callers.wait_for(callers.seen.count + 4)
                sleep(luck.random() * LONGEST_S)
                served.kill(luck.randrange(WORKERS + BESIDE))
            callers.wait_for(callers.seen.count + 4)
        served.stop()
        unheard = callers.seen.statuses[0]
        yield Line(f"{name}: {kills:,} kills, requests they cut off", "some", f"{unheard:,}", unheard > 0)
        yield count_line(f"{name}: callers that gave up", len(callers.seen.problems))
        settings = settings_of(served.folder, where)
        yield from compare(name, settings, callers.seen)
        if callers.is_keyed:
            yield repeated(name, settings, callers.seen)
