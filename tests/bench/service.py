"""One decision by HTTP beside what it is measured against, and where each millisecond of it goes."""

import socket
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count, islice, repeat
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from pydantic import SecretStr

from regua.settings import Settings
from tests.bench import api
from tests.bench.load import load, middle
from tests.bench.measure import Figure
from tests.trust.databases import POSTGRES, SQLITE, postgres_server

CALLERS, PROCESSES = (1, 16, 64), (1, 2)
QUICK_CALLS, FULL_CALLS = 200, 1_000
ROUNDS = 5
"""What is compared takes turns, and the median round of each counts: a machine is not as quick at any moment."""
NOBODY = "c00000000"
CUSTOMERS = {False: 12_000, True: 40_000}
COMPOSED_CALLS = 200
WARM_CALLS = 60
READY_WITHIN_S = 90
SETTLES_S = 8
"""A service answers while it still prepares; what is measured is how it answers for the rest of the day."""


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Measure the service and the empty handler in turns, the composed stack after them, then one process inside."""
    size = customers or CUSTOMERS[full]
    calls = FULL_CALLS if full else QUICK_CALLS
    settings = Settings(home=folder / "service", threads=1)
    headers = api.prepare(settings, size)
    figures = []
    with api.server(settings) as (port, _, ready_s):
        first_s = api.first_decision_s(port, headers, ready_s)
        figures.append(Figure("first decision after the first start, with the release's trial", first_s, "s"))
        api.wait_until_laid_out(settings)
    with api.server(settings) as (port, _, ready_s):
        first_s = api.first_decision_s(port, headers, ready_s)
    figures.append(Figure("ready after, the release tried before", ready_s, "s"))
    figures.append(Figure("first decision after, the release tried before", first_s, "s", goal="≤ 3 s"))
    names = _names(size)
    for processes in PROCESSES:
        figures += _beside_nothing(SQLITE, settings, processes, calls, names, headers)
    figures += _on_postgres(settings, calls, size)
    figures += _composed(settings, _names(size))
    return [*figures, *stages(settings, names)]


def _names(size: int) -> Iterator[str]:
    """Name one customer after the other: whoever was contacted this morning is another case."""
    return (f"c{number % size:08d}" for number in count(1))


def _on_postgres(settings: Settings, calls: int, size: int) -> Iterator[Figure]:
    """Measure the same home with its store on a private PostgreSQL server, which shares the machine."""
    with postgres_server() as server:
        for processes in PROCESSES:
            there = settings.model_copy(update={"store_url": SecretStr(server.database())})
            headers = api.headers_of_a_caller(there)
            yield from _beside_nothing(POSTGRES, there, processes, calls, _names(size), headers)


def _beside_nothing(
    store: str, settings: Settings, processes: int, calls: int, names: Iterator[str], headers: dict[str, str]
) -> Iterator[Figure]:
    """Measure the service and the empty handler in turns."""
    with ExitStack() as stack:
        ours = [stack.enter_context(api.server(settings))[0] for _ in range(processes)]
        empty = [stack.enter_context(_server(["empty"])) for _ in range(processes)]
        sleep(SETTLES_S)
        load(ours, processes, WARM_CALLS, names, headers)
        load(empty, processes, WARM_CALLS, repeat(NOBODY), {})
        for callers in CALLERS:
            found = [
                (load(ours, callers, calls, names, headers), load(empty, callers, calls, repeat(NOBODY), {}))
                for _ in range(ROUNDS)
            ]
            one, least = (middle(loads) for loads in zip(*found, strict=True))
            what = f"{store}, {processes} process(es), {callers} caller(s)"
            yield Figure(f"{what}: p50", one.p50, "ms", least.p50, "empty handler")
            yield Figure(f"{what}: p99", one.p99, "ms", least.p99, "empty handler")
            yield Figure(f"{what}: decisions a second", one.per_second, "/s", least.per_second, "empty handler")


def _composed(settings: Settings, names: Iterator[str]) -> Iterator[Figure]:
    home = str(settings.home)
    with (
        _server(["features", home]) as features,
        _server(["models", home]) as models,
        _server(["rules", str(features), str(models)]) as rules,
    ):
        load([rules], 1, WARM_CALLS, names, {})
        for callers in (1, 16):
            one = load([rules], callers, COMPOSED_CALLS, names, {})
            yield Figure(f"composed stack, {callers} caller(s): p50", one.p50, "ms")
            yield Figure(f"composed stack, {callers} caller(s): decisions a second", one.per_second, "/s")


@contextmanager
def _server(command: Sequence[str]) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.composed", str(port), *command])
    start = perf_counter()
    try:
        while not _listens(port):
            if process.poll() is not None or perf_counter() - start > READY_WITHIN_S:
                raise RuntimeError(f"{command} did not become ready")
            sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stages(settings: Settings, names: Iterator[str], calls: int = 400) -> Iterator[Figure]:
    """Decide in this process, and tell where the time goes: the median of each stage, and of what is between them."""
    from serving.service import Service
    from tests.bench.server import RunningClock

    service = Service.open(settings, RunningClock())
    service.releases.quicken()
    try:
        for _ in range(WARM_CALLS):
            service.answers([next(names)])
        whole, spent = [], defaultdict[str, list[float]](list)
        with _timed(spent):
            for name in islice(names, calls):
                start = perf_counter()
                service.answers([name])
                whole.append(1_000 * (perf_counter() - start))
    finally:
        service.close()
    told = {name: statistics.median(ms) for name, ms in spent.items()}
    yield Figure("one decision without HTTP, p50", statistics.median(whole), "ms")
    for name, ms in told.items():
        yield Figure(f"  {name}", ms, "ms")
    yield Figure("  between them", statistics.median(whole) - sum(told.values()), "ms")


@contextmanager
def _timed(spent: dict[str, list[float]]) -> Iterator[None]:
    """Clock the stages of a decision; what one of them holds is not clocked again inside it."""
    from regua.records import Decision
    from serving.deciding import making
    from serving.deciding.inputs import Inputs
    from serving.deciding.pipeline import Pipeline
    from serving.deciding.profiles import OnlineStore
    from serving.scoring.scorer import Scorer
    from serving.store import Store

    clocked: tuple[tuple[str, Any, str], ...] = (
        ("profile read", OnlineStore, "read"),
        ("what happened since", Store, "live"),
        ("laid over", Pipeline, "laid_over"),
        ("models", Scorer, "score"),
        ("kernel", making, "decide"),
        ("inputs packed", Inputs, "pack"),
        ("canonical JSON", Decision, "to_json"),
        ("durable commit", Store, "commit"),
    )
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in clocked]
    try:
        for what, owner, name in clocked:
            setattr(owner, name, _clock(getattr(owner, name), spent[what]))
        yield
    finally:
        for owner, name, plain in kept:
            setattr(owner, name, plain)


def _clock(work: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    def timed(*given: Any, **named: Any) -> Any:
        start = perf_counter()
        try:
            return work(*given, **named)
        finally:
            spent.append(1_000 * (perf_counter() - start))

    return timed
