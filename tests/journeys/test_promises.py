"""A promise is pending, then kept, partly kept, broken or cancelled; and says so on the right day."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.promises import Promise, PromiseState, state
from regua.errors import DataError
from regua.vocabulary import PromiseResolution

MADE = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)
PROMISED = date(2026, 3, 5)
LAST_INSTANT = datetime(2026, 3, 6, 2, 59, 59, 999999, tzinfo=UTC)  # 23:59 of the promised day in São Paulo
PROMISE = Promise(10_000, MADE, PROMISED)


def at(hours):
    return MADE + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (0, PromiseState.BROKEN),
        (1, PromiseState.PARTLY_KEPT),
        (9_499, PromiseState.PARTLY_KEPT),
        (9_500, PromiseState.KEPT),
        (10_000, PromiseState.KEPT),
        (90_000, PromiseState.KEPT),
    ],
)
def test_what_was_paid_by_the_day_decides(paid, expected):
    payments = [(at(1), paid)] if paid else []
    assert state(PROMISE, payments, LAST_INSTANT + timedelta(microseconds=1)) is expected


def test_until_the_day_is_over_a_promise_is_pending_unless_it_is_kept():
    assert state(PROMISE, [(at(1), 9_499)], LAST_INSTANT) is PromiseState.PENDING
    assert state(PROMISE, [(at(1), 9_500)], at(1)) is PromiseState.KEPT


def test_money_counts_to_the_last_instant_of_the_promised_day_and_of_the_days_of_waiting():
    after = LAST_INSTANT + timedelta(days=9)
    assert state(PROMISE, [(LAST_INSTANT, 10_000)], after) is PromiseState.KEPT
    late = LAST_INSTANT + timedelta(microseconds=1)
    assert state(PROMISE, [(late, 10_000)], after) is PromiseState.BROKEN
    patient = Promise(10_000, MADE, PROMISED, hold_days=2)
    assert state(patient, [(late, 10_000)], after) is PromiseState.KEPT
    assert state(patient, [], LAST_INSTANT + timedelta(days=2)) is PromiseState.PENDING
    assert state(patient, [], late + timedelta(days=2)) is PromiseState.BROKEN


def test_money_from_before_the_promise_or_after_the_moment_does_not_count():
    after = LAST_INSTANT + timedelta(days=1)
    assert state(PROMISE, [(MADE - timedelta(microseconds=1), 10_000)], after) is PromiseState.BROKEN
    assert state(PROMISE, [(MADE, 10_000)], after) is PromiseState.KEPT
    assert state(PROMISE, [(at(5), 10_000)], at(4)) is PromiseState.PENDING


def test_a_promise_withdrawn_is_cancelled_unless_it_was_kept_before():
    withdrawn = Promise(10_000, MADE, PROMISED, cancelled_at=at(10))
    assert state(withdrawn, [], at(9)) is PromiseState.PENDING
    assert state(withdrawn, [], at(10)) is PromiseState.CANCELLED
    assert state(withdrawn, [(at(9), 10_000)], at(30)) is PromiseState.KEPT
    assert state(withdrawn, [(at(11), 10_000)], at(30)) is PromiseState.CANCELLED


def test_a_payment_that_bounced_is_taken_back():
    payments = [(at(1), 10_000), (at(2), -10_000)]
    assert state(PROMISE, payments, at(100)) is PromiseState.BROKEN


@given(
    st.lists(st.tuples(st.integers(-48, 200), st.integers(1, 12_000)), max_size=5),
    st.integers(0, 5),
    st.integers(0, 240),
    st.integers(0, 240),
)
def test_the_order_of_payments_is_of_no_matter_and_what_is_settled_stays_settled(paid, hold_days, first, second):
    promise = Promise(10_000, MADE, PROMISED, hold_days)
    payments = [(at(hours), amount) for hours, amount in paid]
    early, late = sorted((at(first), at(second)))
    before, after = (state(promise, payments, moment) for moment in (early, late))
    assert before is state(promise, payments[::-1], early)
    assert before in (after, PromiseState.PENDING)


def test_every_resolution_is_a_state():
    assert {one.value for one in PromiseResolution} | {"pending"} == {one.value for one in PromiseState}


def test_a_promise_of_nothing_is_refused():
    with pytest.raises(DataError, match="promise of 0 cents"):
        Promise(0, MADE, PROMISED)
    with pytest.raises(DataError, match="share_kept 0"):
        state(PROMISE, [], MADE, share_kept=Fraction(0))
