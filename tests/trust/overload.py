"""Two and five times as many requests as can be answered: nearly as many answers in time, the rest refused.

The service has one core and those who ask another, so that neither takes the other's time; they come at their own pace
whatever is answered, and it is told how busy they were themselves and how late: a storm that comes late is none.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from serving.store import Store
from tests.trust.databases import SQLITE, place
from tests.trust.line import Line, count_line
from tests.trust.served import Served, settings_of
from tests.trust.storm import Caller, Storm

WARM_MS = 100
CALLERS = 32
TOGETHER = (16, 64, 256)
"""Callers that ask again once they are answered: the best of these is the peak."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long is asked, at which multiples of the peak, and which share of it has to be answered in time.

    ``is_by_clock``: in each second of the clock, and not in each of the service's processor.
    """

    seconds: float
    shares: dict[float, float]
    is_by_clock: bool


SIZES = {True: Size(30, {2: 0.9, 5: 0.8}, is_by_clock=True), False: Size(1.0, {3: 0.5}, is_by_clock=False)}
"""In a second beside other tests nobody measures a machine: there it is enough that the service does not break down."""


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Find the peak, ask for more, then ask for less again; and end the service while it is asked."""
    with Served(folder) as served, place(SQLITE, folder / SQLITE) as where:
        served.serve(where, 1)
        with _apart(served):
            lines = asyncio.run(_storms(served, SIZES[full]))
        lines += asyncio.run(_drained(served))
        with Store.open(settings_of(served.folder, where)) as store:
            flaw = store.verify()
        return [*lines, count_line("flaws of the chain after all of it", 0 if flaw is None else 1)]


@contextmanager
def _apart(served: Served) -> Iterator[None]:
    """Give the service a core of its own, and those who ask another, where there are two."""
    before = os.sched_getaffinity(0)
    if len(before) > 1:
        served.keep_to(min(before))
        os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


async def _storms(served: Served, size: Size) -> list[Line]:
    caller = Caller(served.port, served.headers)
    await _warm(caller)
    peaks = [await _timed(served, caller.together(callers, size.seconds)) for callers in TOGETHER]
    peak = max(peaks, key=lambda storm: storm.goodput)
    calm = await caller.at_pace(0.5 * peak.goodput, size.seconds, peak=peak.goodput)
    told = f"{peak.goodput:,.0f}; {peak.thrift:,.0f} for each second of the service's processor"
    lines = [Line("at the peak, answers in time a second", "some", told, peak.goodput > 0)]
    for times, share in size.shares.items():
        storm = await _timed(served, caller.at_pace(times * peak.goodput, size.seconds, peak=peak.goodput))
        lines += _told(f"at {times:.0f} times the peak", storm, peak, share, is_by_clock=size.is_by_clock)
    after = await _calm_again(caller, peak.goodput, calm)
    caller.close()
    return [*lines, after]


async def _timed(served: Served, asking: Awaitable[Storm]) -> Storm:
    before_s = served.processor_s()
    storm = await asking
    storm.served_s = served.processor_s() - before_s
    return storm


async def _warm(caller: Caller) -> None:
    """Ask until answers are quick: what is opened and compiled at the first requests is no part of the peak."""
    until = perf_counter() + 30
    while perf_counter() < until:
        storm = await caller.together(8, 0.3)
        if storm.good_s and _p(storm.good_s, 0.5) < WARM_MS:
            return


def _told(when: str, storm: Storm, peak: Storm, share: float, *, is_by_clock: bool) -> Iterator[Line]:
    by_clock, by_processor = storm.goodput / peak.goodput, storm.thrift / peak.thrift
    pace = f"{storm.pace:,.0f}/s, at most {1_000 * storm.late_s:.0f} ms late"
    what = f"{when} ({pace}, those who ask {storm.busy:.0%} busy), answers in time, of the peak's"
    waited = f"p50 {_p(storm.good_s, 0.5):.0f} ms, p99 {_p(storm.good_s, 0.99):.0f} ms"
    seen = f"{by_clock:.0%}, {by_processor:.0%} for the same processor time; {waited}"
    yield Line(what, f"at least {share:.0%}", seen, (by_clock if is_by_clock else by_processor) >= share)
    waited = [_p(storm.refused_s, share) for share in (0.5, 0.99)]
    refused = f"{len(storm.refused_s):,}, told after {waited[0]:.0f} ms, p99 {waited[1]:.0f} ms"
    yield Line(
        f"{when}, refusals that do not say when to come back", "0", f"{storm.bare} of {refused}", storm.bare == 0
    )
    yield count_line(f"{when}, answers 500", storm.statuses[500])
    lost = storm.payments.total() - storm.payments[200]
    late = f"{lost} of {storm.payments.total():,}; p99 {_p(storm.payment_s, 0.99):.0f} ms"
    yield Line(f"{when}, payments refused", "0", late, lost == 0)


async def _calm_again(caller: Caller, peak: float, calm: Storm) -> Line:
    """Ask for half the peak until it is answered as before."""
    aim_ms = 2 * _p(calm.good_s, 0.99) + 20
    began = perf_counter()
    while (spent := perf_counter() - began) < 30:
        storm = await caller.at_pace(0.5 * peak, 0.5, peak=peak)
        if storm.good_s and not storm.refused_s and _p(storm.good_s, 0.99) <= aim_ms:
            break
    return Line("at half the peak again: as quick as before after", "at most 10 s", f"{spent:.1f} s", spent <= 10)


async def _drained(served: Served) -> list[Line]:
    """Tell the service to end while callers wait: whoever was heard is answered."""
    caller, storm = Caller(served.port, served.headers), Storm()
    # Whoever waits to be connected was not heard.
    await asyncio.gather(*(caller.ask(Storm()) for _ in range(CALLERS)))
    waiting = [asyncio.ensure_future(caller.ask(storm)) for _ in range(CALLERS)]
    await asyncio.sleep(0.1)
    _, worker = served.workers[0]
    os.kill(worker, signal.SIGTERM)
    _, left = await asyncio.wait(waiting, timeout=30)
    caller.close()
    gone = await asyncio.to_thread(_is_gone, worker)
    served.workers.clear()
    return [
        count_line(f"told to end while {CALLERS} wait: left without an answer", storm.statuses[0] + len(left)),
        Line("and it ends", "yes", "yes" if gone else "no", gone),
    ]


def _is_gone(worker: int) -> bool:
    until = perf_counter() + 15
    while perf_counter() < until:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return True
        sleep(0.05)
    return False


def _p(seconds: Sequence[float], share: float) -> float:
    """Return a share's latency in milliseconds."""
    ordered = sorted(seconds)
    return 1_000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
