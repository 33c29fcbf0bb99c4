from datetime import UTC, date, datetime

import numpy as np
import pytest

from features import sources
from regua.clock import DEFAULT_ZONE
from training.cases import arrears, channel_response, roll_risk, self_cure
from training.cases.labels import Window

MOMENT = np.array(["2026-03-10T12:00"], "datetime64[us]")
MONTH, FORTNIGHT, WEEK = Window(0, 30), Window(0, 15), Window(0, 7)


@pytest.fixture
def ask(settings):
    """Label one contract observed on 10 March 2026 at noon, and say why if it has no label."""

    def answer(model, contract="c", window=MONTH, **more):
        one = np.array([contract], object)
        with sources.open_tables(settings) as connection:
            if model == "roll_risk":
                found = roll_risk.label(connection, one, MOMENT, window, DEFAULT_ZONE)
            elif model == "self_cure":
                found = self_cure.label(connection, one, "owner of " + one, MOMENT, window, DEFAULT_ZONE)
            else:
                propensity = np.array([more.get("propensity", 0.1)])
                found = channel_response.label(connection, one, MOMENT, propensity, window, weight_maximum=20)
        return found.excluded[0] or found.label[0]

    return answer


def test_a_contract_that_is_left_unpaid_rolls_into_a_worse_bucket(ask, invoice):
    invoice("c", "2026-03-01")
    assert ask("roll_risk") == 1


def test_a_contract_that_is_paid_does_not_roll(ask, invoice, payment):
    invoice("c", "2026-03-01")
    payment("c", "2026-03-20T10:00")
    assert ask("roll_risk") == 0


def test_a_new_bill_left_unpaid_does_not_make_paid_arrears_worse(ask, invoice, payment):
    invoice("c", "2026-03-01")
    invoice("c", "2026-04-01")
    payment("c", "2026-03-20T10:00", invoice="2026-03-01")
    assert ask("roll_risk") == 0


def test_a_payment_known_only_after_the_window_did_not_happen_for_the_label(ask, invoice, payment):
    invoice("c", "2026-03-01")
    payment("c", "2026-04-09T10:00", known_at="2026-04-09T12:01")
    assert ask("roll_risk") == 1


def test_a_payment_known_as_the_window_closes_counts(ask, invoice, payment):
    invoice("c", "2026-03-01")
    payment("c", "2026-04-09T10:00", known_at="2026-04-09T12:00")
    assert ask("roll_risk") == 0


def test_a_contract_in_the_last_bucket_cannot_roll(ask, invoice):
    invoice("c", "2025-11-01")
    assert ask("roll_risk") == "in_the_last_bucket"


def test_a_contract_that_owes_nothing_is_not_asked(ask, invoice):
    invoice("c", "2026-03-20")
    assert ask("roll_risk") == "not_in_arrears"
    assert ask("self_cure", window=FORTNIGHT) == "not_in_arrears"


def test_paying_all_arrears_in_peace_is_a_self_cure(ask, invoice, payment, contact):
    invoice("c", "2026-02-01")
    invoice("c", "2026-03-01")
    payment("c", "2026-03-15T10:00", amount_cents=20_000)
    contact("c", "2026-03-16T10:00")
    contact("c", "2026-03-10T11:00")
    assert ask("self_cure", window=FORTNIGHT) == 1


def test_paying_a_part_is_no_cure(ask, invoice, payment):
    invoice("c", "2026-03-01")
    payment("c", "2026-03-15T10:00", amount_cents=9_999)
    assert ask("self_cure", window=FORTNIGHT) == 0


def test_a_bill_that_falls_due_later_does_not_undo_a_cure(ask, invoice, payment):
    invoice("c", "2026-03-01")
    invoice("c", "2026-03-12")
    payment("c", "2026-03-15T10:00")
    assert ask("self_cure", window=FORTNIGHT) == 1


def test_a_case_contacted_before_it_paid_says_nothing_of_self_cure(ask, invoice, payment, contact):
    invoice("c", "2026-03-01")
    contact("c", "2026-03-14T10:00")
    payment("c", "2026-03-15T10:00")
    assert ask("self_cure", window=FORTNIGHT) == "contacted"


def test_arrears_that_were_cancelled_are_not_cured(ask, invoice):
    invoice("c", "2026-03-01", cancelled_at=datetime.fromisoformat("2026-03-12"))
    assert ask("self_cure", window=FORTNIGHT) == "written_off"


def test_a_payment_or_a_promise_within_the_week_answers_a_contact(ask, put, invoice, payment):
    invoice("c", "2026-03-01")
    payment("c", "2026-03-17T12:00", amount_cents=1)
    assert ask("channel_response", window=WEEK) == 1
    invoice("d", "2026-03-01")
    promise = {"promise_id": "p", "customer_id": "owner of d", "contract_id": "d", "amount_cents": 5_000}
    put("promises", promise | {"promised_for": date(2026, 3, 30), "happened_at": datetime.fromisoformat("2026-03-11")})
    assert ask("channel_response", "d", WEEK) == 1


@pytest.mark.parametrize("paid_at", ["2026-03-10T12:00", "2026-03-17T12:01"])
def test_money_that_came_before_the_contact_or_after_the_week_is_no_answer(ask, invoice, payment, paid_at):
    invoice("c", "2026-03-01")
    payment("c", paid_at)
    assert ask("channel_response", window=WEEK) == 0


@pytest.mark.parametrize("propensity", [np.nan, 0.0])
def test_a_choice_without_a_propensity_cannot_be_weighted(ask, invoice, propensity):
    invoice("c", "2026-03-01")
    assert ask("channel_response", window=WEEK, propensity=propensity) == "no_propensity"


def test_rare_choices_weigh_more_but_not_without_limit(settings, invoice):
    invoice("c", "2026-03-01")
    three = np.repeat(np.array(["c"], object), 3)
    with sources.open_tables(settings) as connection:
        found = channel_response.label(
            connection, three, np.repeat(MOMENT, 3), np.array([0.9, 0.1, 0.001]), WEEK, weight_maximum=20
        )
    assert found.weight == pytest.approx([1 / 0.9, 10, 20])


def test_money_that_names_no_bill_pays_the_oldest(settings, invoice, payment):
    invoice("c", "2026-01-01")
    invoice("c", "2026-02-01")
    payment("c", "2026-03-01T10:00", amount_cents=15_000)
    day = np.array(["2026-03-10"], "datetime64[D]")
    asked = {"row": [0], "contract_id": ["c"], "at": MOMENT, "today": day, "due_before": day}
    with sources.open_tables(settings) as connection:
        found = arrears.at(connection, arrears.pa.table(asked)).to_pylist()
    assert found == [{"row": 0, "days_past_due": 37.0, "overdue_cents": 5_000.0}]


def test_a_window_is_closed_when_its_last_moment_has_passed():
    observed = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert not Window(1, 29).closed(observed, datetime(2026, 4, 9, 11, 59, tzinfo=UTC))
    assert Window(1, 29).closed(observed, datetime(2026, 4, 9, 12, tzinfo=UTC))
