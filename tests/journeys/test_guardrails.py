"""Each rule at its boundary: the last contact that passes, the first that does not, and what is not known."""

import numpy as np
import pytest

from journeys.guardrails import (
    REGISTER,
    consent,
    contact_point,
    frequency,
    holds,
    identity,
    kill_switch,
    profile_known,
    service_sound,
    slot,
    suspect_invoice,
    vulnerable,
    wording,
)
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, HoldKind

COLLECTION, SERVICE = np.array([0]), np.array([1])


def stops(rule, columns, policy, moment):
    found = rule.stops(columns, policy, moment)
    assert found.shape == (1, len(CHANNELS))
    assert found.dtype == np.bool_
    return {channel for index, channel in enumerate(CHANNELS) if found[0, index]}


def test_an_ordinary_customer_is_stopped_by_nothing(customers, policy, tuesday):
    for name, rule in REGISTER.items():
        assert not stops(rule, customers(), policy, tuesday), name


@pytest.mark.parametrize(
    ("column", "last", "channels"),
    [
        ("attempts_1d_call", 0, {Channel.CALL}),
        ("attempts_1d_sms", 0, {Channel.SMS}),
        ("attempts_7d_call", 2, {Channel.CALL}),
        ("attempts_7d_email", 2, {Channel.EMAIL}),
        ("attempts_7d_letter", 0, {Channel.LETTER}),
        ("attempts_1d", 1, set(CHANNELS)),
        ("attempts_7d", 6, set(CHANNELS)),
    ],
)
def test_the_last_permitted_contact_passes_and_the_next_does_not(customers, policy, tuesday, column, last, channels):
    assert not stops(frequency, customers(**{column: last}), policy, tuesday)
    assert stops(frequency, customers(**{column: last + 1}), policy, tuesday) == channels
    assert stops(frequency, customers(**{column: None}), policy, tuesday) == channels, "an unknown count"


def test_whatsapp_needs_a_yes_and_every_no_is_honoured(customers, policy, tuesday):
    never_asked = customers(**{f"consent_{channel}": None for channel in CHANNELS})
    in_need_of_a_yes = {Channel.WHATSAPP, Channel.LINE, Channel.TELEGRAM, Channel.RCS}
    assert stops(consent, never_asked, policy, tuesday) == in_need_of_a_yes, "what no rule names needs a yes as well"
    refused = customers(**{f"consent_{channel}": 0 for channel in CHANNELS})
    assert stops(consent, refused, policy, tuesday) == set(CHANNELS)


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_without_a_known_point_is_not_used(customers, policy, tuesday, channel):
    for value in (0, None):
        assert stops(contact_point, customers(**{f"has_point_{channel}": value}), policy, tuesday) == {channel}


OF_THEIR_OWN = {
    HoldKind.WRONG_PARTY: identity,
    HoldKind.VULNERABLE: vulnerable,
    HoldKind.SUSPECT_INVOICE: suspect_invoice,
    HoldKind.TIME_BARRED: wording,
}


@pytest.mark.parametrize("kind", HoldKind)
def test_every_hold_stops_what_the_law_or_the_house_says_by_one_guardrail(customers, policy, tuesday, kind):
    held = customers(hold_bits=HOLD_BIT[kind])
    answering = OF_THEIR_OWN.get(kind, holds)
    left = set(CHANNELS) if kind is HoldKind.TIME_BARRED else set()
    if kind is HoldKind.VULNERABLE:
        left = {Channel.CALL, Channel.LETTER}
    assert stops(answering, held, policy, tuesday) == set(CHANNELS) - left
    for rule in {holds, *OF_THEIR_OWN.values()} - {answering}:
        assert not stops(rule, held, policy, tuesday), "each hold has one guardrail that answers for it"


def test_a_service_message_passes_a_claim_of_payment_but_not_a_demand_for_silence(customers, policy, tuesday):
    claimed = customers(hold_bits=HOLD_BIT[HoldKind.PAID_CLAIM_PENDING]) | {"purpose": SERVICE}
    assert not stops(holds, claimed, policy, tuesday)
    silent = customers(hold_bits=HOLD_BIT[HoldKind.CEASE_ALL]) | {"purpose": SERVICE}
    assert stops(holds, silent, policy, tuesday) == set(CHANNELS)


@pytest.mark.parametrize("name", ["has_open_dispute", "has_paid_claim", "is_placed", "is_disaster"])
def test_what_the_profile_shows_holds_even_if_nobody_entered_it(customers, policy, tuesday, name):
    assert stops(holds, customers(**{name: 1}), policy, tuesday) == set(CHANNELS)
    assert not stops(holds, customers(**{name: 0}), policy, tuesday)
    assert not stops(holds, customers(**{name: None}), policy, tuesday)


def test_a_promise_holds_until_its_grace_is_over(customers, policy, tuesday):
    for days, is_held in ((5, True), (0, True), (-2, True), (-3, False), (None, True)):
        promised = customers(has_open_promise=1, days_to_promise=days)
        assert bool(stops(holds, promised, policy, tuesday)) is is_held, days


def test_an_invoice_that_may_be_wrong_is_not_collected(customers, policy, tuesday):
    entered = customers(hold_bits=HOLD_BIT[HoldKind.SUSPECT_INVOICE])
    assert stops(suspect_invoice, entered, policy, tuesday) == set(CHANNELS)
    assert not stops(holds, entered, policy, tuesday), "each rule answers for itself"
    assert stops(suspect_invoice, customers(suspect_invoices=1), policy, tuesday) == set(CHANNELS)
    assert not stops(suspect_invoice, customers(suspect_invoices=0), policy, tuesday)
    assert not stops(suspect_invoice, customers(suspect_invoices=1) | {"purpose": SERVICE}, policy, tuesday)


@pytest.mark.parametrize("name", ["customer_balance_overdue_cents", "attempts_1d", "attempts_7d", "hold_bits"])
def test_a_critical_figure_that_is_missing_stops_everything(customers, policy, tuesday, name):
    assert stops(profile_known, customers(**{name: None}), policy, tuesday) == set(CHANNELS)


def test_no_profile_no_contact(customers, policy, tuesday):
    assert stops(profile_known, customers(has_profile=0), policy, tuesday) == set(CHANNELS)


def test_every_rule_sets_its_own_bit_even_where_another_has_stopped_the_contact(customers, tuesday):
    from journeys.book import HOME, compile_book, sources
    from journeys.kernel import decide

    kinds = (HoldKind.CEASE_ALL, HoldKind.WRONG_PARTY, HoldKind.VULNERABLE, HoldKind.OVER_INDEBTED)
    everything_wrong = customers(
        hold_bits=sum(HOLD_BIT[kind] for kind in kinds), attempts_1d=9, suspect_invoices=1, p_roll=0.9,
        balance_overdue_cents=500_000,
        **{f"consent_{channel}": 0 for channel in CHANNELS}, **{f"has_point_{channel}": 0 for channel in CHANNELS},
        **{f"health_{channel}": 1 for channel in CHANNELS}, slots_held=1,
        service_stops=1, kill_switches="portfolio:main",
    )  # fmt: skip
    night = tuesday.replace(hour=23, minute=30)
    kept = {name: text for name, text in sources(HOME).items() if "catalog" not in name or "early_assertive" in name}
    decisions = decide(everything_wrong, compile_book(kept).without_chance(), night)
    quiet = {"profile_known", "spacing", "wording"}
    offered = decisions.candidates.channel[0] >= 0
    every_bit = sum(rule.BIT for name, rule in REGISTER.items() if name not in quiet)
    assert (decisions.candidates.blocked[0][offered] == every_bit).all()
    assert {f"blocked_{name}" for name in REGISTER if name not in quiet} <= set(decisions.reasons[0])


def test_a_service_that_cannot_be_sure_contacts_nobody_and_says_what_it_lacks(customers, policy, tuesday):
    for bit in service_sound.STOP_BIT.values():
        assert stops(service_sound, customers(service_stops=bit), policy, tuesday) == set(CHANNELS)
    assert not stops(service_sound, customers(service_stops=0), policy, tuesday)
    assert not stops(service_sound, customers(service_stops=None), policy, tuesday)
    two = {"service_stops": np.array([2.0, np.nan])}
    assert service_sound.stops(two, policy, tuesday).all(axis=1).tolist() == [True, False]
    assert service_sound.earliest({"service_stops": 2.0}, 0, policy, tuesday) is None


def test_what_somebody_stopped_is_not_used_and_nothing_else_is_stopped(customers, policy, tuesday):
    def stopped(said, journey="early"):
        known = {"kill_switches": np.array([said], object), "journey_now": np.array([journey], object)}
        return stops(kill_switch, customers() | known, policy, tuesday)

    assert stopped("channel:sms channel:whatsapp") == {Channel.SMS, Channel.WHATSAPP}
    assert stopped("portfolio:main") == set(CHANNELS)
    assert stopped("journey:early") == set(CHANNELS)
    assert stopped("channel:sms journey:late") == {Channel.SMS}
    assert not stopped(None)
    assert not stops(kill_switch, customers(), policy, tuesday), "no such column"
    two = {"kill_switches": np.array(["journey:early"] * 2, object), "journey_now": np.array(["late", "early"], object)}
    assert kill_switch.stops(two, policy, tuesday).all(axis=1).tolist() == [False, True]
    row = {"kill_switches": "channel:sms"}
    told = {channel: kill_switch.rules(row, at, policy, tuesday) for at, channel in enumerate(CHANNELS)}
    assert {channel for channel, rules in told.items() if rules == ("KILL-SWITCH",)} == {Channel.SMS}
    assert kill_switch.earliest(row, 0, policy, tuesday) is None


def test_a_permit_that_holds_todays_slot_stops_another_contact_for_its_purpose_alone(customers, policy, tuesday):
    held = customers(slots_held=1)
    assert stops(slot, held, policy, tuesday) == set(CHANNELS), "absent, the purpose is collection"
    assert stops(slot, held | {"purpose": COLLECTION}, policy, tuesday) == set(CHANNELS)
    assert not stops(slot, held | {"purpose": SERVICE}, policy, tuesday)
    assert stops(slot, customers(slots_held=2) | {"purpose": SERVICE}, policy, tuesday) == set(CHANNELS)
    assert not stops(slot, customers(slots_held=None), policy, tuesday), "no permit is known"
    two = {"slots_held": np.array([1.0, np.nan]), "purpose": np.array([0, 0])}
    assert slot.stops(two, policy, tuesday).all(axis=1).tolist() == [True, False]
    lets_go = slot.earliest({"slots_held": 1.0}, 0, policy, tuesday)
    assert (lets_go - tuesday).total_seconds() == 14 * 3600, "from 10:00 to the next midnight of the business day"


def test_lasting_rules_are_those_that_waiting_does_not_help():
    lasting = {"consent", "contact_point", "identity", "wording"}
    assert {name for name, rule in REGISTER.items() if rule.LASTING} == lasting
