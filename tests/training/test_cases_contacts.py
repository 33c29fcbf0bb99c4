"""Contacts whose answer one can tell by looking at the row: late, open, stranger's and opted-out ones among them."""

from datetime import UTC, datetime

import pytest

from models import SPECS
from training.cases import history
from training.cases.registry import CASES
from training.plan import Plan

SENT = "2026-03-10T13:00"  # ten in the morning in São Paulo, a Tuesday
AS_OF = datetime(2026, 4, 30, 9, tzinfo=UTC)


@pytest.fixture
def sent(put):
    """Send one contact; instants are given as text."""

    def write(name, at=SENT, channel="sms", **more):
        moments = {key: datetime.fromisoformat(value) if key.endswith("_at") else value for key, value in more.items()}
        put(
            "contacts",
            {
                "contact_id": name,
                "customer_id": f"c{name}",
                "channel": channel,
                "happened_at": datetime.fromisoformat(at),
            }
            | moments,
        )

    return write


def _labels(cases):
    return dict(zip(cases.customer.tolist(), cases.label.tolist(), strict=True))


def test_a_contact_is_noticed_if_read_within_a_week_and_known_as_of_the_dawn_before(sent, found):
    sent("read", read_at="2026-03-17T13:00")
    sent("late", read_at="2026-03-17T13:01")
    sent("never")
    cases = found("contactability")
    assert _labels(cases) == {"cread": 1, "clate": 0, "cnever": 0}
    assert set(cases.known.astype(str)) == {"2026-03-10T08:00:00.000000"}
    assert cases.arm.tolist() == ["sms"] * 3
    assert cases.counts == {}


def test_a_call_is_noticed_if_the_customer_takes_part(sent, found):
    for outcome in ("right_party", "refused", "promised", "paid_claim", "connected", "none", "wrong_party", "failed"):
        sent(outcome, channel="call", outcome=outcome, outcome_at="2026-03-10T13:02")
    labels = _labels(found("contactability"))
    assert {name for name, label in labels.items() if label} == {
        *("cright_party", "crefused", "cpromised", "cpaid_claim", "cconnected"),
    }


def test_a_stranger_who_reads_it_is_not_the_customer(sent, found):
    sent("stranger", read_at="2026-03-10T14:00", outcome="wrong_party", outcome_at="2026-03-10T15:00")
    assert _labels(found("contactability")) == {"cstranger": 0}


def test_what_training_could_not_have_known_is_counted_and_left_out(sent, found):
    sent("open", at="2026-04-25T13:00", read_at="2026-04-25T14:00")
    sent("told late", known_at="2026-03-17T13:01", read_at="2026-03-10T14:00")
    sent("told in time", known_at="2026-03-17T13:00", read_at="2026-03-10T14:00")
    cases = found("contactability")
    assert _labels(cases) == {"ctold in time": 1}
    assert cases.counts == {"window_open": 1, "known_late": 1}


def test_what_comes_after_training_changes_nothing(sent, found):
    sent("a", read_at="2026-03-12T09:00")
    sent("b", read_at="2026-03-14T09:00")
    before = found("contactability", as_of=datetime(2026, 3, 18, tzinfo=UTC))
    sent("later", at="2026-03-18T13:00", read_at="2026-03-18T13:30")
    after = found("contactability", as_of=datetime(2026, 3, 18, tzinfo=UTC))
    assert _labels(before) == _labels(after) == {"ca": 1, "cb": 1}


def test_who_had_opted_out_of_the_channel_is_not_asked_about(sent, found, put):
    def told(customer, channel, at, *, is_granted=False, known=None):
        put(
            "consents",
            {
                "consent_id": f"{customer} {channel} {at}",
                "customer_id": customer,
                "channel": channel,
                "is_granted": is_granted,
                "happened_at": datetime.fromisoformat(at),
                "known_at": datetime.fromisoformat(known or at),
            },
        )

    for name in ("out", "back", "other", "unheard"):
        sent(name, read_at="2026-03-10T14:00")
    told("cout", "sms", "2026-03-01T09:00")
    told("cback", "sms", "2026-02-01T09:00")
    told("cback", "sms", "2026-03-01T09:00", is_granted=True)
    told("cother", "email", "2026-03-01T09:00")
    told("cunheard", "sms", "2026-03-01T09:00", known="2026-03-11T09:00")
    cases = found("contactability")
    assert set(_labels(cases)) == {"cback", "cother", "cunheard"}
    assert cases.counts == {"opted_out": 1}


def test_contacts_older_than_the_plans_past_are_no_observations(sent, found):
    sent("old", at="2025-01-01T13:00", read_at="2025-01-01T14:00")
    sent("new")
    assert set(_labels(found("contactability", treatment_back_days=90))) == {"cnew"}


def test_a_book_without_contacts_has_no_cases(found):
    for model in ("contactability", "best_time", "complaint_risk"):
        assert len(found(model)) == 0


def test_an_hour_is_met_if_a_message_is_read_within_two_hours(sent, found):
    sent("soon", read_at="2026-03-10T15:00")
    sent("late", read_at="2026-03-10T15:01")
    sent("stranger", read_at="2026-03-10T14:00", outcome="wrong_party", outcome_at="2026-03-10T14:30")
    cases = found("best_time")
    assert _labels(cases) == {"csoon": 1, "clate": 0, "cstranger": 0}
    assert cases.arm.tolist() == ["message"] * 3
    assert cases.extras["slot"].tolist() == [1.0] * 3
    assert cases.extras["weekday"].tolist() == [1.0] * 3


def test_an_hour_is_met_if_the_customer_answers_the_call_in_person(sent, found):
    sent("there", channel="call", outcome="refused", outcome_at="2026-03-10T13:05")
    sent("bot", channel="voice_bot", outcome="right_party", outcome_at="2026-03-10T13:05")
    sent("somebody", channel="call", outcome="connected", outcome_at="2026-03-10T13:05")
    sent("no", channel="call", outcome="none", outcome_at="2026-03-10T13:05", read_at="2026-03-10T13:05")
    cases = found("best_time")
    assert _labels(cases) == {"cthere": 1, "cbot": 1, "csomebody": 0, "cno": 0}
    assert set(cases.arm.tolist()) == {"voice"}


@pytest.mark.parametrize(
    ("at", "slot", "weekday"),
    [("2026-03-10T11:00", 0, 1), ("2026-03-10T22:59", 5, 1), ("2026-03-15T13:30", 1, 6), ("2026-03-10T10:59", None, 1)],
)
def test_slots_are_those_of_the_clock_where_people_live(sent, found, at, slot, weekday):
    sent("a", at=at)
    sent("night", at="2026-03-10T23:00")
    sent("letter", at=at, channel="letter")
    cases = found("best_time")
    assert cases.extras["slot"].tolist() == ([] if slot is None else [float(slot)])
    assert cases.extras["weekday"].tolist() == ([] if slot is None else [float(weekday)])
    assert cases.counts == {"outside_hours": 1 + (slot is None)}


def test_a_customer_is_driven_away_by_an_opt_out_a_complaint_or_a_demand_to_stop(sent, found, put):
    when, after, before = map(datetime.fromisoformat, ("2026-03-20T09:00", "2026-03-24T14:00", "2026-03-09"))
    sent("opted out", outcome="opted_out", outcome_at="2026-03-10T14:00")
    sent("later", outcome="opted_out", outcome_at="2026-03-24T13:01")
    for name in ("withdrew", "granted", "stop", "stop late", "before"):
        sent(name)
    consent = {"channel": "email", "happened_at": when}
    put("consents", {"consent_id": "1", "customer_id": "cwithdrew", "is_granted": False} | consent)
    put("consents", {"consent_id": "2", "customer_id": "cgranted", "is_granted": True} | consent)
    hold = {"kind": "cease_all", "happened_at": when}
    put("holds", {"hold_id": "1", "customer_id": "cstop"} | hold)
    put("holds", {"hold_id": "2", "customer_id": "cstop late", "known_at": after} | hold)
    put("holds", {"hold_id": "3", "customer_id": "cbefore"} | hold | {"happened_at": before})
    labels = _labels(found("complaint_risk"))
    assert {name for name, label in labels.items() if label} == {"copted out", "cwithdrew", "cstop"}
    assert len(labels) == 7


def test_every_contact_of_the_fortnight_before_a_complaint_had_a_part_in_it(sent, found):
    sent("x", at="2026-03-01T13:00")
    sent("y", at="2026-03-08T13:00", customer_id="cx")
    sent("z", at="2026-03-10T13:00", customer_id="cx", outcome="opted_out", outcome_at="2026-03-16T13:00")
    cases = found("complaint_risk")
    assert dict(zip(cases.moment.astype(str), cases.label, strict=True)) == {
        "2026-03-01T13:00:00.000000": 0,
        "2026-03-08T13:00:00.000000": 1,
        "2026-03-10T13:00:00.000000": 1,
    }


def test_nobody_is_learned_from_but_the_drawn(settings, sent):
    sent("mine")
    sent("yours")
    plan = Plan.model_validate({"name": "tiny", "models": {"contactability": {}}})
    with history.opened(settings, plan, AS_OF, ["cmine"], seed=7) as past:
        assert CASES["contactability"](past, SPECS["contactability"]).customer.tolist() == ["cmine"]
