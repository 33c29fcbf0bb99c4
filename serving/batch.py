"""The whole book at one moment, in chunks of bounded memory, through the same path as one customer."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
from serving.inputs import Inputs
from serving.pipeline import Answer
from serving.service import Service
from serving.written import DecisionFile

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

    def count(self, decision: Decision) -> None:
        """Count one decision."""
        self.decided += 1
        self.contacts += decision.channel is not None
        if decision.channel is not None and self.example is None:
            self.example = decision.decision_id
        self.explored += decision.explored
        self.value_cents += decision.value_cents
        journey = decision.journey.name if decision.journey else NOTHING
        self.by_journey.setdefault(journey, Counter())[str(decision.channel or NOTHING)] += 1
        rules = (reason.code.removeprefix("blocked_") for reason in decision.reasons if reason.code[:8] == "blocked_")
        self.blocked.update(rules)
        self.degraded.update(decision.degraded)


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
        target = settings.home / "decided" / f"{moment:%Y-%m-%dT%H%M%S}.parquet"
        report = BatchReport(moment, target, opened.pipeline.scorer.release_id, opened.book.digest)
        with DecisionFile(target) as file:
            for start in range(0, len(names), settings.chunk_rows):
                chunk = names[start : start + settings.chunk_rows]
                answers = opened.pipeline.run(chunk, moment, None if everyone else at_stake)
                for answer in _in_order(chunk, answers):
                    report.count(answer.decision)
                    if each:
                        each(answer.decision)
                file.write([answer.decision for answer in _in_order(chunk, answers)])
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


def at_stake(inputs: Inputs, book: Book, moment: datetime) -> Flags:
    """Say for whom there is something to decide: something is due, a journey holds them, or one would take them."""
    columns = inputs.columns
    held = np.array([name is not None for name in columns["journey"]], dtype=bool)
    balance = number(columns, "customer_balance_overdue_cents")
    unbilled = np.isnan(balance) & (number(columns, "has_profile") > 0) & (number(columns, "contracts_in_arrears") == 0)
    # Written so that an unknown balance is at stake: it has to be told, not passed over.
    stake: Flags = ~((balance <= 0) | unbilled) | held
    rest = np.flatnonzero(~stake)
    if len(rest):
        # Not in arrears, and so without scores: the kernel alone says whether a journey would take them.
        taken = decide(inputs.take(~stake).columns, book, moment)
        stake[rest] = np.array([name is not None for name in taken.journey], dtype=bool) | (taken.channel >= 0)
    return stake


def _in_order(chunk: Sequence[str], answers: dict[str, Answer]) -> Iterator[Answer]:
    return (answers[customer_id] for customer_id in chunk if customer_id in answers)
