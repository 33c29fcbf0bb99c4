"""The whole book at one moment, in chunks of bounded memory, through the same path as one customer."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from journeys.book import Book
from journeys.kernel import decide
from regua.clock import SetClock, utc
from regua.columns import Flags, number
from regua.errors import NotFoundError
from regua.records import Decision
from regua.settings import Settings
from regua.vocabulary import NOTHING
from serving.deciding.inputs import Inputs
from serving.deciding.written import DecisionFile
from serving.scoring.scorer import Scorer
from serving.service import Service

Progress = Callable[[int, int], None]
"""Called with (customers done, customers in all)."""


@dataclass(slots=True)
class BatchReport:
    """What a batch came to.

    ``customers`` = ``decided`` + ``at_peace``: nothing is due of the latter, no journey holds them and none would
    take them, so there is nothing to log. ``by_journey`` counts decisions by journey and channel; ``blocked`` counts
    the decisions a rule stood in the way of; ``degraded`` counts codes of what was missing. ``example`` is the first
    decision that contacts somebody.
    """

    moment: datetime
    output: Path
    release_id: str
    book_digest: str
    customers: int = 0
    decided: int = 0
    at_peace: int = 0
    contacts: int = 0
    explored: int = 0
    value_cents: int = 0
    seconds: float = 0.0
    example: str | None = None
    by_journey: dict[str, Counter[str]] = field(default_factory=dict)
    blocked: Counter[str] = field(default_factory=Counter)
    degraded: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        content = {one.name: getattr(self, one.name) for one in fields(self)}
        by_journey = {journey: dict(row) for journey, row in self.by_journey.items()}
        return content | {"output": str(self.output), "by_journey": by_journey}

    def count(self, decisions: Sequence[Decision]) -> None:
        """Count some decisions."""
        self.decided += len(decisions)
        self.explored += sum(one.explored for one in decisions)
        self.value_cents += sum(one.value_cents for one in decisions)
        contacts = [one.decision_id for one in decisions if one.channel is not None]
        self.contacts += len(contacts)
        self.example = self.example or next(iter(contacts), None)
        places = Counter((one.journey.name if one.journey else NOTHING, one.channel or NOTHING) for one in decisions)
        for (journey, channel), times in places.items():
            self.by_journey.setdefault(journey, Counter())[str(channel)] += times
        codes = Counter(reason.code for one in decisions for reason in one.reasons)
        for code, times in codes.items():
            if code.startswith("blocked_"):
                self.blocked[code.removeprefix("blocked_")] += times
        for missing, times in Counter(one.degraded for one in decisions).items():
            self.degraded.update(dict.fromkeys(missing, times))


def decide_book(
    settings: Settings,
    moment: datetime,
    *,
    customer_ids: Sequence[str] | None = None,
    service: Service | None = None,
    progress: Progress | None = None,
    each: Callable[[Decision], None] | None = None,
    everyone: bool = False,
) -> BatchReport:
    """Decide for everyone in the snapshot at or before a moment, log it and write it as Parquet.

    Parameters
    ----------
    settings
        Where things lie; ``chunk_rows`` customers are held in memory at once.
    moment
        The moment decided for.
    customer_ids
        Only these; None is everyone in the snapshot.
    service
        Parts already open; opened from the home when None.
    progress
        Told after each chunk.
    each
        Given every decision, in order.
    everyone
        Log also those at peace (see :class:`BatchReport`).

    Raises
    ------
    NotFoundError
        There is no snapshot yet.
    BundleError, UnavailableError
        The champion cannot be used; the log cannot be written.
    """
    started = perf_counter()
    moment = utc(moment)
    opened = service or Service.open(settings, SetClock(moment), online=False)
    try:
        names = list(dict.fromkeys(customer_ids)) if customer_ids is not None else everybody(settings, moment)
        target = settings.kept / "decided" / f"{moment:%Y-%m-%dT%H%M%S}.parquet"
        while opened.store.permits.expire(moment):
            pass
        report = BatchReport(moment, target, opened.pipeline.scorer.release_id, opened.book.digest)
        with DecisionFile(target) as file, _without_looking_for_cycles():
            for start in range(0, len(names), settings.chunk_rows):
                chunk = names[start : start + settings.chunk_rows]
                answers = opened.pipeline.run(chunk, moment, None if everyone else at_stake)
                decisions = [answers[name].decision for name in chunk if name in answers]
                report.count(decisions)
                file.write(decisions)
                if each:
                    for decision in decisions:
                        each(decision)
                report.customers += len(chunk)
                if progress:
                    progress(report.customers, len(names))
        report.at_peace = report.customers - report.decided
    finally:
        if service is None:
            opened.close()
    report.seconds = perf_counter() - started
    return report


def everybody(settings: Settings, moment: datetime) -> list[str]:
    """Name everyone in the latest snapshot at or before a moment.

    Raises
    ------
    NotFoundError
        There is none.
    """
    import pyarrow.parquet as pq

    from features import snapshots

    built = [stamp for stamp in snapshots.built(settings) if stamp <= moment]
    if not built:
        raise NotFoundError(
            f"no snapshot of the profile at or before {moment:%Y-%m-%d %H:%M} UTC in {settings.profiles}",
            expected="the profiles the decisions are made on",
            remedy=f"regua profile build --at {moment:%Y-%m-%dT%H:%M}",
        )
    table = pq.read_table(snapshots.path(settings, "customer_context", built[-1]), columns=["customer_id"])
    return sorted(table["customer_id"].to_pylist())


def at_stake(inputs: Inputs, scorer: Scorer, book: Book, moment: datetime) -> Flags:
    """Say for whom there is something to decide: something is due, a journey holds them, or one would take them."""
    columns = inputs.columns
    held = np.array([name is not None for name in columns["journey"]], dtype=bool)
    balance = number(columns, "customer_balance_overdue_cents")
    unbilled = np.isnan(balance) & (number(columns, "has_profile") > 0) & (number(columns, "contracts_in_arrears") == 0)
    # Written so that an unknown balance is at stake: it has to be told, not passed over.
    stake: Flags = ~((balance <= 0) | unbilled) | held
    rest = np.flatnonzero(~stake)
    if len(rest):
        # Nothing is overdue: the kernel alone says whether a journey, before the due date say, would take them.
        at_rest = inputs.take(~stake).columns
        taken = decide({**at_rest, **scorer.score(at_rest)}, book, moment)
        stake[rest] = np.array([name is not None for name in taken.journey], dtype=bool) | (taken.channel >= 0)
    return stake


@contextmanager
def _without_looking_for_cycles() -> Iterator[None]:
    """Spare the collector its walks through millions of new records, none of which points back at itself."""
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            gc.enable()
