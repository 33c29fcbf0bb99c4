"""Processes of a real service killed at random moments under load: what was acknowledged is there, once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from time import sleep

from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.kept import compare, repeated
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.load import Callers
from tests.trust.served import Served, settings_of

WORKERS, BESIDE, CALLERS = 2, 1, 8
KILLS, TURNS = 1_000, 20
"""On each of two databases, with two keepers' starts a turn."""
A_FEW = 4
AT_MOST = 40
"""Goes on to so many until one has cut a request off: of a few, all may hit a worker that is idle."""
LONGEST_S = 0.15


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Kill one of two processes that answer, or the one that works beside them, while eight callers ask on."""
    kills = KILLS // TURNS if full else A_FEW
    with Served(folder) as served:
        lines = [line for name in (SQLITE, POSTGRES) for line in _lines(served, name, folder / name, kills, turn)]
    return each(lines, kills, KILLS)


def _lines(served: Served, name: str, folder: Path, kills: int, turn: int) -> Iterator[Line]:
    luck = Random(turn)
    with place(name, folder) as where:
        served.serve(where, WORKERS, BESIDE)
        with Callers(served, CALLERS, name) as callers:
            for kill in range(max(kills, AT_MOST)):
                if kill >= kills and callers.seen.statuses[0]:
                    break
                callers.wait_for(callers.seen.count + 4)
                sleep(luck.random() * LONGEST_S)
                served.kill(luck.randrange(WORKERS + BESIDE))
            callers.wait_for(callers.seen.count + 4)
        served.stop()
        yield some_line(f"{name}: requests that the kills cut off", callers.seen.statuses[0])
        yield count_line(f"{name}: callers that gave up", len(callers.seen.problems))
        settings = settings_of(served.folder, where)
        yield from compare(name, settings, callers.seen)
        if callers.is_keyed:
            yield repeated(name, settings, callers.seen)
