"""What a promise is worth: against a slow calculation payment by payment, and against the closed forms of finance."""

import numpy as np
import pytest

from journeys.book.present_value import Terms, annuity, factors, present_value, schedule
from regua.dice import draw, identity

PLAIN = Terms(discount=0.0, first_share=0.0, first_days=0, count=12, interest=0.0)


def slowly(terms, plan, row, rate, break_rate):
    """Add up the payments of one plan one by one, as on paper."""
    value = 0.0
    if plan.first[row]:
        months = terms.first_days / 30
        value += plan.first[row] * (1 - break_rate) ** months / (1 + rate) ** months
    for month in range(1, terms.count + 1):
        paid = plan.last[row] if month == terms.count else plan.instalment[row]
        value += paid * (1 - break_rate) ** month / (1 + rate) ** month
    return value


def pmt(rate, nper, pv):
    """Return the payment of an ordinary annuity (the closed form spreadsheets call PMT)."""
    return pv / nper if rate == 0 else pv * rate * (1 + rate) ** nper / ((1 + rate) ** nper - 1)


def pv(rate, nper, pmt):
    """Return the present value of an ordinary annuity (the closed form spreadsheets call PV)."""
    return pmt * nper if rate == 0 else pmt * (1 - (1 + rate) ** -nper) / rate


def some_terms(count):
    who = identity(np.array([f"terms-{i}" for i in range(count)], dtype=object))

    def chance(name):
        return draw(who, name, 0, 7)

    for row in range(count):
        yield (
            float(np.round(chance("break")[row] * 0.3, 2)),
            Terms(
                discount=float(np.round(chance("discount")[row] * 0.6, 2)),
                first_share=float(np.round(chance("first")[row], 2)),
                first_days=int(chance("days")[row] * 61),
                count=int(chance("count")[row] * 61),
                interest=float(np.round(chance("interest")[row] * 0.03, 3)),
            ),
        )


def test_the_value_is_that_of_every_payment_added_up_by_hand():
    balances = np.array([1.0, 99.0, 30_000.0, 123_457.0, 98_765_432.0])
    for hazard, terms in some_terms(300):
        plan = schedule(terms, balances)
        for break_rate in (0.0, hazard):
            values = present_value(plan, factors(terms, 0.015, break_rate))
            for row, value in enumerate(values):
                assert abs(value - slowly(terms, plan, row, 0.015, break_rate)) <= 0.5 + 1e-6, terms


def test_the_payments_are_whole_cents_and_add_up_to_what_is_owed():
    balances = np.array([1.0, 100.0, 12_345.0, 10_000_001.0])
    for _, terms in some_terms(300):
        plan = schedule(terms, balances)
        for cents in (plan.saved, plan.first, plan.instalment, plan.last):
            assert (cents == np.rint(cents)).all()
            assert (cents >= 0).all()
        paid = plan.saved + plan.first + plan.instalment * max(terms.count - 1, 0) + plan.last
        if terms.interest == 0 or terms.count == 0:
            assert (paid == balances).all()
        else:
            assert (paid >= balances).all()


@pytest.mark.parametrize("count", [1, 3, 12, 60])
@pytest.mark.parametrize("interest", [0.0, 0.005, 0.02])
def test_the_instalment_is_the_constant_annuity(count, interest):
    assert annuity(count, interest) == pytest.approx(pmt(interest, count, 1.0), rel=1e-12)


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.025])
def test_a_plan_that_never_breaks_is_worth_the_closed_form(rate):
    plan = schedule(PLAIN, np.array([1_200_000.0]))
    assert present_value(plan, factors(PLAIN, rate, 0.0))[0] == pytest.approx(pv(rate, 12, 100_000.0), abs=0.5)


def test_a_plan_at_the_price_of_money_is_worth_what_is_owed():
    terms = Terms(discount=0.0, first_share=0.0, first_days=0, count=24, interest=0.015)
    assert present_value(schedule(terms, np.array([1_000_000.0])), factors(terms, 0.015, 0.0))[0] == pytest.approx(
        1e6, abs=24
    )


def test_breaking_is_discounting_by_the_chance_to_last():
    plan = schedule(PLAIN, np.array([1_200_000.0]))
    as_rate = (1 + 0.01) / (1 - 0.08) - 1
    assert present_value(plan, factors(PLAIN, 0.01, 0.08))[0] == pytest.approx(pv(as_rate, 12, 100_000.0), abs=0.5)


def test_a_discount_paid_at_once_is_worth_what_is_paid():
    terms = Terms(discount=0.1, first_share=1.0, first_days=0, count=0, interest=0.0)
    assert present_value(schedule(terms, np.array([5_000.0])), factors(terms, 0.02, 0.0))[0] == 4_500


def test_one_amount_is_worth_what_it_is_worth_among_many():
    balances = np.array([1.0, 99.0, 30_000.0, 123_457.0, 98_765_432.0])
    for hazard, terms in some_terms(300):
        weights = factors(terms, 0.015, hazard)
        plans = schedule(terms, balances)
        values = present_value(plans, weights)
        for row, balance in enumerate(balances.tolist()):
            plan = schedule(terms, balance)
            alone = (plan.saved, plan.first, plan.instalment, plan.last, plan.largest, present_value(plan, weights))
            among = (plans.saved, plans.first, plans.instalment, plans.last, plans.largest, values)
            assert alone == tuple(column[row] for column in among)
