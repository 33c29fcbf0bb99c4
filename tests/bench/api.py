"""One decision by HTTP, asked over the loopback address of a real server: every model, guard, durable commit."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter, sleep

from regua.settings import Settings
from tests.bench import book, release
from tests.bench.measure import Figure, percentile

CALLERS = 16
READY_WITHIN_S = 60
LAID_OUT_WITHIN_S, LOOKS_S = 120, 0.5
WITHOUT_LIMIT = 100_000_000


def run(folder: Path, *, full: bool = False, customers: int | None = None) -> Sequence[Figure]:
    """Ask for one customer at a time, by 1 caller and by 16 at once; every call names another customer."""
    size = customers or 4_000
    calls = 2_000 if full else 400
    settings = Settings(home=folder / "api", threads=1)
    headers = prepare(settings, size)
    with server(settings) as (port, process, ready_s):
        first_s = first_decision_s(port, headers, ready_s)
        _ask(port, headers, range(50), size)
        alone_ms = _ask(port, headers, range(50, 50 + calls), size)
        start = perf_counter()
        together_ms = _callers(port, headers, calls, size)
        spent_s = perf_counter() - start
        server_mb = _peak_memory_mb(process)
    return [
        Figure("ready after", ready_s, "s"),
        Figure("first decision after", first_s, "s", goal="≤ 3 s"),
        Figure(f"1 caller, p50 of {calls}", percentile(alone_ms, 0.50), "ms", goal="≤ 2 ms"),
        Figure("1 caller, p99", percentile(alone_ms, 0.99), "ms", goal="≤ 6 ms"),
        Figure(f"{CALLERS} callers, p50 of {len(together_ms)}", percentile(together_ms, 0.50), "ms"),
        Figure(f"{CALLERS} callers, p99", percentile(together_ms, 0.99), "ms"),
        Figure(f"{CALLERS} callers, decisions a second", len(together_ms) / spent_s, "/s", goal="≥ 1,500/s"),
        Figure("peak memory of the server", server_mb, "MB"),
    ]


def prepare(settings: Settings, size: int) -> dict[str, str]:
    """Make a home of some customers with a release and profiles online; return the headers of a caller."""
    from features import services, snapshots

    book.write(settings, size)
    snapshots.build(settings, [book.MOMENT])
    release.write(settings)
    services.apply(settings)
    services.materialise(settings, book.MOMENT)
    return headers_of_a_caller(settings)


def headers_of_a_caller(settings: Settings) -> dict[str, str]:
    """Make a key of a CRM in a home; return what its requests carry."""
    from serving.access.access import Access
    from serving.access.roles import Role
    from serving.store import Store

    with Store.open(settings) as store:
        shown = Access(settings, store).give("bench", {Role.CRM}, "bench", requests_per_minute=WITHOUT_LIMIT)
    return {"Authorization": f"Bearer {shown.text}"}


def first_decision_s(port: int, headers: dict[str, str], ready_s: float) -> float:
    """Ask a server that just became ready; return how long after its start its first decision was there."""
    return ready_s + _ask(port, headers, range(1), 1)[0] / 1_000


def _callers(port: int, headers: dict[str, str], calls: int, size: int) -> list[float]:
    each = max(25, calls // CALLERS)
    found: list[list[float]] = [[] for _ in range(CALLERS)]

    def call(caller: int) -> None:
        first = 1_000 + caller * each
        found[caller] = _ask(port, headers, range(first, first + each), size)

    threads = [threading.Thread(target=call, args=(caller,)) for caller in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [one for part in found for one in part]


def _ask(port: int, headers: dict[str, str], numbers: range, size: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    spent = []
    for number in numbers:
        body = json.dumps({"customer_ids": [f"c{number % size:08d}"]})
        start = perf_counter()
        connection.request("POST", "/v1/decisions", body, headers | {"content-type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        spent.append(1_000 * (perf_counter() - start))
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content[:300]!r}")
    connection.close()
    return spent


@contextmanager
def server(settings: Settings, *, asks: str = "/readyz") -> Iterator[tuple[int, "subprocess.Popen[bytes]", float]]:
    """Start the real service in a process of its own; it is there when what ``asks`` names answers with 200.

    Its modules are kept compiled, as they are where it is installed: from the second start on it finds them so.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if settings.store_url is not None:
        environment["REGUA_STORE_URL"] = settings.store_url.get_secret_value()
    command = [sys.executable, "-m", "tests.bench.server", str(settings.home), str(port)]
    process = subprocess.Popen(command, env=environment)
    try:
        while not _is_ready(port, asks):
            if process.poll() is not None or perf_counter() - start > READY_WITHIN_S:
                raise RuntimeError("the server did not become ready")
            sleep(0.05)
        yield port, process, perf_counter() - start
    finally:
        process.terminate()
        process.wait(20)


def wait_until_laid_out(settings: Settings) -> None:
    """Wait until the first start has kept what the next ones begin with."""
    kept, count, until = settings.releases / ".proven", -1, perf_counter() + LAID_OUT_WITHIN_S
    while perf_counter() < until:
        now = len(list(kept.glob("*.trees-*")))
        if now and now == count:
            return
        count = now
        sleep(10 * LOOKS_S if now else LOOKS_S)
    raise RuntimeError("no trees were laid out for the next start")


def _peak_memory_mb(process: "subprocess.Popen[bytes]") -> float:
    """Return the most memory the server held so far; 0 where the system has no ``/proc``."""
    status = Path(f"/proc/{process.pid}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / (1 << 10) if found else 0.0


def _is_ready(port: int, asks: str) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", asks)
            return connection.getresponse().status == 200
    except OSError:
        return False
