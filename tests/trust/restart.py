"""A service killed and started again on one home: when it answers, when it decides, and that nothing told is lost."""

import http.client
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from features.packed_rows import open_rows
from regua.settings import Settings
from serving.store import Store
from tests.bench import api
from tests.serving.test_online_profiles import NAMES, put
from tests.trust.line import Line, count_line, each, some_line

STARTS, A_FEW = 20, 1
CUSTOMERS = 400
DECISIONS = {True: 20, False: 3}
"""Asked of each process before it is killed."""
AIM_S = 3
ALIVE = "/healthz"


@dataclass(slots=True)
class Seen:
    """After how many seconds each start answered anything and decided, and the decisions that were told."""

    alive_s: list[float] = field(default_factory=list)
    decided_s: list[float] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks each process about whom, and how often before it is killed."""

    headers: dict[str, str]
    names: Sequence[str]
    decisions: int


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Start a service, ask it, kill it, and so on; at full size with a release that an earlier start tried."""
    settings = Settings(home=folder, threads=1)
    seen, starts = Seen(), STARTS if full else A_FEW
    names = [f"c{number:08d}" for number in range(CUSTOMERS)] if full else NAMES
    if full:
        ask = Asking(api.prepare(settings, CUSTOMERS), names, DECISIONS[full])
    else:
        _put_online(settings)
        ask = Asking(api.headers_of_a_caller(settings), names, DECISIONS[full])
    _started(settings, ask, seen, settles=full)
    # The first start tries the release: the next ones are asked how soon they answer.
    seen.alive_s, seen.decided_s = [], []
    for _ in range(starts):
        _started(settings, ask, seen)
    return each(_lines(settings, seen, full=full), starts, STARTS)


def _put_online(settings: Settings) -> None:
    with closing(open_rows(settings.feast / "online.db", None, settings.portfolio)) as rows, rows.writing():
        put(rows, 1)


def _started(settings: Settings, ask: Asking, seen: Seen, *, settles: bool = False) -> None:
    began = perf_counter()
    with api.server(settings, asks=ALIVE) as (port, process, alive_s):
        seen.alive_s.append(alive_s)
        for number in range(ask.decisions):
            seen.told |= _decided(port, ask.headers, ask.names[len(seen.told) % len(ask.names)])
            if not number:
                seen.decided_s.append(perf_counter() - began)
        if settles:
            api.wait_until_laid_out(settings)
        process.kill()


def _decided(port: int, headers: dict[str, str], name: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    body = json.dumps({"customer_ids": [name]})
    connection.request("POST", "/v1/decisions", body, headers | {"content-type": "application/json"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {content[:300]!r}")
    decided = (one["decision"] for one in json.loads(content)["results"])
    return {one["decision_id"]: one for one in decided}


def _lines(settings: Settings, seen: Seen, *, full: bool) -> Iterator[Line]:
    with Store.open(settings) as store:
        logged = {row.decision_id: json.loads(row.body) for row in store.whole_log()}
        flaw = store.verify()
    yield some_line("decisions that were told before a kill", len(seen.told))
    lost = [name for name, told in seen.told.items() if logged.get(name) != told]
    yield count_line("decisions told, and lost or changed", len(lost), such=lost)
    yield count_line("flaws of the chain after all kills", 0 if flaw is None else 1)
    yield from _times("first answer of any kind", seen.alive_s, None)
    yield from _times("first decision", seen.decided_s, AIM_S if full else None)


def _times(what: str, found: Sequence[float], aim_s: float | None) -> Iterator[Line]:
    aim = f"≤ {aim_s} s" if aim_s else "told"
    middle = median(found)
    yield Line(f"{what} after a start, median", aim, f"{middle:.2f} s", aim_s is None or middle <= aim_s)
    yield Line(f"{what} after a start, slowest", "told", f"{max(found):.2f} s", is_met=True)
