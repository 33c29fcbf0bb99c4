"""Offers: who is eligible, which is chosen, what it costs the house; and what the file may not say."""

import numpy as np
import pytest

from journeys.book import HOME, load
from journeys.book.offers_reading import compile_offers
from journeys.book.present_value import present_value, schedule
from journeys.language.reading import read
from regua.errors import BookError, Place, PredicateError

TEXT = (HOME / "offers.yaml").read_text("utf-8")


@pytest.fixture(scope="module")
def offers():
    return load().offers


@pytest.fixture(scope="module")
def known():
    """Compile the shipped file with a part of it replaced."""
    fields = dict(load().fields)

    def compiled(old="", new=""):
        assert old in TEXT
        return compile_offers(read(TEXT.replace(old, new, 1), "offers.yaml"), fields)

    return compiled


def customers(**changes):
    """An ordinary customer, a hundred days late with R$ 1.200,00; a list gives one value each."""
    ordinary = {
        "customer_balance_overdue_cents": 120_000.0, "days_past_due": 100.0, "p_self_cure": 0.1,
        "self_cure_band": "low", "ability_band": "medium", "income_band": "medium", "kind": "person",
        "is_disaster": 0.0, "hold_over_indebted": 0.0, "hold_time_barred": 0.0,
    }  # fmt: skip
    given = ordinary | changes
    count = max((len(value) for value in given.values() if isinstance(value, list)), default=1)
    columns = {}
    for name, value in given.items():
        values = value if isinstance(value, list) else [value] * count
        is_text = any(isinstance(one, str) for one in values) or name in {"kind", "self_cure_band"}
        columns[name] = np.array(values, object if is_text else np.float64)
    return columns


def chosen(offers, names, **changes):
    which, npv, concession = offers.choose(customers(**changes), np.array([0]), names)
    name = offers.names[which[0]] if which[0] >= 0 else None
    return name, int(npv[0]), int(concession[0])


def test_the_best_of_those_named_is_chosen(offers):
    names = ["discount_10", "plan_6", "plan_12"]
    alone = {name: chosen(offers, [name])[1] for name in names}
    assert chosen(offers, names)[:2] == (max(alone, key=alone.get), max(alone.values()))


def test_of_equals_the_first_named_is_chosen(known):
    twins = known("  plan_12:\n", "  plan_6_again:\n    kind: instalments\n    title: x\n    count: 6\n"
                  "    entry_share: 0.20\n    interest_per_month: 0.01\n    valid: 7d\n"
                  "    taken_by: {low: 0.09, medium: 0.18, high: 0.16, unknown: 0.13}\n"
                  "    break_rate_per_month: 0.09\n  plan_12:\n")  # fmt: skip
    assert chosen(twins, ["plan_6", "plan_6_again"])[0] == "plan_6"
    assert chosen(twins, ["plan_6_again", "plan_6"])[0] == "plan_6_again"


def test_the_value_is_what_making_the_offer_brings(offers):
    offer = offers.of("plan_6", Place())
    plan = schedule(offer.terms, np.array([120_000.0]))
    kept, promised = present_value(plan, offer.kept)[0], present_value(plan, offer.promised)[0]
    assert chosen(offers, ["plan_6"]) == ("plan_6", round(0.18 * kept + 0.82 * 0.1 * 120_000), 120_000 - promised)


def test_a_deeper_discount_must_earn_what_it_gives_up(offers):
    tiers = ["discount_10", "discount_25", "discount_40"]
    assert chosen(offers, tiers, ability_band="high")[0] == "discount_10"
    assert chosen(offers, tiers, ability_band="low")[0] == "discount_40"


def test_who_pays_in_full_unasked_is_offered_no_discount(offers):
    assert chosen(offers, ["discount_10"], self_cure_band="high", p_self_cure=0.7)[0] is None
    assert chosen(offers, ["discount_10"], self_cure_band=None, p_self_cure=np.nan, days_past_due=40)[0] is None
    assert (
        chosen(offers, ["discount_10"], self_cure_band=None, p_self_cure=np.nan, days_past_due=91)[0] == "discount_10"
    )


def test_an_offer_worth_less_than_waiting_is_not_made(offers):
    assert chosen(offers, ["plan_12"], p_self_cure=0.3)[0] == "plan_12"
    assert chosen(offers, ["plan_12"], p_self_cure=0.95)[0] is None


@pytest.mark.parametrize(
    ("declared", "expected"), [(600.0, None), (899.99, None), (900.0, "plan_3"), (np.nan, "plan_3")]
)
def test_an_instalment_leaves_a_person_the_income_floor(offers, declared, expected):
    cents = round(declared * 100) if declared == declared else np.nan
    assert (
        chosen(offers, ["plan_3"], declared_income_cents=cents, customer_balance_overdue_cents=108_000.0)[0] == expected
    )


def test_an_instalment_takes_no_more_than_the_largest_share_of_the_income(offers):
    assert chosen(offers, ["plan_3"], declared_income_cents=2_000_00, customer_balance_overdue_cents=240_000.0)[0]
    assert not chosen(offers, ["plan_3"], declared_income_cents=1_999_99, customer_balance_overdue_cents=240_000.0)[0]


def test_without_any_income_known_the_lowest_is_assumed(offers):
    owing = {"customer_balance_overdue_cents": 240_000.0}
    assert chosen(offers, ["plan_3"], income_band="high", **owing)[0] == "plan_3"
    assert chosen(offers, ["plan_3"], income_band=["x"], **owing)[0] is None


def test_a_company_has_no_existential_minimum_and_no_discount(offers):
    owing = {"kind": "company", "customer_balance_overdue_cents": 9_000_000.0}
    assert chosen(offers, ["discount_10", "invoice_plan_3"], **owing)[0] == "invoice_plan_3"
    assert chosen(offers, ["invoice_plan_3"], customer_balance_overdue_cents=9_000_000.0)[0] is None


def test_the_over_indebted_get_only_what_keeps_the_existential_minimum(offers):
    named = ["discount_10", "plan_6", "plan_24_low_entry", "settlement_30_in_6", "plan_60_minimum"]
    owing = {"customer_balance_overdue_cents": 600_000.0}
    assert chosen(offers, named, hold_over_indebted=1.0, **owing)[0] == "plan_60_minimum"
    assert chosen(offers, named[:-1], hold_over_indebted=1.0, **owing)[0] is None
    assert chosen(offers, named, hold_over_indebted=np.nan, **owing)[0] == "plan_60_minimum"


def test_a_time_barred_debt_is_settled_in_one_payment_or_not_at_all(offers):
    named = [name for name in offers.names if not name.startswith("discount")]
    barred = {"hold_time_barred": 1.0, "days_past_due": 2_000.0}
    assert chosen(offers, named, **barred)[0] is None
    assert chosen(offers, [*named, "discount_40"], **barred)[0] == "discount_40"


def test_no_instalment_is_smaller_than_the_smallest(offers):
    assert chosen(offers, ["plan_3"], customer_balance_overdue_cents=12_000.0)[0] == "plan_3"
    assert chosen(offers, ["plan_3"], customer_balance_overdue_cents=11_999.0)[0] is None


@pytest.mark.parametrize("balance", [0.0, -5.0, np.nan])
def test_nothing_is_offered_where_nothing_is_known_to_be_owed(offers, balance):
    assert chosen(offers, offers.names, customer_balance_overdue_cents=balance) == (None, 0, 0)


def test_before_the_due_date_the_bill_itself_is_moved(offers):
    early = {"customer_balance_overdue_cents": 0.0, "invoice_amount_last_cents": 20_000.0, "days_past_due": -5}
    name, npv, concession = chosen(offers, ["due_date_change"], **early)
    assert (name, concession > 0) == ("due_date_change", True)
    assert 0 < npv < 20_000


def test_one_customer_is_offered_what_a_thousand_are(offers):
    spread = {
        "customer_balance_overdue_cents": [float(100 + 997 * i) for i in range(600)],
        "days_past_due": [float(i % 260) for i in range(600)],
        "ability_band": [("low", "medium", "high", "x")[i % 4] for i in range(600)],
        "self_cure_band": [("low", "medium", "high", None)[i // 4 % 4] for i in range(600)],
        "p_self_cure": [(i % 11) / 11 if i % 5 else np.nan for i in range(600)],
    }
    columns = customers(**spread)
    names = [name for name in offers.names if not name.startswith("pause")]
    which, npv, concession = offers.choose(columns, np.arange(600), names)
    assert len(set(which.tolist())) > 4
    for row in range(600):
        alone = offers.choose(columns, np.array([row]), names)
        assert (which[row], npv[row], concession[row]) == (alone[0][0], alone[1][0], alone[2][0])


def test_a_quote_tells_the_customer_every_payment(offers):
    quote = offers.quote("plan_3", 10_000)
    assert (quote.first_cents, quote.instalments, quote.instalment_cents, quote.last_instalment_cents) == (
        2500,
        3,
        2500,
        2500,
    )
    assert offers.quote("discount_25", 10_000).as_dict()["saved_cents"] == 2_500
    with pytest.raises(BookError, match="did you mean 'plan_3'"):
        offers.quote("plan_33", 10_000)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    discount: 0.10\n", "    discount: 0.75\n", "discount 0.75 is beyond largest_discount 0.60"),
        ("    count: 60\n", "    count: 61\n", "count 61 is beyond most_instalments 60"),
        ("    days: 60d\n", "    days: 61d\n", "days 61d is beyond longest_pause 60d"),
        ("    days: 10d\n", "    days: 31d\n", "days 31d is beyond longest_due_date_change 30d"),
        (
            "    interest_per_month: 0.01\n",
            "    interest_per_month: 0.03\n",
            "is beyond largest_interest_per_month 0.02",
        ),
        ("    valid: 15d\n", "    valid: 31d\n", "valid 31d is beyond longest_validity 30d"),
    ],
)
def test_an_offer_beyond_a_limit_is_refused_with_both_values(known, old, new, said):
    with pytest.raises(BookError, match=r"offers\.yaml:\d+:\d+: ") as refused:
        known(old, new)
    assert said in str(refused.value)
    assert f"see line {refused.value.expected.rsplit(' ', 1)[1]}" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  most_instalments: 60 ", "  most_instalments: 61 ", "less than or equal to 60"),
        ("  longest_pause: 60d", "  longest_pause: 61d", "less than or equal to 60"),
        ("  income_floor: 600.00", "  income_floor: 599.99", "greater than or equal to 60000"),
        ("    count: 3\n", "    cuont: 3\n", "did you mean 'count'"),
        ("    kind: pause\n", "    kind: pauze\n", "offers.pause_30.kind: 'pauze'"),
        ("    days: 10d\n", "", "due_date_change: days is missing"),
        ("    days: 30d\n", "    days: 30d\n    count: 3\n", "count in an offer of kind pause"),
        ("    discount: 0.10\n", "    discount: 0.00\n", "greater than 0"),
        ("  smallest_instalment: 30.00", "  smallest_instalment: 30.005", "an amount such as"),
        ("    valid: 7d\n", "    valid: 7\n", "a number of days such as 7d"),
        ("unknown: 0.10}", "unknown: 1.10}", "less than or equal to 1"),
        ("  discount_10:\n", "  plan_3:\n", "a second time"),
        ("    except: [plan_24_minimum", "    except: [plan_42_minimum", "did you mean 'plan_24_minimum'"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_line(known, old, new, said):
    with pytest.raises(BookError, match=r"offers\.yaml:\d+:\d+: ") as refused:
        known(old, new)
    assert said in str(refused.value)


def test_a_condition_that_names_an_unknown_field_is_refused_where_it_stands(known):
    with pytest.raises(PredicateError, match=r"offers\.yaml:\d+:\d+") as refused:
        known("where: days_past_due <= 15", "where: days_past_do <= 15")
    assert "days_past_due" in str(refused.value)
