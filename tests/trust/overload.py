"""Two and five times as many requests as can be answered: nearly as many answers in time, the rest refused.

The service has one core and those who ask another, so that neither takes the other's time; they come at their own pace
whatever is answered, and it is told how busy they were themselves and how late: a storm that comes late is none.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

from serving.store import Store
from tests.trust.databases import SQLITE, place
from tests.trust.line import Line, count_line
from tests.trust.served import Served, settings_of
from tests.trust.storm import Caller, Storm

WARM_MS = 100
Round = dict[float, Storm]
"""By how many times the peak was asked, what came of it."""
CALLERS = 32
TOGETHER = (16, 64, 256)
"""Callers that ask again once they are answered: the peak is at least the best of these."""
MOST_LENT = 0.05
"""A round is quiet if the machine was its own for all but so much of it: it may be one of several on a host."""
STEP, GAIN = 1.25, 1.02
"""From there on it is asked faster and faster, by such steps, for as long as so much more is answered in time."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long each storm lasts, how many quiet rounds are aimed at, and how much is asked in them.

    ``most`` rounds are made at most, until so many were quiet; ``shares`` says, by how many
    times the peak, which share of its answers in time has to stay.
    ``is_by_clock``: in each second of the clock, and not in each of the service's processor. ``calm`` is
    the share of the peak that is asked before and after, and answered after as before within ``calm_s``.
    """

    seconds: float
    rounds: int
    most: int
    shares: dict[float, float]
    is_by_clock: bool
    calm: float
    calm_s: float


SIZES = {
    True: Size(4, 9, 36, {2: 0.9, 5: 0.8}, is_by_clock=True, calm=0.5, calm_s=10),
    False: Size(1.0, 1, 1, {3: 0.5}, is_by_clock=False, calm=0.2, calm_s=120),
}
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
    peak = await _peak(served, caller, size)
    calm = await caller.at_pace(size.calm * peak.goodput, size.seconds, peak=peak.goodput)
    rounds: list[Round] = []
    while len(rounds) < size.most and sum(_is_quiet(one) for one in rounds) < size.rounds:
        rounds.append(await _round(served, caller, size, peak))
    told = f"{peak.goodput:,.0f}; {peak.thrift:,.0f} for each second of the service's processor"
    lines = [Line("at the peak, answers in time a second", "some", told, peak.goodput > 0)]
    for times in size.shares:
        lines += [_goodput_kept(times, rounds, size), *_refusals(times, [one[times] for one in rounds])]
    after = await _calm_again(caller, peak.goodput, calm, size)
    caller.close()
    return [*lines, after]


async def _round(served: Served, caller: Caller, size: Size, peak: Storm) -> Round:
    """Ask at the pace of the peak, then for multiples of what is answered now: a machine is not the same all day."""
    storms = {1.0: await _timed(served, caller.at_pace(peak.pace, size.seconds, peak=peak.goodput))}
    for times in size.shares:
        pace = times * storms[1].goodput
        storms[times] = await _timed(served, caller.at_pace(pace, size.seconds, peak=peak.goodput))
    return storms


def _is_quiet(storms: Round) -> bool:
    return storms[1].goodput > 0 and all(storm.lent <= MOST_LENT for storm in storms.values())


async def _peak(served: Served, caller: Caller, size: Size) -> Storm:
    """Find what the service answers in time at most: callers that wait for their answers leave it idle in between."""
    tried = [await _timed(served, caller.together(callers, size.seconds)) for callers in TOGETHER]
    peak = max(tried, key=_goodput)
    pace = STEP * peak.goodput
    while True:
        storm = await _timed(served, caller.at_pace(pace, size.seconds, peak=peak.goodput))
        if storm.goodput < GAIN * peak.goodput:
            return max(peak, storm, key=_goodput)
        peak, pace = storm, max(STEP * storm.goodput, STEP * pace)


def _goodput(storm: Storm) -> float:
    return storm.goodput


async def _timed(served: Served, asking: Awaitable[Storm]) -> Storm:
    before_s, (all_before, lent_before) = served.processor_s(), _ticks()
    storm = await asking
    all_after, lent_after = _ticks()
    storm.served_s = served.processor_s() - before_s
    storm.lent = (lent_after - lent_before) / max(1, all_after - all_before)
    return storm


def _ticks() -> tuple[int, int]:
    """Return for how long the machine has been up, and of that for how long its host let others work."""
    told = [int(ticks) for ticks in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(told), told[7]


async def _warm(caller: Caller) -> None:
    """Ask until answers are quick: what is opened and compiled at the first requests is no part of the peak."""
    until = perf_counter() + 30
    while perf_counter() < until:
        storm = await caller.together(8, 0.3)
        if storm.good_s and _p(storm.good_s, 0.5) < WARM_MS:
            return


def _goodput_kept(times: float, rounds: Sequence[Round], size: Size) -> Line:
    """Say which share of what was answered at the peak is answered still: the median of the quiet rounds."""
    quiet = [one for one in rounds if _is_quiet(one)] or [one for one in rounds if one[1].goodput > 0]
    storms = [one[times] for one in quiet]
    by_clock = sorted(one[times].goodput / one[1].goodput for one in quiet)
    by_processor = median(one[times].thrift / one[1].thrift for one in quiet)
    pace, busy = median(storm.pace for storm in storms), median(storm.busy for storm in storms)
    late_ms = 1_000 * median(storm.late_s for storm in storms)
    what = (
        f"at {times:.0f} times the peak ({pace:,.0f}/s, {late_ms:.0f} ms late, those who ask {busy:.0%} busy), in time"
    )
    good_s = [one for storm in storms for one in storm.good_s]
    seen = (
        f"{median(by_clock):.0%}, median of {len(quiet)} quiet rounds of {len(rounds)}, from {by_clock[0]:.0%} to "
        f"{by_clock[-1]:.0%}; {by_processor:.0%} for the same processor time; p50 {_p(good_s, 0.5):.0f} ms, "
        f"p99 {_p(good_s, 0.99):.0f} ms"
    )
    least = size.shares[times]
    is_met = (median(by_clock) if size.is_by_clock else by_processor) >= least
    return Line(what, f"at least {least:.0%} of the peak's", seen, is_met)


def _refusals(times: float, storms: Sequence[Storm]) -> Iterator[Line]:
    """Add up what else is promised of storms, quiet or not."""
    when = f"at {times:.0f} times the peak"
    refused_s, bare = [one for storm in storms for one in storm.refused_s], sum(storm.bare for storm in storms)
    refused = f"{len(refused_s):,}, told after {_p(refused_s, 0.5):.0f} ms, p99 {_p(refused_s, 0.99):.0f} ms"
    yield Line(f"{when}, refusals that do not say when to come back", "0", f"{bare} of {refused}", bare == 0)
    yield count_line(f"{when}, answers 500", sum(storm.statuses[500] for storm in storms))
    payments = sum((storm.payments for storm in storms), Counter[int]())
    lost = payments.total() - payments[200]
    slow_ms = _p([one for storm in storms for one in storm.payment_s], 0.99)
    yield Line(f"{when}, payments refused", "0", f"{lost} of {payments.total():,}; p99 {slow_ms:.0f} ms", lost == 0)


async def _calm_again(caller: Caller, peak: float, calm: Storm, size: Size) -> Line:
    """Ask for a share of the peak until it is answered as before: by the clock as quickly, else without a refusal."""
    aim_ms = 2 * _p(calm.good_s, 0.99) + 20
    began = perf_counter()
    while (spent := perf_counter() - began) <= size.calm_s:
        storm = await caller.at_pace(size.calm * peak, 0.5, peak=peak)
        is_quick = _p(storm.good_s, 0.99) <= aim_ms or not size.is_by_clock
        if storm.good_s and not storm.refused_s and is_quick:
            break
    is_met = spent <= size.calm_s
    what = f"at {size.calm:.0%} of the peak again: answered as before after"
    return Line(what, f"at most {size.calm_s:.0f} s", f"{spent:.1f} s", is_met)


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
