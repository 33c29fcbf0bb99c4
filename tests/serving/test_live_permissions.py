"""What may be done now: consents and holds told late, twice and out of order, and how far the last contact got."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from journeys.language import position
from regua.records import Event
from regua.vocabulary import HOLD_BIT, Channel, EventKind, HoldKind
from serving.deciding.inputs import Inputs
from serving.happenings.live import overlay
from serving.store import Live, Plan, Watermark

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DAWN = MOMENT - timedelta(hours=12)
MINOR = float(HOLD_BIT[HoldKind.MINOR])


def event(kind: EventKind, hours_ago: float, late: float = 0, **fields) -> Event:
    at = MOMENT - timedelta(hours=hours_ago)
    return Event(f"{kind}-{hours_ago}", kind, "ana", at, at + timedelta(hours=late), **fields)


def after(*events: Event, plans=(), stood=None, **known) -> dict[str, float]:
    row = {name: np.array([value], np.float64) for name, value in known.items()}
    inputs = Inputs.fit(row | {"customer_id": np.array(["ana"], object), "contract_id": np.array(["k1"], object)})
    stamps = np.array([DAWN.replace(tzinfo=None)], "datetime64[us]")
    live = Live(Watermark(0), tuple(plans), events, {"ana": stood} if stood else {})
    overlay(inputs.columns, stamps, live, MOMENT, "America/Sao_Paulo")
    return {name: array[0] for name, array in inputs.columns.items()}


def no(hours_ago: float, late: float = 0) -> Event:
    return event(EventKind.OPTED_OUT, hours_ago, late, channel=Channel.SMS)


def yes(hours_ago: float, late: float = 0) -> Event:
    return event(EventKind.OPTED_IN, hours_ago, late, channel=Channel.SMS)


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ([no(2)], 1, 0),
        ([yes(2)], 0, 1),
        ([yes(2, late=1), no(3, late=2.5)], 0, 1),
        ([no(2, late=1), yes(3, late=2.5)], 1, 0),
        ([no(2), yes(2)], 1, 0),
        ([yes(14), no(20, late=10)], 1, 1),
        ([no(14), yes(20, late=10)], 0, 0),
        ([yes(20, late=10)], 0, 0),
        ([yes(20, late=10)], None, 1),
        ([no(20, late=10)], 1, 0),
    ],
    ids=[
        "a no of today", "a yes of today", "the yes came last", "the no came last", "both at once",
        "a late no, older than a yes", "a late yes, older than a no", "a late yes against a no the profile knows",
        "a late yes where nothing was known", "a late no",
    ],
)  # fmt: skip
def test_the_last_word_counts_and_in_doubt_the_no(told, known, expected):
    value = np.nan if known is None else known
    for order in (told, told[::-1]):
        assert after(*order, consent_sms=value)["consent_sms"] == expected


def placed(hours_ago: float, late: float = 0, hold_id: str | None = "h1", **data) -> Event:
    key = {"hold_id": hold_id} if hold_id else {}
    return event(EventKind.HOLD_PLACED, hours_ago, late, data=key | {"kind": "minor"} | data)


def lifted(hours_ago: float, late: float = 0, hold_id: str | None = "h1") -> Event:
    key = {"hold_id": hold_id} if hold_id else {}
    return event(EventKind.HOLD_LIFTED, hours_ago, late, data=key | {"kind": "minor"})


@pytest.mark.parametrize(
    ("told", "known", "repeated", "expected"),
    [
        ([placed(2)], 0, 0, MINOR),
        ([placed(14), lifted(2)], MINOR, 0, 0),
        ([lifted(2)], MINOR, 0, MINOR),
        ([placed(900), lifted(2)], MINOR, 0, 0),
        ([placed(900), lifted(2)], MINOR, MINOR, MINOR),
        ([placed(900, hold_id="h0"), lifted(2)], MINOR, 0, MINOR),
        ([lifted(2), placed(3, late=2)], 0, 0, 0),
        ([placed(5), placed(4, hold_id="h2"), lifted(2)], 0, 0, MINOR),
        ([placed(14, ends_at="2026-03-04T14:59:00Z")], MINOR, 0, 0),
        ([placed(14, ends_at="2026-03-04T15:01:00Z")], MINOR, 0, MINOR),
        ([placed(5), lifted(2)], MINOR, 0, MINOR),
        ([placed(5, ends_at="2026-03-04T14:59:00Z")], MINOR, 0, MINOR),
        ([placed(14), placed(5), lifted(2)], MINOR, 0, 0),
        ([placed(5, hold_id=None), lifted(2, hold_id=None)], 0, 0, 0),
        ([placed(1, hold_id=None), lifted(2, hold_id=None)], 0, 0, MINOR),
        ([lifted(14)], MINOR, 0, MINOR),
        ([placed(5), lifted(4), placed(2)], 0, 0, MINOR),
        ([placed(900), lifted(4), placed(2)], MINOR, 0, MINOR),
        ([lifted(4), placed(2)], 0, 0, MINOR),
        ([placed(5), lifted(4), placed(2), lifted(1)], 0, 0, 0),
        ([placed(5), lifted(4), placed(3.95)], 0, 0, 0),
        ([placed(6, ends_at="2026-03-05"), placed(8, late=5, ends_at="2026-03-04T14:00Z")], 0, 0, MINOR),
        ([placed(6, ends_at="2026-03-05"), placed(6, ends_at="2026-03-04T14:00Z", late=1)], 0, 0, MINOR),
        ([placed(5, late=4, hold_id=None), lifted(2, hold_id=None)], 0, 0, 0),
    ],
    ids=[
        "placed today", "lifted today", "it may be another, not told yet", "placed long ago",
        "one of two lifted", "the log knows of another", "lifted, then told of",
        "the other stays", "ended", "ends soon", "lifted beside another", "ended beside another",
        "told again and lifted", "all of a kind", "placed after it", "what the profile knows",
        "placed again", "one of long ago, placed again", "only the end of the first", "twice over", "clocks apart",
        "an older word told late", "two words at once", "all of a kind, told late",
    ],
)  # fmt: skip
def test_a_hold_that_ended_or_was_lifted_releases_and_no_other(told, known, repeated, expected):
    for order in (told, told[::-1]):
        assert after(*order, hold_bits=known, hold_bits_repeated=repeated)["hold_bits"] == expected


def contact(kind: EventKind, hours_ago: float, late: float = 0, **data) -> Event:
    fields = {"channel": Channel.WHATSAPP, "decision_id": "dec_1", "data": {"contact_id": "k1"} | data}
    return event(kind, hours_ago, late, **fields)


SENT = contact(EventKind.CONTACT_SENT, 4)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([SENT], 1),
        ([SENT, contact(EventKind.CONTACT_ACCEPTED, 3)], 2),
        ([SENT, contact(EventKind.CONTACT_DELIVERED, 3), contact(EventKind.CONTACT_ACCEPTED, 2)], 3),
        ([SENT, contact(EventKind.CONTACT_READ, 3), contact(EventKind.CONTACT_DELIVERED, 2)], 4),
        ([SENT, contact(EventKind.CONTACT_REPLIED, 3)], 5),
        ([SENT, contact(EventKind.CONTACT_ACCEPTED, 3), contact(EventKind.CONTACT_FAILED, 2)], 0),
        ([SENT, contact(EventKind.CONTACT_OUTCOME, 3, outcome="promised")], 5),
        ([SENT, contact(EventKind.CONTACT_OUTCOME, 3, outcome="wrong_party")], 0),
        ([contact(EventKind.CONTACT_READ, 3), contact(EventKind.CONTACT_SENT, 4, late=2)], 4),
    ],
)
def test_a_contact_is_as_far_as_its_last_state_whatever_the_order(told, state):
    for order in (told, told[::-1], [*told, *told]):
        row = after(*order, plans=[Plan("dec_1", "ana", "whatsapp", MOMENT - timedelta(hours=4))], attempts_24h=0)
        assert (row["last_contact_state"], row["hours_since_last_contact"], row["attempts_24h"]) == (state, 4, 1)


def test_a_contact_that_is_only_planned_is_sent_and_one_the_profile_knows_keeps_its_state():
    plan = Plan("dec_2", "ana", "sms", MOMENT - timedelta(hours=1))
    known = {"hours_since_last_contact": 8, "last_contact_state": 4}
    row = after(plans=[plan], **known)
    assert (row["last_contact_state"], row["hours_since_last_contact"]) == (1, 1)
    row = after(event(EventKind.OPTED_IN, 1), **known)
    assert (row["last_contact_state"], row["hours_since_last_contact"]) == (4, 20)


def test_what_left_the_window_since_the_profile_no_longer_counts():
    old = contact(EventKind.CONTACT_SENT, 25)
    row = after(old, attempts_24h=1, attempts_24h_whatsapp=1, attempts_7d=1)
    assert (row["attempts_24h"], row["attempts_24h_whatsapp"], row["attempts_7d"]) == (0, 0, 1)


def test_a_profile_that_forgot_what_the_log_knows_does_not_lower_a_count():
    known = contact(EventKind.CONTACT_SENT, 14)
    assert after(known, attempts_24h=0, attempts_7d=0)["attempts_7d"] == 1
    assert np.isnan(after(known)["attempts_7d"]), "an unknown count stays unknown"


def test_a_call_counts_for_the_contract_it_is_about_or_for_any():
    def call(number: int, contract_id: str | None) -> Event:
        return event(EventKind.CONTACT_SENT, number, channel=Channel.CALL, contract_id=contract_id)

    row = after(call(1, "k1"), call(2, "k2"), call(3, None), contract_calls_7d=0)
    assert row["contract_calls_7d"] == 2


def test_every_column_a_decision_leaves_behind_comes_back():
    stood = {name: float(number) for number, name in enumerate(position.NUMBERS)}
    stood |= {name: f"a {name}" for name in position.TEXTS} | {"journey_entered_on": MOMENT.toordinal() - 3}
    row = after(stood=stood)
    reported = {"last_contact_state", "hours_since_last_contact"}
    expected = {name: value for name, value in stood.items() if name in {*position.NUMBERS, *position.TEXTS} - reported}
    assert {name: row[name] for name in expected} == expected | {"journey_day": 3}


def test_the_age_of_a_hold_follows_it():
    def held(hours_ago: float, name: str, kind=EventKind.HOLD_PLACED, late: float = 0) -> Event:
        return event(kind, hours_ago, late, data={"hold_id": name, "kind": "breathing_space"})

    def age(*told: Event, **known: float) -> float:
        return after(*told, **known)["hold_days_breathing_space"]

    bit = float(HOLD_BIT[HoldKind.BREATHING_SPACE])
    assert age(held(2, "h1")) == 0
    assert age(held(3 * 24, "h1", late=71)) == 3, "it counts from its start, not from when it was told"
    assert age(held(2, "h2"), hold_bits=bit, hold_days_breathing_space=40) == 0, "the latest to begin counts"
    since = held(40 * 24, "h1"), held(1, "h1", EventKind.HOLD_LIFTED)
    assert np.isnan(age(*since, hold_bits=bit, hold_days_breathing_space=40))
    assert age(no(1), hold_bits=bit, hold_days_breathing_space=40) == 40
