"""Promises, arrangements, disputes and claims: what ends by its name ends alone, whatever the order it is told in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from regua.records import Event
from regua.vocabulary import HOLD_BIT, EventKind, HoldKind
from serving.deciding.inputs import Inputs
from serving.happenings.live import overlay
from serving.store import Live, Watermark

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DAWN = MOMENT - timedelta(hours=12)
DISPUTED, CLAIMED = (float(HOLD_BIT[kind]) for kind in (HoldKind.DISPUTE_OPEN, HoldKind.PAID_CLAIM_PENDING))
HELD = float(HOLD_BIT[HoldKind.ARRANGEMENT_CURRENT])
NOTHING = {"hold_bits": 0.0, "has_open_dispute": 0.0, "has_paid_claim": 0.0, "has_open_promise": 0.0}


def event(kind: EventKind, hours_ago: float, name: str | None, /, **data) -> Event:
    at = MOMENT - timedelta(hours=hours_ago)
    key = next((key for key in ("promise_id", "arrangement_id") if kind.startswith(key[:-3])), "dispute_id")
    cents = data.pop("cents", None)
    told = data if name is None else {key: name, **data}
    return Event(f"{kind}-{name}-{hours_ago}", kind, "ana", at, at, amount_cents=cents, data=told)


def promised(hours_ago: float, name: str, cents: int = 100, day: str = "2026-03-10") -> Event:
    return event(EventKind.PROMISE_MADE, hours_ago, name, promised_for=day, cents=cents)


def kept(hours_ago: float, name: str | None, resolution: str = "kept") -> Event:
    return event(EventKind.PROMISE_RESOLVED, hours_ago, name, resolution=resolution)


def disputed(hours_ago: float, name: str) -> Event:
    return event(EventKind.DISPUTE_OPENED, hours_ago, name)


def claimed(hours_ago: float, name: str) -> Event:
    return event(EventKind.PAYMENT_CLAIMED, hours_ago, name)


def settled(hours_ago: float, name: str | None, **data) -> Event:
    return event(EventKind.DISPUTE_RESOLVED, hours_ago, name, resolution="rejected", **data)


def after(*events: Event, **known: float) -> dict[str, float]:
    """Answer the row a decision sees, told in either order and twice."""
    rows = []
    for told in (events, events[::-1], (*events, *events)):
        columns = {name: np.array([value], np.float64) for name, value in (NOTHING | known).items()}
        columns |= {"customer_id": np.array(["ana"], object), "contract_id": np.array(["k1"], object)}
        inputs = Inputs.fit(columns)
        stamps = np.array([DAWN.replace(tzinfo=None)], "datetime64[us]")
        overlay(inputs.columns, stamps, Live(Watermark(0), (), told, {}), MOMENT, "America/Sao_Paulo")
        rows.append({name: array[0] for name, array in inputs.columns.items()})
    for other in rows[1:]:
        np.testing.assert_equal(other, rows[0])
    return rows[0]


def test_a_promise_that_was_kept_leaves_the_other_one_open():
    row = after(promised(5, "p1", 100), promised(4, "p2", 250, "2026-03-12"), kept(1, "p1"), open_promise_cents=0)
    assert (row["has_open_promise"], row["open_promise_cents"], row["days_to_promise"]) == (1, 250, 8)
    over = after(promised(5, "p1"), promised(4, "p2"), kept(1, "p1"), kept(1, "p2", "broken"), promises_broken_365d=0)
    assert (over["has_open_promise"], over["promises_broken_365d"]) == (0, 1)


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ([promised(1, "p2")], -3, 6),
        ([promised(1, "p2")], 2, 2),
        ([promised(1, "p2", day="2026-03-02")], 4, 4),
        ([promised(1, "p2", day="2026-03-02")], -1, -2),
        ([promised(30, "p1"), promised(29, "p2", day="2026-03-01"), promised(28, "p3"), kept(1, "p1")], 2, 6),
    ],
    ids=["anew", "a later one", "of a day gone by", "both are past", "past and to come are left"],
)
def test_the_next_promise_to_come_is_awaited_whatever_became_of_an_older_one(told, known, expected):
    row = after(*told, days_to_promise=known, has_open_promise=1, open_promise_cents=300, promises_365d=3)
    assert row["days_to_promise"] == expected


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ([kept(1, "p1")], {"promises_365d": 1}, (1, 900)),
        ([kept(1, "p1")], {"promises_365d": 2}, (1, 900)),
        ([promised(30, "p1", 900), kept(1, "p1")], {"promises_365d": 4}, (0, 0)),
        ([promised(30, "p1", 300), kept(1, "p1")], {"promises_365d": 2}, (1, 600)),
        ([promised(30, "p1", 300), promised(20, "p2", 600), kept(1, "p1")], {"promises_365d": 2}, (1, 600)),
        ([kept(1, None)], {"promises_365d": 2}, (0, 0)),
        ([kept(13, "p1")], {"promises_365d": 1}, (1, 900)),
        ([promised(30, "p1", 300), kept(1, "p1")], {"promises_365d": 2, "promises_kept_365d": 1}, (1, 600)),
    ],
    ids=[
        "it may be another, not told yet", "one of two", "its amount is all that is promised",
        "its amount is a part", "the log knows the other", "no name: all", "the profile knew of it",
        "an older one was kept meanwhile",
    ],
)  # fmt: skip
def test_a_promise_of_before_the_profile_ends_alone_where_another_may_be_open(told, known, expected):
    profile = {"has_open_promise": 1, "open_promise_cents": 900, "days_to_promise": -3}
    profile |= {"promises_kept_365d": 0, "promises_broken_365d": 0} | known
    row = after(*told, **profile)
    assert (row["has_open_promise"], row["open_promise_cents"]) == expected
    if expected[0] and told[-1].known_at > DAWN:
        assert not row["days_to_promise"] < 0, "the day the profile tells may be that of the one that ended"


def test_a_promise_that_had_lapsed_before_the_profile_leaves_the_one_it_awaits():
    known = {"has_open_promise": 1, "open_promise_cents": 900, "days_to_promise": 4, "promises_365d": 2}
    row = after(promised(167, "p1", 900, "2026-02-26"), kept(1, "p1", "broken"), **known)
    assert (row["has_open_promise"], row["open_promise_cents"], row["days_to_promise"]) == (1, 900, 4)


def test_of_promises_the_log_knows_the_day_of_the_one_that_is_left_is_awaited():
    told = (promised(30, "p1", 300, "2026-03-02"), promised(20, "p2", 600, "2026-03-10"), kept(1, "p1"))
    row = after(*told, has_open_promise=1, open_promise_cents=900, days_to_promise=-2)
    assert (row["has_open_promise"], row["open_promise_cents"], row["days_to_promise"]) == (1, 600, 6)


def test_a_dispute_that_was_settled_leaves_the_other_one_open_and_held():
    row = after(disputed(5, "d1"), disputed(4, "d2"), settled(1, "d1"))
    assert (row["has_open_dispute"], row["hold_bits"]) == (1, DISPUTED)
    row = after(disputed(5, "d1"), disputed(4, "d2"), settled(1, "d1"), settled(1, "d2"))
    assert (row["has_open_dispute"], row["hold_bits"]) == (0, 0)


@pytest.mark.parametrize(
    ("told", "known", "left"),
    [
        ([settled(1, "d1")], (1, 1), 0),
        ([settled(1, "d1")], (2, 2), 2),
        ([settled(1, "d1"), settled(2, "d2")], (2, 2), 0),
        ([settled(1, "d1")], (1, 2), 1),
        ([settled(1, "d1")], (2, 1), 1),
        ([disputed(40, "d1"), disputed(30, "d2"), settled(1, "d1")], (2, 2), 1),
        ([disputed(40, "d1"), disputed(30, "d2"), settled(1, "d1")], (2, 1), 1),
        ([disputed(24 * 370, "d0"), settled(24 * 369, "d0"), settled(1, "d1")], (2, 1), 1),
        ([settled(1, "d1"), disputed(0.5, "d2")], (1, 1), 1),
        ([settled(1, None)], (2, 2), 0),
        ([settled(1, "d1", kind="paid_claim")], (1, 1), 1),
        ([settled(1, "d1")], (np.nan, 1), 1),
        ([settled(1, "d1")], (1, np.nan), np.nan),
    ],
    ids=[
        "the only one", "one of two", "both", "one of two, the other older than a year",
        "one that may have ended before",
        "the log knows the other", "the profile learns of the other later", "what the log knows is older than a year",
        "another since", "no name: all", "a claim",
        "nobody knows how many there were", "nobody knows how many are open",
    ],
)  # fmt: skip
def test_a_dispute_of_before_the_profile_is_settled_alone_where_another_may_be_open(told, known, left):
    counts = dict(zip(("disputes_365d", "open_disputes"), known, strict=True))
    row = after(*told, has_open_dispute=1, open_paid_claims=0, **counts)
    np.testing.assert_equal((row["open_disputes"], row["has_open_dispute"]), (left, left != 0))
    placed = after(*told, has_open_dispute=1, hold_bits=DISPUTED, **counts)
    assert placed["hold_bits"] == DISPUTED, "whoever placed a hold lifts it"


def test_a_claim_of_payment_is_settled_by_its_name_and_leaves_disputes_alone():
    row = after(disputed(6, "d1"), claimed(5, "c1"), claimed(4, "c2"), settled(1, "c1", kind="paid_claim"))
    assert (row["has_open_dispute"], row["has_paid_claim"], row["hold_bits"]) == (1, 1, DISPUTED + CLAIMED)
    row = after(disputed(6, "d1"), claimed(5, "c1"), settled(1, "c1"))
    assert (row["has_open_dispute"], row["has_paid_claim"], row["hold_bits"]) == (1, 0, DISPUTED)
    told = claimed(40, "c1"), settled(1, "c1")
    for known, is_open in ((1, 0), (2, 1), (np.nan, 1)):
        assert after(*told, has_paid_claim=1, open_paid_claims=known)["has_paid_claim"] == is_open
    strange = after(settled(1, "c9", kind="paid_claim"), has_paid_claim=1, open_paid_claims=1)
    assert strange["has_paid_claim"] == 1, "nobody knows which it was: the next profile tells"


@pytest.mark.parametrize(("known", "days"), [(1, 2), (0, np.nan)], ids=["awaited", "lapsed"])
def test_a_promise_told_again_is_for_another_day(known, days):
    older = promised(30, "p1", 100, "2026-03-06" if known else "2026-02-20")
    knew = {"has_open_promise": known, "open_promise_cents": 100 * known, "days_to_promise": days, "promises_365d": 1}
    row = after(older, promised(2, "p1", 250, "2026-03-12"), **knew)
    expected = {"has_open_promise": 1, "open_promise_cents": 250, "days_to_promise": 8, "promises_365d": 1}
    assert {name: row[name] for name in expected} == expected
    late = replace(promised(40, "p1", 70, "2026-03-05"), known_at=MOMENT - timedelta(hours=1))
    row = after(older, late, **knew)
    assert {name: row[name] for name in knew} == pytest.approx(knew, nan_ok=True), "an older word told late"


def test_what_begins_again_under_its_name_is_open_again():
    known = {"has_open_dispute": 1, "open_disputes": 1, "disputes_365d": 1, "hold_bits": DISPUTED}
    row = after(disputed(900, "d1"), settled(5, "d1"), disputed(2, "d1"), **known)
    assert (row["has_open_dispute"], row["open_disputes"], row["disputes_365d"], row["hold_bits"]) == (
        1,
        1,
        2,
        DISPUTED,
    )
    row = after(promised(5, "p1", 100), kept(4, "p1", "broken"), promised(2, "p1", 250), open_promise_cents=0)
    assert (row["has_open_promise"], row["open_promise_cents"]) == (1, 250)
    row = after(claimed(5, "c1"), settled(4, "c1", kind="paid_claim"), claimed(2, "c1"), open_paid_claims=0)
    assert (row["has_paid_claim"], row["open_paid_claims"], row["hold_bits"]) == (1, 1, CLAIMED)


def agreed(hours_ago: float, name: str) -> Event:
    return event(EventKind.ARRANGEMENT_MADE, hours_ago, name)


def over(hours_ago: float, name: str | None) -> Event:
    return event(EventKind.ARRANGEMENT_RESOLVED, hours_ago, name, resolution="kept")


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ([agreed(2, "a1")], 0, 1),
        ([agreed(2, "a1"), over(1, "a1")], 0, 0),
        ([agreed(2, "a1"), over(1, "a1")], 1, 1),
        ([agreed(900, "a1"), over(1, "a1")], 1, 0),
        ([agreed(900, "a1"), agreed(901, "a2"), over(1, "a1")], 1, 1),
        ([agreed(900, "a1"), agreed(901, "a2"), over(1, "a1")], 0, 0),
        ([agreed(900, "a2"), over(1, "a1")], 1, 1),
        ([over(1, "a1")], 1, 1),
        ([agreed(900, "a1"), over(4, "a1"), agreed(1, "a1")], 1, 1),
    ],
    ids=[
        "made today", "made and over today", "beside what the profile knows", "made long ago", "one of two",
        "the profile knows better of what is old", "the log knows of another", "it may be another, not told yet",
        "made again",
    ],
)  # fmt: skip
def test_an_arrangement_that_ended_is_over_and_no_other(told, known, expected):
    row = after(*told, has_arrangement=known, hold_bits=known * HELD)
    assert (row["has_arrangement"], row["hold_bits"]) == (expected, max(known, expected) * HELD)
