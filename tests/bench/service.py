"""One decision by HTTP beside what it is measured against, and where each millisecond of it goes."""

import socket
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from pydantic import SecretStr

from regua.settings import Settings
from tests.bench import api
from tests.bench.load import Load, load
from tests.bench.measure import Figure
from tests.trust.databases import POSTGRES, SQLITE, postgres_server

CALLERS, PROCESSES = (1, 16, 64), (1, 2)
QUICK_CALLS, FULL_CALLS = 600, 4_000
COMPOSED_CALLS = 200
WARM_CALLS = 60
READY_WITHIN_S = 90
SETTLES_S = 8
"""A service answers while it still prepares; what is measured is how it answers for the rest of the day."""


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Measure the service, the empty handler and the composed stack one after the other, then one process inside."""
    size = customers or 4_000
    calls = FULL_CALLS if full else QUICK_CALLS
    settings = Settings(home=folder / "service", threads=1)
    headers = api.prepare(settings, size)
    name_of = _names(size)
    figures = []
    with api.server(settings) as (port, _, ready_s):
        first_s = api.first_decision_s(port, headers, ready_s)
        figures.append(Figure("first decision after the first start, with the release's trial", first_s, "s"))
    floors = {processes: _others([["empty"]] * processes, calls, name_of) for processes in PROCESSES}
    for processes in PROCESSES:
        ours, ready_s, first_s = _ours(settings, processes, calls, name_of, headers)
        if processes == 1:
            figures.append(Figure("ready after, the release tried before", ready_s, "s"))
            figures.append(Figure("first decision after, the release tried before", first_s, "s", goal="≤ 3 s"))
        figures += _compared(SQLITE, ours, floors[processes], processes)
    figures += _on_postgres(settings, calls, name_of, floors)
    figures += _composed(settings, name_of)
    return [*figures, *stages(settings, name_of)]


def _on_postgres(
    settings: Settings, calls: int, name_of: Callable[[int], str], floors: Mapping[int, Mapping[int, Load]]
) -> Iterator[Figure]:
    """Measure the same home with its store on a private PostgreSQL server, which shares the machine."""
    with postgres_server() as server:
        for processes in PROCESSES:
            there = settings.model_copy(update={"store_url": SecretStr(server.database())})
            ours, _, _ = _ours(there, processes, calls, name_of, api.headers_of_a_caller(there))
            yield from _compared(POSTGRES, ours, floors[processes], processes)


def _names(size: int) -> Callable[[int], str]:
    return lambda number: f"c{number % size:08d}"


def _compared(store: str, ours: Mapping[int, Load], floor: Mapping[int, Load], processes: int) -> Iterator[Figure]:
    for callers in CALLERS:
        what, one, least = f"{store}, {processes} process(es), {callers} caller(s)", ours[callers], floor[callers]
        yield Figure(f"{what}: p50", one.p50, "ms", least.p50, "empty handler")
        yield Figure(f"{what}: p99", one.p99, "ms", least.p99, "empty handler")
        yield Figure(f"{what}: decisions a second", one.per_second, "/s", least.per_second, "empty handler")


def _ours(
    settings: Settings, processes: int, calls: int, name_of: Callable[[int], str], headers: dict[str, str]
) -> tuple[dict[int, Load], float, float]:
    """Measure the service: its load by callers, and after how many seconds its last process was ready and answered."""
    with ExitStack() as stack:
        servers = [stack.enter_context(api.server(settings)) for _ in range(processes)]
        ports = [port for port, _, _ in servers]
        ready_s = servers[-1][2]
        first_s = api.first_decision_s(ports[-1], headers, ready_s)
        sleep(SETTLES_S)
        load(ports, processes, WARM_CALLS, name_of, headers)
        # Nobody is asked about twice: whoever was contacted this morning is another case.
        found = {
            one: load(ports, one, calls, lambda number, turn=turn: name_of(calls * turn + number), headers)
            for turn, one in enumerate(CALLERS)
        }
        return found, ready_s, first_s


def _others(
    commands: Sequence[Sequence[str]], calls: int, name_of: Callable[[int], str], callers: Sequence[int] = CALLERS
) -> dict[int, Load]:
    """Start some of the other servers; ask the last of one kind, or all where they are alike."""
    with ExitStack() as stack:
        ports = [stack.enter_context(_server(command)) for command in commands]
        load(ports, len(ports), WARM_CALLS, name_of, {})
        return {one: load(ports, one, calls, name_of, {}) for one in callers}


def _composed(settings: Settings, name_of: Callable[[int], str]) -> Iterator[Figure]:
    home = str(settings.home)
    with _server(["features", home]) as features, _server(["models", home]) as models:
        found = _others([["rules", str(features), str(models)]], COMPOSED_CALLS, name_of, (1, 16))
    for callers, one in found.items():
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


def stages(settings: Settings, name_of: Callable[[int], str], calls: int = 400) -> Iterator[Figure]:
    """Decide in this process, and tell where the time goes: the median of each stage, and of what is between them."""
    from serving.service import Service
    from tests.bench.server import RunningClock

    service = Service.open(settings, RunningClock())
    service.releases.quicken()
    try:
        for number in range(WARM_CALLS):
            service.answers([name_of(number)])
        whole, spent = [], defaultdict[str, list[float]](list)
        with _timed(spent):
            for number in range(calls):
                start = perf_counter()
                service.answers([name_of(1_000 + number)])
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
