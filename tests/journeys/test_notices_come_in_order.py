"""What the law asks to be said first is said first, whatever happens in between: pauses, promises, opt-outs."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from journeys.kernel import decide
from regua.columns import take
from regua.dice import draw, identity

CUSTOMERS, DAYS = 110, 60
TUESDAY = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
BEFORE = {
    "task/list_with_bureau": ("before_listing_notice", "listing_reminder", "last_chance"),
    "task/suspend_service": ("suspension_notice", "suspension_last_call"),
    "task/approve_protest": ("formal_prelegal_letter", "b2b_protest_notice"),
}
"""What must have been sent before a person is asked to act; of the last, either."""


@pytest.fixture(scope="module")
def lives(calm, customers):
    """Return every action of each customer with its day, through seventy days full of interruptions."""
    people = crowd(customers)
    who = identity(people["customer_id"])
    lived = [[] for _ in range(CUSTOMERS)]
    position = {}
    for day in range(DAYS):
        moment = TUESDAY + timedelta(days=day)
        rows = np.flatnonzero(draw(who, "asleep", day, 5) > 0.25)
        columns = take(today(people, who, day), rows)
        if position:
            columns |= take(position, rows)
            columns["journey_day"] = moment.date().toordinal() - columns["journey_entered_on"]
        decisions = decide(columns, calm, moment)
        for row, action in zip(rows.tolist(), decisions.action.tolist(), strict=True):
            lived[row].append((day, action))
        for name, array in decisions.position_next.items():
            kept = position.setdefault(name, nothing_yet(array))
            kept[rows] = array
    return lived


def crowd(customers):
    def spread(*values):
        return [values[index % len(values)] for index in range(CUSTOMERS)]

    balances = [float(5_000 + 9_973 * (index % 60)) for index in range(CUSTOMERS)]
    return customers(
        CUSTOMERS,
        balance_overdue_cents=balances,
        balance_open_cents=balances,
        p_roll=spread(0.8, 0.3, 0.6, None, 0.1),
        p_self_cure=spread(0.05, 0.2, None),
        product=spread("utility", "telecom", "card", "personal_loan"),
        kind=spread("person", "person", "person", "company"),
        p_response_call=spread(0.35, 0.10, None),
        p_response_whatsapp=spread(0.25, 0.10),
        payments_90d=0,
        is_placed=0,
    )


def today(people, who, day):
    late = (who % np.uint64(90)).astype(np.float64) + day
    letters = np.where(draw(who, "no letters", 0, 5) < 0.2, 0.0, 1.0)
    promised = (draw(who, "promised", day // 5, 5) < 0.1) * 1.0
    return people | {
        "days_past_due": late,
        "has_paid_claim": (draw(who, "claimed", day // 4, 5) < 0.08) * 1.0,
        "has_open_dispute": (draw(who, "disputed", day // 9, 5) < 0.06) * 1.0,
        "has_open_promise": promised,
        "days_to_promise": np.where(promised > 0, 4.0 - day % 5, np.nan),
        "consent_letter": letters,
        "consent_email": (draw(who, "no e-mail", day // 20, 5) > 0.2) * 1.0,
    }


def nothing_yet(array):
    empty = None if array.dtype == object else np.nan
    return np.full(CUSTOMERS, empty, dtype=array.dtype)


@pytest.mark.parametrize("act", list(BEFORE))
def test_a_person_is_asked_to_act_only_after_every_notice(lives, act):
    acted = 0
    for life in lives:
        said = [(day, action.partition("/")[2]) for day, action in life]
        for at, (_, action) in enumerate(life):
            if action != act:
                continue
            acted += 1
            before = [name for _, name in said[:at]]
            if act == "task/approve_protest":
                assert any(name in before for name in BEFORE[act]), life[:at]
                continue
            last = -1
            for name in BEFORE[act]:
                assert name in before, (name, life[: at + 1])
                assert before.index(name) > last
                last = before.index(name)
    assert acted >= 3


def test_a_notice_leaves_the_customer_its_time(lives):
    """Two weeks from the first notice to the request to list, however the system slept in between."""
    for life in lives:
        sent = [day for day, action in life if action.endswith("/before_listing_notice")]
        listed = [day for day, action in life if action == "task/list_with_bureau"]
        for day in listed:
            assert day - max(one for one in sent if one < day) >= 10
