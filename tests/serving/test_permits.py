"""Leave for one contact: issued with its decision, claimed once on fresh facts, given back when it is not used."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from journeys.guardrails import REGISTER
from regua.errors import ConflictError
from regua.records import Event
from regua.vocabulary import Channel, EventKind
from serving.deciding.inputs import SHAPE, Inputs
from serving.permits import Mode
from serving.permits.claims import Claims, Outcome
from serving.proving.replay import Replayer
from serving.store import PermitState
from serving.store.permit import REVOKING
from serving.store.switches import Scope

NAMES = [f"c{number:07d}" for number in range(1, 90)]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def decided(service):
    """Decisions of the small world whose contact may be made now."""
    answers = service.pipeline.answer(NAMES, service.clock.now())
    found = [one.decision for one in answers if one.decision.permit]
    assert len(found) > 10
    return [one for one in found if one.permit["not_before"] <= service.clock.now()]


@pytest.fixture
def claims(service):
    return Claims(service.pipeline)


def told(decision, kind, at, **changes):
    event = Event(uuid4().hex, kind, decision.customer_id, at, at, contract_id=decision.contract_id)
    return replace(event, **changes)


def inside(decision):
    return decision.journey.name if decision.journey else None


def test_every_contact_has_a_permit_in_the_body_and_in_the_store_and_nothing_else_has(service):
    answers = service.pipeline.answer(NAMES, service.clock.now())
    kept = {one.decision_id: one for one in service.store.permits.of(NAMES)}
    for answer in answers:
        decision = answer.decision
        assert (decision.permit is None) == (decision.channel is None)
        if decision.permit is not None:
            permit = kept.pop(decision.decision_id)
            assert decision.permit["id"] == permit.permit_id
            assert (permit.slot, permit.not_before, permit.expires_at) == tuple(
                decision.permit[name] for name in ("slot", "not_before", "expires_at")
            )
            assert permit.not_before == decision.send_at < permit.expires_at
            assert permit.slot.startswith("2026-03-04.")
    assert not kept
    assert service.store.verify() is None


def test_a_contact_is_claimed_once_and_what_the_sender_says_of_it_stands(service, claims, decided):
    at = service.clock.now() + MINUTE
    first, second, third, *_ = (one.permit["id"] for one in decided)
    granted = claims.claim(first, at, "crm")
    assert (granted.is_granted, granted.reason, granted.permit.changed_by) == (True, None, "crm")
    again = claims.claim(first, at + MINUTE, "crm")
    assert (again.is_granted, again.reason) == (False, "permit_claimed")
    assert claims.claim(second, at).is_granted
    assert claims.settle(second, Outcome.UNKNOWN, at).state is PermitState.UNKNOWN
    assert claims.claim(second, at).reason == "permit_unknown", "never tried again blind"
    assert claims.settle(third, Outcome.NOT_SENT, at, "crm").state is PermitState.RELEASED
    with pytest.raises(ConflictError):
        claims.settle(third, Outcome.SENT, at)


@pytest.mark.parametrize("kind", sorted(REVOKING))
def test_nothing_is_claimed_after_what_the_customer_did(service, claims, decided, kind):
    at = service.clock.now()
    service.store.record([told(decided[0], kind, at, data={"kind": "income_shock"})])
    assert claims.claim(decided[0].permit["id"], at + MINUTE).reason == "permit_revoked"


def test_what_a_clock_that_is_ahead_has_told_is_seen_at_once(service, claims, decided):
    decision, now = decided[0], service.clock.now()
    told_at = (now + 4 * MINUTE).isoformat()
    hold = {"event_id": "h", "kind": "hold_placed", "customer_id": decision.customer_id, "happened_at": told_at}
    (report,) = service.take_in([("crm", hold | {"data": {"kind": "cease_all"}})])
    assert report.status == "accepted"
    (again,) = service.pipeline.answer([decision.customer_id], now + MINUTE, auto_claim=True)
    assert again.decision.permit is None
    assert not again.is_claimed


def test_the_guard_asks_every_rule_again_of_what_is_known_at_the_claim(service, claims, decided):
    at = service.clock.now()
    by_someone_else = decided[:3]
    for decision in by_someone_else:
        sent = told(decision, EventKind.CONTACT_SENT, at, channel=decision.channel)
        service.store.record([sent, replace(sent, event_id=uuid4().hex)])
        claim = claims.claim(decision.permit["id"], at + MINUTE)
        assert (claim.is_granted, claim.permit.state) == (False, PermitState.REVOKED)
        assert claim.reason in REGISTER


def test_a_debt_that_the_profile_says_is_paid_is_not_asked_for(world, service, claims, decided):
    asked = next(one for one in decided if one.permit["slot"].endswith("collection"))
    row = NAMES.index(asked.customer_id)
    kept = service.pipeline.profiles._columns
    for name in ("customer_balance_overdue_cents", "balance_overdue_cents"):
        kept[name] = kept[name].copy()
        kept[name][row] = 0.0
    claim = claims.claim(asked.permit["id"], service.clock.now() + MINUTE)
    assert (claim.is_granted, claim.reason) == (False, "nothing_due")


def test_a_switch_stops_a_claim_whatever_the_rules_say_and_the_permit_waits_for_two_people(service, claims, decided):
    at, decision = service.clock.now() + MINUTE, decided[0]
    stop = service.store.switches.stop(Scope.CHANNEL, decision.channel, by="ana", reason="complaints", at=at)
    assert claims.claim(decision.permit["id"], at).reason == "channel_stopped"
    for person in ("bia", "caio"):
        service.store.switches.resume(stop.switch_id, by=person, at=at)
    assert claims.claim(decision.permit["id"], at).is_granted


def test_nothing_is_planned_on_a_channel_that_is_stopped_until_two_people_let_it_go_on(service):
    now, switches = service.clock.now(), service.store.switches
    before = service.pipeline.answer(NAMES, now, Mode.DRY_RUN)
    channel = next(one.decision.channel for one in before if one.decision.channel)
    stop = switches.stop(Scope.CHANNEL, channel, by="ana", reason="complaints", at=now)
    during = service.pipeline.answer(NAMES, now, Mode.DRY_RUN)
    assert channel not in {one.decision.channel for one in during}
    assert any(one.decision.channel for one in during), "the other channels go on"
    for person in ("bia", "caio"):
        switches.resume(stop.switch_id, by=person, at=now)
    assert [one.body for one in service.pipeline.answer(NAMES, now, Mode.DRY_RUN)] == [one.body for one in before]


def test_nobody_in_a_journey_that_is_stopped_is_contacted_and_with_the_portfolio_nobody_at_all(service):
    now, switches = service.clock.now(), service.store.switches
    before = [one.decision for one in service.pipeline.answer(NAMES, now, Mode.DRY_RUN)]
    journey = next(inside(one) for one in before if one.channel)
    switches.stop(Scope.JOURNEY, journey, by="ana", reason="wrong text", at=now)
    during = [one.decision for one in service.pipeline.answer(NAMES, now, Mode.DRY_RUN)]
    alike = [(one.customer_id, one.action) for one in during if inside(one) != journey]
    assert alike == [(one.customer_id, one.action) for one in before if inside(one) != journey]
    stopped = [one for one in during if inside(one) == journey]
    assert not any(one.channel for one in stopped)
    told = {reason.code for one in stopped for reason in one.reasons}
    assert "blocked_kill_switch" in told
    switches.stop(Scope.PORTFOLIO, "", by="ana", reason="an incident", at=now)
    live = service.pipeline.answer(NAMES, now)
    assert not any(one.decision.channel or one.decision.permit for one in live)
    assert all(Replayer(service.store, service.settings).replay(one.decision.decision_id).is_equal for one in live[:5])


def test_whoever_asks_again_the_same_day_finds_the_slot_held_and_what_is_given_back_is_free(service, claims, decided):
    now = service.clock.now()
    owners = [one.customer_id for one in decided]
    for answer in service.pipeline.answer(owners, now + HOUR):
        assert answer.decision.permit is None
    given = decided[0]
    claims.settle(given.permit["id"], Outcome.NOT_SENT, now + HOUR)
    inputs, _ = service.pipeline.inputs(owners, now + 2 * HOUR)
    held = dict(zip(owners, inputs.columns["slots_held"].tolist(), strict=True))
    assert not held.pop(given.customer_id) > 0
    assert all(bits > 0 for bits in held.values())


def test_a_second_decision_of_the_same_moment_on_other_facts_gets_no_second_permit(service, decided):
    now = service.clock.now()
    decision = decided[0]
    # It forbids nothing, and so leaves the permit; but it is another row of facts.
    service.store.record([told(decision, EventKind.PROMISE_RESOLVED, now, data={"resolution": "broken"})])
    (again,) = service.pipeline.answer([decision.customer_id], now)
    assert again.decision.decision_id != decision.decision_id
    assert again.decision.permit is None
    (once_more,) = service.pipeline.answer([decision.customer_id], now)
    assert once_more.body == again.body
    assert [one.permit_id for one in service.store.permits.of([decision.customer_id])] == [decision.permit["id"]]


def test_another_decision_of_the_same_moment_counts_the_contact_that_the_first_has_made(service):
    def attempts(decision_id):
        return Inputs.unpack(SHAPE, [service.store.decision(decision_id).inputs]).columns["attempts_24h"][0]

    now = service.clock.now()
    first = {one.customer_id: one for one in service.pipeline.answer(NAMES, now, auto_claim=True) if one.is_claimed}
    broken = {"resolution": "broken"}
    changed = [told(one.decision, EventKind.PROMISE_RESOLVED, now, data=broken) for one in first.values()]
    service.store.record(changed)
    for again in service.pipeline.answer(list(first), now, auto_claim=True):
        before = first[again.customer_id].decision.decision_id
        assert again.decision.decision_id != before
        assert attempts(again.decision.decision_id) == attempts(before) + 1
    replayed = Replayer(service.store, service.settings).replay_all(list(service.store.whole_log()))
    assert all(one.is_equal for one in replayed)


def test_a_claim_counts_what_was_told_while_the_clock_was_ahead(service, claims, decided):
    now, decision = service.clock.now(), decided[0]
    for number in range(2):
        of = {"channel": decision.channel, "data": {"contact_id": f"agent {number}"}}
        service.store.record([told(decision, EventKind.CONTACT_SENT, now - HOUR, known_at=now + 3 * HOUR, **of)])
    claim = claims.claim(decision.permit["id"], now + MINUTE)
    assert (claim.is_granted, claim.reason) == (False, "frequency")


def test_whoever_takes_a_permit_at_once_counts_what_was_told_while_the_clock_was_ahead(service):
    now = service.clock.now()
    free = [one for one in service.pipeline.answer(NAMES, now, mode=Mode.DRY_RUN) if one.decision.channel]
    ahead = [
        told(one.decision, EventKind.CONTACT_SENT, now - HOUR, known_at=now + 3 * HOUR, channel=one.decision.channel,
             data={"contact_id": f"agent {number}"})
        for one in free for number in range(3)
    ]  # fmt: skip
    service.store.record(ahead)
    names = [one.customer_id for one in free]
    assert not any(one.is_claimed for one in service.pipeline.answer(names[::2], now, auto_claim=True))
    assert any(one.decision.permit for one in service.pipeline.answer(names[1::2], now)), "its claim looks again"


def test_a_report_of_the_provider_settles_a_permit_of_which_nobody_knew(service, claims, decided):
    at = service.clock.now() + MINUTE
    known, unknown, unclaimed, stranger, *_ = decided
    for decision in (known, unknown):
        assert claims.claim(decision.permit["id"], at).is_granted
    claims.settle(unknown.permit["id"], Outcome.UNKNOWN, at)
    later = at + HOUR
    for decision in (known, unknown, unclaimed):
        of = {"decision_id": decision.decision_id, "channel": decision.channel}
        service.store.record([told(decision, EventKind.CONTACT_DELIVERED, later, **of)])
        assert service.store.permits.one(decision.permit["id"]).state is PermitState.SENT
    wrong = told(known, EventKind.CONTACT_SENT, later, decision_id=stranger.decision_id, channel=Channel.SMS)
    service.store.record([wrong])
    assert service.store.permits.one(stranger.permit["id"]).state is PermitState.OPEN, "another customer's report"
    assert service.store.verify() is None


def test_a_permit_that_runs_out_gives_its_attempt_back(service, decided):
    now, decision = service.clock.now(), decided[0]
    during, _ = service.pipeline.inputs([decision.customer_id], now + MINUTE)
    after, _ = service.pipeline.inputs([decision.customer_id], decision.permit["expires_at"] + MINUTE)
    assert during.columns["attempts_7d"][0] == after.columns["attempts_7d"][0] + 1
    assert service.store.permits.expire(decision.permit["expires_at"]) > 0


def test_a_caller_that_cannot_ask_twice_takes_its_permits_at_once_and_nobody_gets_them_again(service):
    now = service.clock.now()
    first = service.pipeline.answer(NAMES, now, auto_claim=True)
    assert [one.is_claimed for one in first] == [one.decision.permit is not None for one in first]
    again = service.pipeline.answer(NAMES, now, auto_claim=True)
    assert [one.body for one in again] == [one.body for one in first]
    assert not any(one.is_claimed for one in again)
    assert {one.state for one in service.store.permits.of(NAMES)} == {PermitState.CLAIMED}
    assert service.store.verify() is None


def test_a_shadow_permits_nothing_and_moves_nobody_and_replays(service):
    now = service.clock.now()
    before = service.store.chain_end().seq
    shadow = service.pipeline.answer(NAMES, now, Mode.SHADOW)
    assert any(one.decision.channel for one in shadow)
    assert not any(one.decision.permit for one in shadow)
    assert service.store.count("decisions") == service.store.count("positions") == service.store.count("permits") == 0
    assert service.store.chain_end().seq == before + len(NAMES)
    replayer = Replayer(service.store, service.settings)
    assert all(replayer.replay(one.decision.decision_id).is_equal for one in shadow[:5])
    live = service.pipeline.answer(NAMES, now)
    assert [one.decision.action for one in live] == [one.decision.action for one in shadow]
    assert replayer.replay(live[0].decision.decision_id).is_equal
    assert service.store.verify() is None


def test_a_dry_run_leaves_no_trace(service):
    dry = service.pipeline.answer(NAMES, service.clock.now(), Mode.DRY_RUN)
    assert all(one.decision.decision_id.startswith("dry_") and one.decision.permit is None for one in dry)
    assert service.store.chain_end().seq == 0
