"""One key in the hands of 64 callers at the same instant: the request has its effect once, and all hear the same."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from serving.store import Store
from tests.trust.databases import POSTGRES, SQLITE, place
from tests.trust.line import Line, count_line, each
from tests.trust.served import Served, settings_of

WORKERS, CALLERS = 4, 64
RACES, TURNS = 5_000, 8
"""On each of two databases."""
A_FEW = 8
REFUSED, AGAIN_S = 503, 0.05
JOB_EVERY = 4
"""One race in so many opens a job, whose key is kept by its own transaction; the others decide, in groups."""


@dataclass
class Heard:
    """What the callers of all races were told."""

    statuses: Counter[int] = field(default_factory=Counter)
    first_answers: int = 0
    torn: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Race 64 callers for one key, again and again, against four real workers."""
    races = RACES // TURNS if full else A_FEW
    with Served(folder) as served:
        lines = [line for name in (SQLITE, POSTGRES) for line in _lines(served, name, folder / name, races)]
    return each(lines, races, RACES)


def _lines(served: Served, name: str, folder: Path, races: int) -> Iterator[Line]:
    with place(name, folder) as where:
        served.serve(where, WORKERS)
        heard = asyncio.run(_race_all(served, races))
        served.stop()
        settings = settings_of(served.folder, where)
        with Store.open(settings) as store:
            decided = Counter(row.customer_id for row in store.whole_log())
            jobs = store.counts.recorded(0, store.chain_end().seq)[0]["decision_job"]
    deciding = [race for race in range(races) if race % JOB_EVERY]
    executed = [decided[f"race-{race}"] for race in deciding]
    what = f"{name}: races of {CALLERS} callers"
    yield count_line(f"{what}: keys executed more than once, or never", sum(times != 1 for times in executed))
    yield count_line(f"{what}: jobs beside one a key", abs(jobs - (races - len(deciding))))
    yield count_line(f"{what}: answers that are not the first one's bytes", len(heard.torn))
    yield count_line(f"{what}: keys nobody got an answer to", len(heard.unanswered))
    failed = sum(times for status, times in heard.statuses.items() if status not in (200, 202, 409))
    yield count_line(
        f"{what}: other answers than the first one's and 409", failed, such=_told(heard.statuses) * bool(failed)
    )


def _told(statuses: Counter[int]) -> list[str]:
    return [f"{times:,} × {status}" for status, times in sorted(statuses.items())]


async def _race_all(served: Served, races: int) -> Heard:
    heard = Heard()
    lines = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(CALLERS)]
    for race in range(races):
        request = _request(served.headers, race)
        answers = await asyncio.gather(*(_answered(reader, writer, request) for reader, writer in lines))
        bodies = {body for status, body in answers if status in (200, 202)}
        heard.statuses.update(status for status, _ in answers)
        if len(bodies) > 1:
            heard.torn.append(f"race {race}")
        if not bodies:
            heard.unanswered.append(f"race {race}")
    for _, writer in lines:
        writer.close()
    return heard


def _request(headers: dict[str, str], race: int) -> bytes:
    if race % JOB_EVERY:
        path, kind, asked = "/v1/decisions", "application/json", {"customer_ids": [f"race-{race}"]}
    else:
        path, kind, asked = "/v1/decision-jobs", "application/x-ndjson", {"customer_id": f"race-{race}"}
    body = json.dumps(asked).encode()
    told = {"Host": "regua", "Content-Type": kind, "Content-Length": len(body), "Idempotency-Key": f"race-{race}"}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**headers, **told}.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    """Ask, and come again while a service that has too much to do says so: until then nothing was done."""
    while (answer := await _ask(reader, writer, request))[0] == REFUSED:
        await asyncio.sleep(AGAIN_S)
    return answer


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, bytes]:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:-2])
    body = await reader.readexactly(int(fields[b"content-length"]))
    return int(head[9:12]), body
