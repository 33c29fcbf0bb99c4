"""The answers of four questions, by cases one can reckon by head; every moment is 10 March 2026, nine in São Paulo."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from features import sources
from models import SPECS
from regua.clock import DEFAULT_ZONE
from training.cases import ability_to_pay, engagement, history, pre_due_delay, promise_kept
from training.cases.labels import Window
from training.cases.registry import CASES
from training.plan import Plan

MOMENT = np.array(["2026-03-10T12:00"], "datetime64[us]")
AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
SINCE = datetime.fromisoformat("2020-01-01")
ONE = np.array(["c"], object)


@pytest.fixture
def late(settings):
    """Say whether the invoice of contract c due on a day is late."""

    def answer(due_on):
        with sources.open_tables(settings) as connection:
            due = np.array([due_on], "datetime64[D]")
            found = pre_due_delay.label(connection, ONE, MOMENT, due, 5, DEFAULT_ZONE)
        return found.excluded[0] or found.label[0]

    return answer


def test_an_invoice_unpaid_five_days_after_it_was_due_is_late(late, invoice, payment):
    invoice("c", "2026-03-13")
    assert late("2026-03-13") == 1
    payment("c", "2026-03-18T11:00", invoice="2026-03-13")
    assert late("2026-03-13") == 0


def test_a_payment_after_the_fifth_day_is_late_and_so_is_one_nobody_knew_of(late, invoice, payment):
    invoice("c", "2026-03-13")
    payment("c", "2026-03-18T11:00", invoice="2026-03-13", known_at="2026-03-18T12:01")
    assert late("2026-03-13") == 1


def test_an_invoice_paid_early_or_cancelled_says_nothing(late, invoice, payment):
    invoice("c", "2026-03-13")
    payment("c", "2026-03-09T11:00")
    assert late("2026-03-13") == "paid_early"
    invoice("c", "2026-03-16", cancelled_at=datetime.fromisoformat("2026-03-14"))
    assert late("2026-03-16") == "cancelled"


def test_another_invoice_due_later_does_not_make_this_one_late(late, invoice, payment):
    invoice("c", "2026-03-13")
    invoice("c", "2026-03-15")
    payment("c", "2026-03-14T11:00", invoice="2026-03-13")
    assert late("2026-03-13") == 0


@pytest.fixture
def able(settings):
    def answer():
        with sources.open_tables(settings) as connection:
            found = ability_to_pay.label(connection, ONE, MOMENT, Window(0, 60), DEFAULT_ZONE)
        return found.excluded[0] or found.label[0]

    return answer


def test_half_of_the_arrears_shows_the_means(able, invoice, payment):
    invoice("c", "2026-03-01")
    payment("c", "2026-03-20T10:00", amount_cents=4_999)
    assert able() == 0
    payment("c", "2026-03-21T10:00", amount_cents=1)
    assert able() == 1


def test_money_for_a_later_invoice_is_not_money_for_the_arrears(able, invoice, payment):
    invoice("c", "2026-03-01")
    invoice("c", "2026-04-01")
    payment("c", "2026-04-01T10:00", invoice="2026-04-01")
    assert able() == 0


def test_arrears_that_were_cancelled_show_no_means(able, invoice):
    invoice("c", "2026-03-01", cancelled_at=datetime.fromisoformat("2026-03-20"))
    assert able() == "written_off"


@pytest.mark.parametrize(
    ("at", "days", "is_reached"), [("2026-03-04", 7, True), ("2026-03-02", 7, False), ("2026-03-11", 7, False)]
)
def test_only_a_reading_of_the_last_days_that_had_happened_counts_as_reached(settings, put, at, days, is_reached):
    sent = {"contact_id": "x", "customer_id": "owner of c", "channel": "sms", "read_at": datetime.fromisoformat(at)}
    put("contacts", sent | {"happened_at": datetime.fromisoformat("2026-03-01")})
    with sources.open_tables(settings) as connection:
        owner = "owner of " + ONE
        assert engagement.reached(connection, owner, MOMENT, days).tolist() == [is_reached]
        assert engagement.engaged(connection, owner, MOMENT, days).tolist() == [is_reached]


def test_a_payment_is_engagement_but_nobody_was_reached(settings, payment):
    payment("c", "2026-03-08T10:00")
    with sources.open_tables(settings) as connection:
        assert engagement.engaged(connection, "owner of " + ONE, MOMENT, 7).tolist() == [True]
        assert engagement.reached(connection, "owner of " + ONE, MOMENT, 7).tolist() == [False]


@pytest.fixture
def promise(put):
    """Promise 100 for Thursday 2 April 2026, the eve of Good Friday."""

    def write(made="2026-03-25T15:00", promised_for=date(2026, 4, 2), **more):
        put(
            "promises",
            {
                "promise_id": "p",
                "customer_id": "owner of c",
                "contract_id": "c",
                "amount_cents": 10_000,
                "promised_for": promised_for,
                "happened_at": datetime.fromisoformat(made),
            }
            | more,
        )
        put("customers", {"customer_id": "owner of c", "region": "SP", "happened_at": SINCE})

    return write


@pytest.fixture
def kept(settings):
    plan = Plan.model_validate({"name": "promises", "models": {"promise_kept": {}}})

    def answer(as_of=AS_OF):
        with history.opened(settings, plan, as_of, seed=7) as past:
            found = CASES["promise_kept"](past, SPECS["promise_kept"])
        return found.label[0] if len(found) else next(iter(found.counts))

    return answer


@pytest.mark.parametrize(("paid_at", "label"), [("2026-04-07T23:00", 1), ("2026-04-08T04:00", 0)])
def test_two_business_days_leave_out_the_weekend_and_good_friday(kept, promise, payment, paid_at, label):
    promise()
    payment("c", paid_at, amount_cents=9_000)
    assert kept() == label


def test_less_than_nine_tenths_breaks_a_promise(kept, promise, payment):
    promise()
    payment("c", "2026-04-01T12:00", amount_cents=8_999)
    assert kept() == 0


def test_a_promise_fulfilled_before_the_next_dawn_is_not_asked_about(kept, promise, payment):
    promise()
    payment("c", "2026-03-25T18:00")
    assert kept() == "settled_at_once"


def test_a_promise_withdrawn_is_neither_kept_nor_broken(kept, promise):
    promise(resolution="cancelled", resolved_at=datetime.fromisoformat("2026-03-30"))
    assert kept() == "cancelled"


def test_a_promise_whose_day_has_not_come_is_still_open(kept, promise):
    promise()
    assert kept(datetime(2026, 4, 7, 12, tzinfo=UTC)) == "window_open"


def test_a_promise_for_next_season_is_too_far_ahead(kept, promise):
    promise(promised_for=date(2026, 5, 30))
    assert kept() == "promised_too_far"


def test_a_promise_for_a_day_long_past_is_no_promise(kept, promise):
    promise(promised_for=date(2026, 3, 2))
    assert kept() == "promised_for_the_past"


def test_the_next_dawn_is_never_before_the_promise():
    at = np.array(["2026-03-25T07:59", "2026-03-25T08:00", "2026-03-25T08:01"], "datetime64[us]")
    assert [day.day for day in promise_kept.next_dawns(at, DEFAULT_ZONE).tolist()] == [25, 25, 26]
