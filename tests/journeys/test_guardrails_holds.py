"""Twenty holds and what may be waived: scope, length, who lifts them, on what evidence; promises, claims and laws."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from journeys.guardrails import holds
from journeys.kernel import decide
from journeys.rulebook.holds import HoldRule
from journeys.rulebook.row import Alone
from regua.vocabulary import AGED_HOLDS, CHANNELS, HOLD_BIT, Channel, HoldKind

SMS = CHANNELS.index(Channel.SMS)


@pytest.fixture
def asked(customers, policy, tuesday):
    """Ask of one customer: is a text message stopped, by which rules, until when, which holds are overdue."""

    def ask(policy=policy, at=tuesday, **changes):
        columns = customers(**changes)
        row = Alone(columns, 0)
        stopped = bool(holds.stops(columns, policy, at)[0, SMS])
        named = holds.rules(row, SMS, policy, at)
        assert bool(named) == stopped
        return stopped, named, holds.earliest(row, SMS, policy, at), holds.overdue(row, policy, at)

    return ask


def test_each_hold_says_its_scope_its_length_who_lifts_it_and_on_what_evidence(book, tuesday):
    code = book.policies.places.code("SP")
    rules = [
        rule for rule in book.policies.on(tuesday.date()).of("holds", HoldRule, code) if rule.id.startswith("HOLD-")
    ]
    assert {kind for rule in rules for kind in rule.holds} == set(HoldKind)
    for rule in rules:
        assert len(rule.holds) == 1, rule.id
        assert rule.starts is not None, rule.id
        assert rule.evidence is not None, rule.id
        assert rule.lifted_by, rule.id


@pytest.mark.parametrize(
    ("patience", "days", "is_held"),
    [(None, -2, True), (None, -3, False), (5, -5, True), (5, -6, False), (0, -2, True), (0, -3, False)],
)
def test_a_promise_holds_for_grace_or_patience_whichever_is_longer(asked, patience, days, is_held):
    promised = {"has_open_promise": 1, "days_to_promise": days, "promise_hold_days": patience}
    stopped, named, until, _ = asked(**promised)
    assert stopped is is_held
    if is_held:
        assert named == ("HOLD-PROMISE",)
        assert until == datetime(2026, 3, 4, 3, 0, tzinfo=UTC), "the day after its last"
        assert not asked(at=until, **(promised | {"days_to_promise": days - 1}))[0]


# Carnival Monday and Tuesday, 16 and 17 February 2026, are no national holidays; Good Friday, 3 April, is.
@pytest.mark.parametrize(
    ("moment", "days", "is_held"),
    [
        (datetime(2026, 3, 12, 13, tzinfo=UTC), 3, True),
        (datetime(2026, 3, 13, 13, tzinfo=UTC), 4, False),
        (datetime(2026, 3, 9, 13, tzinfo=UTC), 5, True),
        (datetime(2026, 4, 7, 13, tzinfo=UTC), 6, True),
        (datetime(2026, 4, 8, 13, tzinfo=UTC), 7, False),
    ],
)
def test_a_claim_of_payment_that_may_end_holds_for_its_business_days(asked, moment, days, is_held):
    claim = {"has_paid_claim": 1, "days_since_paid_claim": days, "claim_hold_days": 3}
    assert asked(at=moment, is_claim_hold_over_by_itself=1, **claim)[0] is is_held
    assert asked(at=moment, is_claim_hold_over_by_itself=0, **claim)[0], "it stays until it is resolved"
    overdue = asked(at=moment, is_claim_hold_over_by_itself=0, **claim)[3]
    assert overdue == (() if is_held else ("HOLD-PAID-CLAIM",))


def test_a_claim_says_when_it_is_over(asked, tuesday):
    claim = {"has_paid_claim": 1, "days_since_paid_claim": 1, "claim_hold_days": 3}
    _, _, until, _ = asked(is_claim_hold_over_by_itself=1, **claim)
    assert until == datetime(2026, 3, 6, 3, 0, tzinfo=UTC), "Tuesday, Wednesday and Thursday are its three days"
    later = claim | {"days_since_paid_claim": 4}
    assert not asked(at=until, is_claim_hold_over_by_itself=1, **later)[0]
    assert asked(
        at=until - timedelta(minutes=1), is_claim_hold_over_by_itself=1, **(later | {"days_since_paid_claim": 3})
    )[0]
    assert asked(is_claim_hold_over_by_itself=0, **claim)[2] is None


@pytest.mark.parametrize("unknown", ["days_since_paid_claim", "claim_hold_days"])
def test_a_claim_of_unknown_age_or_patience_holds(asked, unknown):
    claim = {"has_paid_claim": 1, "days_since_paid_claim": 90, "claim_hold_days": 3, "is_claim_hold_over_by_itself": 1}
    assert not asked(**claim)[0]
    assert asked(**(claim | {unknown: None}))[0]


def test_a_hold_older_than_it_may_be_still_holds_and_is_told_as_overdue(asked):
    for age, overdue in ((15, ()), (16, ("HOLD-DISPUTE",)), (None, ())):
        stopped, named, until, late = asked(hold_bits=HOLD_BIT[HoldKind.DISPUTE_OPEN], hold_days_dispute_open=age)
        assert (stopped, named, until, late) == (True, ("HOLD-DISPUTE",), None, overdue)


def test_a_hold_that_the_law_ends_is_over_on_its_day(book, asked, tuesday):
    policy = with_end(book, HoldKind.BREATHING_SPACE)
    held = {"hold_bits": HOLD_BIT[HoldKind.BREATHING_SPACE], "policy": policy}
    for age, is_held in ((0, True), (59, True), (60, False), (None, True)):
        assert asked(hold_days_breathing_space=age, **held)[0] is is_held
    assert asked(hold_days_breathing_space=58, **held)[2] == datetime(2026, 3, 5, 3, 0, tzinfo=UTC)
    assert asked(hold_days_breathing_space=None, **held)[2] is None
    both = HOLD_BIT[HoldKind.BREATHING_SPACE] | HOLD_BIT[HoldKind.MINOR]
    assert asked(hold_days_breathing_space=90, policy=policy, hold_bits=both)[1] == ("HOLD-MINOR",)


def test_of_an_unknown_region_a_hold_ends_only_where_every_law_ends_it(book):
    policy = with_end(book, HoldKind.BREATHING_SPACE, regions=["SP"])
    ends = policy.hold_ends[HoldKind.BREATHING_SPACE]
    assert ends[policy.places.code("SP")] == 60
    assert np.isinf(ends[policy.places.code("RJ")])
    assert np.isinf(ends[-1])


def with_end(book, kind, regions=None):
    """Return the policy of a Tuesday with one law more, which ends a hold after sixty days."""
    import dataclasses

    law = HoldRule(
        id="LAW-END", effective_from=date(1991, 3, 11), unit="hold", source="A law of this test", status="unverified",
        holds=[kind], stops="all", longest="60d", at_longest="ends", regions=regions,
    )  # fmt: skip
    policies = book.policies
    sections = {**policies.sections, "holds": (*policies.sections["holds"], law)}
    return dataclasses.replace(policies, sections=sections).on(date(2026, 3, 3))


def test_every_hold_with_a_longest_time_has_an_age(book):
    limited = {kind for rule in book.policies.sections["holds"] if rule.longest for kind in rule.holds}
    assert limited == set(AGED_HOLDS)
    assert {f"hold_days_{kind}" for kind in AGED_HOLDS} <= set(book.fields)


@pytest.mark.parametrize(
    ("region", "age", "is_over"),
    [("GB-ENG", 60, True), ("GB-ENG", 59, False), ("GB-ENG", None, False), ("GB-SCT", 90, False), ("SP", 90, False)],
)
def test_breathing_space_ends_where_the_law_ends_it(calm, customers, tuesday, region, age, is_over):
    bits = float(HOLD_BIT[HoldKind.BREATHING_SPACE])
    columns = customers(region=region, hold_bits=bits, hold_days_breathing_space=age, consent_sms=1, p_roll=0.9)
    policy = calm.policies.on(tuesday.date())
    assert holds.stops(columns, policy, tuesday)[0, SMS] == (not is_over)
    assert (decide(columns, calm, tuesday).journey[0] == "contact_ceased") == (not is_over)
    late = holds.overdue(Alone(columns, 0), policy, tuesday)
    assert ("HOLD-BREATHING-SPACE" in late) == (age == 90), "elsewhere somebody looks at it again"
