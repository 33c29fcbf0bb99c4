"""Nobody is offered, or asked for, what would not leave enough to live on: the whole way through a decision."""

import numpy as np
import pytest

from journeys.book import HOME, sources
from journeys.guardrails import REGISTER, affordability
from journeys.kernel import decide
from regua.vocabulary import HOLD_BIT, HoldKind

OVER_INDEBTED = float(HOLD_BIT[HoldKind.OVER_INDEBTED])
JOURNEY = """\
journey: asking
version: 1
title: {pt-BR: "Pedido", en: "Asking"}
purpose: {pt-BR: "Um pedido.", en: "One request."}
priority: 600
enter: days_past_due > 0
leave:
  cured: balance_overdue = 0
steps:
  - day: 0
    try: [sms/pay_link]
"""


@pytest.fixture(scope="module")
def asking(written):
    """One journey of one request to pay; with the offers named, and any file of the book changed."""

    def make(*offers, **changed):
        return written({"asking": JOURNEY + (f"    offer: [{', '.join(offers)}]\n" if offers else "")}, **changed)

    return make


def asked(book, customers, tuesday, **changes):
    told = decide(customers(**({"days_past_due": 100, "p_roll": 0.9, "p_self_cure": 0.1} | changes)), book, tuesday)
    offer = book.offer_names[told.offer[0]]
    return next(iter(told.records(["d"], {}))), None if told.offer[0] < 0 else offer


@pytest.mark.parametrize(("income", "offer"), [(1_440_00, "discount_60"), (1_439_99, None), (None, "discount_60")])
def test_a_payment_at_once_leaves_the_floor_or_is_not_offered(asking, customers, tuesday, income, offer):
    # R$ 2.100,00 less 60% is R$ 840,00; the income not declared is assumed by its band.
    owing = {"balance_overdue_cents": 2_100_00, "days_past_due": 200, "income_band": "medium"}
    book = asking("discount_60")
    assert asked(book, customers, tuesday, declared_income_cents=income, **owing)[1] == offer


def test_who_cannot_pay_at_once_is_offered_what_can_be_paid(asking, customers, tuesday):
    owing = {"balance_overdue_cents": 5_000_00, "income_band": "low", "declared_income_cents": 2_000_00}
    book = asking("discount_40", "plan_24_low_entry")
    record, offer = asked(book, customers, tuesday, **owing)
    assert offer == "plan_24_low_entry"
    assert record.action == "sms/pay_link"


@pytest.mark.parametrize(("balance", "is_asked"), [(1_000_00, True), (1_000_01, False)])
def test_the_over_indebted_are_asked_for_what_their_assumed_income_leaves(
    asking, customers, tuesday, balance, is_asked
):
    # Assumed R$ 1.600,00 a month less the floor of R$ 600,00; the hold itself stops requests, so the rule is read here.
    held = {"hold_bits": OVER_INDEBTED, "balance_overdue_cents": balance, "income_band": None}
    record, offer = asked(asking(), customers, tuesday, **held)
    stopped = record.alternatives[0].blocked_by
    assert offer is None
    assert record.action == "nothing"
    assert ("affordability" in stopped) == (not is_asked)
    assert ("BR-SUPER-FLOOR" in record.alternatives[0].rules) == (not is_asked)


def test_a_pause_asks_for_nothing_however_small_the_income(asking, customers, tuesday):
    poor = {"declared_income_cents": 400_00, "ability_band": "low", "days_past_due": 20}
    record, offer = asked(asking("pause_30"), customers, tuesday, **poor)
    assert (record.action, offer) == ("sms/pay_link", "pause_30")


def test_a_higher_floor_of_the_house_counts_in_the_choice_and_in_the_guardrail(asking, customers, tuesday):
    shipped = sources(HOME)["policies/house.yaml"]
    own = "affordability:\n  - {id: OWN-FLOOR, income_floor: 1500.00, from: 2020-01-01, unit: reais, "
    own += "source: Our own floor,"
    book = asking("plan_6", **{"policies/house": f"{shipped}\n{own} status: unverified}}\n"})
    owing = {"balance_overdue_cents": 1_200_00, "income_band": "low"}
    assert asked(asking("plan_6"), customers, tuesday, **owing)[1] == "plan_6"
    assert asked(book, customers, tuesday, **owing)[1] is None


def test_every_offer_made_to_a_crowd_leaves_a_person_the_floor(book, crowd, tuesday):
    columns = crowd(3_000, world=3)
    who = np.arange(3_000)
    columns |= {
        "income_band": np.array(["low", "medium", "high", None], object)[who % 4],
        "declared_income_cents": np.where(who % 3 == 0, 50_000.0 + who * 40, np.nan),
        "kind": np.array(["person", "company", None], object)[who // 4 % 3],
        "days_past_due": np.where(who % 2, columns["days_past_due"] * 3, columns["days_past_due"]),
    }
    told = decide(columns, book, tuesday)
    made = told.offer >= 0
    payment, income = (told.segments[name] for name in ("offer_payment_cents", "income_cents"))
    assert made.sum() > 20
    assert (payment[made] == payment[made]).all()
    assert ((payment[made] == 0) | (income[made] - payment[made] >= 60_000)).all()
    offered = columns | {name: told.segments[name] for name in ("offer_payment_cents", "income_cents")}
    assert not affordability.stops(offered, book.policies.on(tuesday.date()), tuesday)[made].any()


def test_the_guardrail_stops_an_offer_the_choice_let_through(asking, customers, tuesday, monkeypatch):
    book = asking("plan_6")
    monkeypatch.setattr(type(book.offers), "payment", lambda _, position, balances: balances * 1.0)
    record, _ = asked(book, customers, tuesday, balance_overdue_cents=1_000_01, income_band="low")
    assert record.action == "nothing"
    assert record.alternatives[0].blocked_by == ("affordability",)
    assert record.alternatives[0].blocked_by[0] in REGISTER
