"""PostgreSQL stopped again and again while decisions are asked for, as a crash would: nothing lost, nothing doubled."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import sleep

from tests.postgres import PostgresServer
from tests.trust.databases import postgres_server
from tests.trust.kept import compare, repeated
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.load import Callers
from tests.trust.served import Served, settings_of

WORKERS, CALLERS = 2, 8
DECISIONS, TURNS = 50_000, 8


@dataclass(frozen=True, slots=True)
class Size:
    """How many decisions, and how long the server stands and lies between."""

    decisions: int
    stands_s: tuple[float, float]
    lies_s: tuple[float, float]


SIZES = {True: Size(DECISIONS // TURNS, (5, 20), (0, 5)), False: Size(30, (0.3, 0.8), (0, 0.5))}


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Ask until so many decisions are acknowledged; meanwhile the server falls and is started again."""
    size, luck, name = SIZES[full], Random(turn), "PostgreSQL"
    with Served(folder) as served, postgres_server() as postgres:
        where = postgres.database()
        served.serve(where, WORKERS)
        with Callers(served, CALLERS, name) as callers:
            callers.wait_for(1)
            falls = 0
            while len(callers.seen.decisions) < size.decisions and not callers.seen.problems:
                _fall(postgres, size, luck)
                falls += 1
            callers.wait_for(callers.seen.count + 1)
        served.stop()
        settings, refused = settings_of(served.folder, where), callers.seen.statuses[503]
        lines = [
            some_line(f"times that {name} fell", falls),
            some_line("requests answered 503", refused),
            count_line("of those, without saying when to come back", callers.seen.bare),
            count_line("requests left without an answer", callers.seen.statuses[0]),
            count_line("callers that gave up", len(callers.seen.problems)),
            repeated(name, settings, callers.seen),
            *compare(name, settings, callers.seen),
        ]
        return each(lines, len(callers.seen.decisions), DECISIONS)


def _fall(postgres: PostgresServer, size: Size, luck: Random) -> None:
    sleep(luck.uniform(*size.stands_s))
    postgres.kill()
    sleep(luck.uniform(*size.lies_s))
    postgres.start()
