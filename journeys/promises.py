"""What became of a promise to pay? Its state, from what was promised and what was paid."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from regua.clock import DEFAULT_ZONE, local_date, utc
from regua.errors import DataError
from regua.vocabulary import PromiseResolution

SHARE_KEPT = Fraction(95, 100)
"""Paid so much of what was promised, a promise is kept: a few cents of interest do not break it."""


class PromiseState(StrEnum):
    """Where a promise stands; once other than pending it stays so, unless an earlier payment is told late."""

    PENDING = "pending"
    KEPT = PromiseResolution.KEPT.value
    PARTLY_KEPT = PromiseResolution.PARTLY_KEPT.value
    BROKEN = PromiseResolution.BROKEN.value
    CANCELLED = PromiseResolution.CANCELLED.value


@dataclass(frozen=True, slots=True)
class Promise:
    """So much by such a day.

    Parameters
    ----------
    amount_cents
        What was promised, above zero.
    made_at
        When it was made; money that came before does not count towards it.
    promised_for
        The business day it is promised for.
    hold_days
        Days after it within which the money still counts as in time (settlement, and patience).
    cancelled_at
        When it was withdrawn.
    """

    amount_cents: int
    made_at: datetime
    promised_for: date
    hold_days: int = 0
    cancelled_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.amount_cents <= 0 or self.hold_days < 0:
            raise DataError(
                f"a promise of {self.amount_cents} cents with {self.hold_days} days of waiting",
                expected="an amount above zero and no negative days",
            )


def state(
    promise: Promise,
    payments: Iterable[tuple[datetime, int]],
    moment: datetime,
    *,
    share_kept: Fraction = SHARE_KEPT,
    zone: str = DEFAULT_ZONE,
) -> PromiseState:
    """Say where a promise stands at a moment; money that arrives later than that is not known yet.

    Parameters
    ----------
    promise
        The promise.
    payments
        Instants and cents of the payments towards the same debt, in any order.
    moment
        The instant asked about.
    share_kept
        The part of the amount that is enough.
    zone
        The zone of the business day.

    Returns
    -------
    Cancelled from its withdrawal on, unless it was kept before; kept as soon as enough has arrived, however early;
    pending until its day and the days of waiting are over; then partly kept if anything arrived, else broken.

    Examples
    --------
    >>> made = datetime.fromisoformat("2026-03-02T13:00:00Z")
    >>> promise = Promise(10_000, made, date(2026, 3, 5))
    >>> state(promise, [], made).value
    'pending'
    >>> state(promise, [(datetime.fromisoformat("2026-03-05T22:00:00Z"), 9_600)], datetime(2026, 3, 9, 12)).value
    'kept'
    """
    if not 0 < share_kept <= 1:
        raise DataError(f"share_kept {share_kept}", expected="a share above 0, at most 1")
    is_cancelled = promise.cancelled_at is not None and utc(promise.cancelled_at) <= utc(moment)
    until = utc(promise.cancelled_at) if is_cancelled and promise.cancelled_at else utc(moment)
    last_day = promise.promised_for + timedelta(days=promise.hold_days)
    paid = sum(
        amount
        for at, amount in payments
        if utc(promise.made_at) <= utc(at) <= until and local_date(at, zone) <= last_day
    )
    if paid >= share_kept * promise.amount_cents:
        return PromiseState.KEPT
    if is_cancelled:
        return PromiseState.CANCELLED
    if local_date(moment, zone) <= last_day:
        return PromiseState.PENDING
    return PromiseState.PARTLY_KEPT if paid > 0 else PromiseState.BROKEN
