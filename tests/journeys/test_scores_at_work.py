"""Every score does something: each test here goes red when the kernel stops using its score."""

import itertools
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeys.book import load
from journeys.book.present_value import factors, monthly, present_value, schedule, spread_over
from journeys.kernel import decide
from journeys.language.fields import FAMILIES, SCORES
from journeys.rulebook.hours import microseconds
from journeys.stages.case import Case
from journeys.stages.segment import segment
from regua.clock import local_date
from regua.errors import Place
from regua.vocabulary import CHANNELS, Channel

ZONE = ZoneInfo("America/Sao_Paulo")


def band(book, columns, moment, name):
    case = Case(columns, book, moment)
    case.add(segment(case))
    return case.columns[name].tolist()


@pytest.mark.parametrize(
    ("score", "name", "grades", "habits"),
    [
        ("p_ability", "ability_band", ["low", "medium", "high", "low"], {"pay_to_due_ratio_6m": 0.10}),
        ("p_willing", "willingness_band", ["low", "medium", "high", "high"], {"partial_payments_12m": 3}),
        ("p_delay", "pre_due_band", ["low", "medium", "high", "high"], {"on_time_share_12m": 0.20}),
        ("p_reach_sms", "contactability_band", ["low", "medium", "high", "high"], {"connects_90d": 2}),
        ("p_break", "break_band", ["low", "medium", "high", None], {}),
    ],
)
@pytest.mark.parametrize("count", [1, 4])
def test_a_band_follows_its_score_and_habits_only_where_there_is_none(
    calm, customers, tuesday, score, name, grades, habits, count
):
    values = [0.01, 0.30, 0.90, None]
    rows = [[value] for value in values] if count == 1 else [values]
    found = [
        grade for each in rows for grade in band(calm, customers(len(each), **{score: each}, **habits), tuesday, name)
    ]
    assert found == grades


def test_a_channel_without_a_contact_point_reaches_nobody(calm, customers, tuesday):
    columns = customers(2, p_reach_sms=0.9, p_reach_email=0.02, has_point_sms=[1, 0])
    assert band(calm, columns, tuesday, "contactability_band") == ["high", "low"]


def test_expected_recovery_is_the_balance_times_the_share(calm, customers, tuesday):
    columns = customers(2, recovery_3m=[0.10, None], recovery_12m=[0.25, None], balance_overdue_cents=40_000)
    case = Case(columns, calm, tuesday)
    found = segment(case)
    assert found["expected_recovery_3m_cents"].tolist()[0] == 4_000
    assert found["expected_recovery_12m_cents"].tolist()[0] == 10_000
    assert np.isnan(found["expected_recovery_12m_cents"][1])


@pytest.mark.parametrize("count", [1, 5])
def test_a_promise_waits_by_its_chance_and_by_earlier_ones_where_none_is_known(calm, customers, tuesday, count):
    chances = [0.9, 0.6, 0.1, None, None]
    habits = {"promise_kept_share_365d": [0.1, 0.1, 0.9, 0.9, 0.1], "promises_kept_365d": [0, 0, 4, 4, 0]}
    for row in range(0, 5, count):
        part = {name: values[row : row + count] for name, values in habits.items()}
        case = Case(customers(count, p_promise_kept=chances[row : row + count], **part), calm, tuesday)
        assert segment(case)["promise_hold_days"].tolist() == [5, 3, 2, 5, 2][row : row + count]


def owing(count=1, **changes):
    """One who owes R$ 1.200,00, a hundred days late."""
    known = {
        "customer_balance_overdue_cents": 120_000.0, "days_past_due": 100.0, "p_self_cure": 0.05,
        "hold_over_indebted": 0.0, "hold_time_barred": 0.0, **changes,
    }  # fmt: skip
    texts = {"self_cure_band": "low", "ability_band": "medium", "income_band": "medium", "kind": "person"}
    return {name: np.full(count, value) for name, value in known.items()} | {
        name: np.full(count, value, dtype=object) for name, value in texts.items()
    }


def npv(offers, name, count, **changes):
    which, values, _ = offers.choose(owing(count, **changes), np.arange(count), [name])
    return None if which[0] < 0 else int(values[0])


@pytest.mark.parametrize("count", [1, 9])
class TestOffers:
    """What an offer is weighed with, for one customer and for many."""

    def test_the_chance_of_taking_it_is_the_model_s_where_it_speaks(self, calm, count):
        offers = calm.offers
        offer = offers.of("discount_25", Place())
        kept, unasked = present_value(schedule(offer.terms, 120_000.0), offer.kept), 0.05 * 120_000
        discounts = [one for one in offers.offers if one.kind == "discount"]
        mean = sum(one.taken_by[1] for one in discounts) / len(discounts)
        taken = 0.30 * offer.taken_by[1] / mean
        assert npv(offers, "discount_25", count) == round(offer.taken_by[1] * kept + (1 - offer.taken_by[1]) * unasked)
        assert npv(offers, "discount_25", count, p_offer_discount=0.30) == round(taken * kept + (1 - taken) * unasked)
        assert npv(offers, "discount_25", count, p_offer_pause=0.9) == npv(offers, "discount_25", count)
        assert npv(offers, "discount_25", count, p_offer_discount=1.0) <= round(kept)

    def test_instalments_break_as_often_as_the_model_says(self, calm, count):
        offers = calm.offers
        offer = offers.of("plan_6", Place())
        own = factors(offer.terms, offers.rate, monthly(0.64, 2))
        kept, taken = present_value(schedule(offer.terms, 120_000.0), own), offer.taken_by[1]
        assert monthly(0.64, 2) == pytest.approx(0.40)
        assert npv(offers, "plan_6", count, p_break=0.64) == round(taken * kept + (1 - taken) * 0.05 * 120_000)
        assert npv(offers, "plan_6", count, p_break=0.01) > npv(offers, "plan_6", count, p_break=0.64)
        assert npv(offers, "discount_25", count, p_break=0.64) == npv(offers, "discount_25", count)

    def test_no_offer_is_worth_the_better_of_cure_and_recovery_at_today_s_money(self, calm, count):
        offers = calm.offers
        offer, rate = offers.of("discount_25", Place()), offers.rate
        kept, taken = present_value(schedule(offer.terms, 120_000.0), offer.kept), offer.taken_by[1]
        share = 0.10 * spread_over(rate, 1, 3) + 0.30 * spread_over(rate, 4, 12)
        expected = round(taken * kept + (1 - taken) * share * 120_000)
        assert npv(offers, "discount_25", count, recovery_3m=0.10, recovery_12m=0.40) == expected
        alone = round(taken * kept + (1 - taken) * 0.40 * spread_over(rate, 1, 12) * 120_000)
        assert npv(offers, "discount_25", count, recovery_12m=0.40) == alone
        assert npv(offers, "discount_25", count, recovery_12m=0.01) == npv(offers, "discount_25", count)
        assert npv(offers, "discount_25", count, recovery_3m=0.70, recovery_12m=0.90) is None


def due(customers, count=1, **changes):
    """Customers with a step due that WhatsApp and others may take."""
    return customers(count, p_self_cure=0.1, p_roll=0.9, days_past_due=1, p_response_whatsapp=0.5, **changes)


@pytest.mark.parametrize("count", [1, 20])
def test_a_family_that_does_harm_is_worth_less_than_no_contact_and_the_record_says_so(calm, customers, tuesday, count):
    plain = decide(due(customers, count), calm, tuesday)
    assert (plain.channel == CHANNELS.index(Channel.WHATSAPP)).all()
    harmed = decide(due(customers, count, uplift_message=-0.02, uplift_letter=-0.5), calm, tuesday)
    assert "uplift" in harmed.reasons[0]
    assert "uplift" not in plain.reasons[0]
    assert (harmed.channel != CHANNELS.index(Channel.WHATSAPP)).all()
    (record,) = itertools.islice(harmed.records(["d"] * count, [{}] * count), 1)
    worth = {one.action.partition("/")[0]: one.value_cents for one in record.alternatives}
    assert worth["whatsapp"] < 0
    told = next(reason for reason in record.reasons if reason.code == "uplift")
    assert told.text == calm.reasons.words["uplift"]
    helped = decide(due(customers, count, uplift_message=0.02), calm, tuesday)
    assert helped.value_cents.tolist() == plain.value_cents.tolist()


def test_every_channel_belongs_to_one_family(calm):
    family = {str(name): FAMILIES[place] for name, place in zip(CHANNELS, calm.economy.families, strict=True)}
    assert family["portal"] == family["sms"] == "message"
    assert family["voice_bot"] == family["call"] == "voice"
    assert family["letter"] == "letter"


@pytest.mark.parametrize("count", [1, 20])
def test_a_contact_harms_by_the_risk_of_a_complaint_where_that_is_more_than_is_assumed(calm, customers, tuesday, count):
    plain = decide(due(customers, count), calm, tuesday)
    risky = decide(due(customers, count, p_complaint=0.50), calm, tuesday)
    mild = decide(due(customers, count, p_complaint=0.0), calm, tuesday)
    channel = CHANNELS.index(Channel.WHATSAPP)
    lost = 0.50 * calm.economy.complaint_cost - calm.economy.harm[channel]
    values = [one.candidates.value_cents[0][one.candidates.channel[0] == channel][0] for one in (plain, risky, mild)]
    assert values[0] - values[1] == pytest.approx(lost, abs=1)
    assert values[2] == values[0]


def sent_at(decisions):
    return decisions.send_at[0].item().replace(tzinfo=ZoneInfo("UTC")).astimezone(ZONE)


@pytest.mark.parametrize("count", [1, 20])
def test_a_contact_goes_out_in_the_best_hours_that_lie_ahead(calm, customers, tuesday, count):
    for hour, expected in ((8, time(10)), (10, time(10)), (16, time(16))):
        assert sent_at(decide(due(customers, count, best_hour_message=hour), calm, tuesday)).time() == expected
    voice = sent_at(decide(due(customers, count, best_hour_voice=16), calm, tuesday))
    assert voice.time() == time(10)


def test_a_best_hour_outside_the_permitted_ones_moves_nobody(calm, customers, tuesday):
    for hour in (0, 6, 20, 22):
        assert sent_at(decide(due(customers, best_hour_message=hour), calm, tuesday)).time() == time(10)


SHIPPED = load().without_chance()


@settings(max_examples=40, deadline=None)
@given(
    hour=st.integers(0, 22),
    minutes=st.integers(0, 24 * 60 - 1),
    day=st.integers(0, 30),
    region=st.sampled_from(["SP", "RJ", "AM", "XX", None, "GB-ENG", "US-CA"]),
)
def test_no_best_hour_ever_widens_a_permission(customers, hour, minutes, day, region):
    moment = datetime(2026, 3, 3, tzinfo=ZoneInfo("UTC")) + timedelta(days=day, minutes=minutes)
    columns = due(customers, 1, best_hour_message=float(hour), best_hour_voice=float(hour))
    columns["region"] = np.array([region], dtype=object)
    plain = decide({name: array for name, array in columns.items() if "best_hour" not in name}, SHIPPED, moment)
    found = decide(columns, SHIPPED, moment)
    assert found.action.tolist() == plain.action.tolist()
    if found.channel[0] < 0:
        assert np.isnat(found.send_at[0])
        return
    hours, code = SHIPPED.policies.hours, int(found.region_code[0])
    at = int(found.send_at[0].astype(np.int64))
    assert microseconds(moment) <= int(plain.send_at[0].astype(np.int64)) <= at < hours.end_of_day(moment)
    assert hours.within(code, int(found.channel[0]), local_date(moment), at, at + 1) == at


def test_every_score_is_asked_somewhere_in_the_kernel(calm):
    read = calm.fields_read | calm.offers.columns | {one.times for one in calm.segments.amounts}
    weighed = {name for name in SCORES if name.startswith(("p_response_", "p_reach_", "uplift_", "best_hour_"))}
    assert set(SCORES) <= read | weighed | {"p_complaint"}
