"""At most one authorised contact a slot: permits commit with their decision, are claimed once, and fall with events."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from regua.errors import ConflictError, NotFoundError
from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import Logged, Message, Permit, PermitState, Store, Watermark
from serving.store.permit import REVOKING

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def row(decision_id: str, customer_id: str = "ana", at: datetime = NOON) -> Logged:
    words = ("sms/pay_link", "sms", at + HOUR, "early_digital", "none", "b", "s")
    return Logged(decision_id, customer_id, at, *words, b"{}", b'{"decision_id":"%b"}' % decision_id.encode(), b"")


def permit(decision_id: str, customer_id: str = "ana", at: datetime = NOON, **changes) -> Permit:
    made = Permit(
        permit_id=f"per_{decision_id}",
        decision_id=decision_id,
        customer_id=customer_id,
        contract_id="k1",
        channel="sms",
        slot="2026-03-04",
        not_before=at,
        expires_at=at + 4 * HOUR,
        changed_at=at,
    )
    return replace(made, **changes)


def issue(store: Store, decision_id: str, customer_id: str = "ana", at: datetime = NOON, **changes):
    seen = store.live([customer_id], NOON, at).watermark
    issued = permit(decision_id, customer_id, at, **changes)
    return store.commit([row(decision_id, customer_id, at)], seen, [issued])


def event(event_id: str, kind: EventKind = EventKind.PAYMENT, customer_id: str = "ana") -> Event:
    return Event(event_id, kind, customer_id, NOON + HOUR, NOON + HOUR)


def nothing_against(*_):
    return None


def test_a_decision_and_its_permit_and_its_message_commit_together_or_not_at_all(store: Store):
    seen = store.live(["ana", "bia"], NOON, NOON).watermark
    store.record([event("e1", customer_id="bia")])
    rows, issued = [row("d1"), row("d2", "bia")], [permit("d1"), permit("d2", "bia")]
    told = [Message(f"m_{name}", "decision.made", name, NOON, b"{}") for name in ("d1", "d2")]
    assert store.commit(rows, seen, issued, told).moved == {"bia"}
    assert [one.decision_id for one in store.whole_log()] == ["d1"]
    assert [one.permit_id for one in store.permits.of(["ana", "bia"])] == ["per_d1"]
    assert {one.message_id for one in store.take_messages(NOON, NOON + HOUR)} == {"m_d1", "per_d1.open"}
    assert store.verify() is None


def test_a_second_decision_for_a_slot_that_is_held_is_left_out_with_its_permit(store: Store):
    issue(store, "d1")
    later = issue(store, "d2", at=NOON + HOUR)
    assert later.taken == {"ana"}
    assert (store.count("decisions"), store.count("permits")) == (1, 1)
    other_slot = issue(store, "d3", at=NOON + HOUR, slot="2026-03-05")
    assert not other_slot.taken


def test_the_same_decision_committed_again_issues_no_second_permit(store: Store):
    issue(store, "d1")
    assert issue(store, "d1").repeated.keys() == {"d1"}
    assert store.count("permits") == 1


def test_a_permit_is_claimed_once_however_many_ask(store: Store):
    issue(store, "d1")
    gate, granted = threading.Barrier(8), []

    def ask():
        gate.wait()
        granted.append(store.permits.claim("per_d1", NOON + HOUR, nothing_against).is_granted)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(granted) == [False] * 7 + [True]
    assert store.permits.one("per_d1").state is PermitState.CLAIMED
    assert store.verify() is None


@pytest.mark.parametrize("kind", sorted(REVOKING))
def test_an_event_that_forbids_the_contact_revokes_its_permit_with_it(tmp_path, kind):
    with Store(tmp_path / "decisions.db") as store:
        issue(store, "d1")
        issue(store, "d2", "bia")
        store.record([event("e1", kind)])
        stands = store.permits.one("per_d1")
        assert (stands.state, stands.reason) == (PermitState.REVOKED, kind)
        assert store.permits.one("per_d2").state is PermitState.OPEN
        refused = store.permits.claim("per_d1", NOON + 2 * HOUR, nothing_against)
        assert (refused.is_granted, refused.reason) == (False, "permit_revoked")


def test_an_event_told_again_does_not_revoke_what_was_decided_knowing_it(store: Store):
    store.record([event("e1")])
    issue(store, "d1", at=NOON + 2 * HOUR)
    store.record([event("e1")])
    assert store.permits.one("per_d1").state is PermitState.OPEN


def test_a_claim_sees_what_was_told_a_moment_ago_and_the_guard_may_stop_it(store: Store):
    issue(store, "d1")
    store.record([event("e1", EventKind.CONTACT_SENT)])

    def guard(asked, facts):
        return "contacted_today" if facts(NOON).events else None

    claim = store.permits.claim("per_d1", NOON + 2 * HOUR, guard)
    assert (claim.is_granted, claim.reason, claim.permit.state) == (False, "contacted_today", PermitState.REVOKED)


def test_a_permit_holds_between_its_instants_and_gives_its_slot_back(store: Store):
    issue(store, "d1", not_before=NOON + HOUR)
    assert store.permits.claim("per_d1", NOON, nothing_against).reason == "too_early"
    assert store.permits.expire(NOON + 3 * HOUR) == 0
    late = store.permits.claim("per_d1", NOON + 4 * HOUR, nothing_against)
    assert (late.is_granted, late.reason) == (False, "permit_expired")
    issue(store, "d2", at=NOON + 5 * HOUR)
    assert store.permits.expire(NOON + 9 * HOUR) == 1
    assert not issue(store, "d3", at=NOON + 10 * HOUR).taken
    assert store.verify() is None


def test_a_new_decision_closes_the_permit_that_has_run_out_itself(store: Store):
    issue(store, "d1")
    assert not issue(store, "d2", at=NOON + 5 * HOUR).taken
    assert store.permits.one("per_d1").state is PermitState.EXPIRED


def test_a_contact_of_which_nobody_knows_keeps_its_slot_until_it_is_reconciled(store: Store):
    issue(store, "d1")
    store.permits.claim("per_d1", NOON, nothing_against)
    store.permits.turn("per_d1", PermitState.UNKNOWN, NOON + HOUR, "timeout after send")
    assert issue(store, "d2", at=NOON + 5 * HOUR).taken == {"ana"}
    assert not store.permits.claim("per_d1", NOON + HOUR, nothing_against).is_granted
    store.permits.turn("per_d1", PermitState.SENT, NOON + 2 * HOUR)
    store.permits.turn("per_d1", PermitState.SENT, NOON + 3 * HOUR)
    with pytest.raises(ConflictError, match="cannot become released"):
        store.permits.turn("per_d1", PermitState.RELEASED, NOON + 3 * HOUR)


def test_a_claimed_contact_nobody_reports_on_becomes_unknown_after_its_time_and_is_told(store: Store):
    issue(store, "d1")
    issue(store, "d2", "bia")
    for name in ("d1", "d2"):
        store.permits.claim(f"per_{name}", NOON + HOUR, nothing_against)
    store.permits.turn("per_d2", PermitState.SENT, NOON + HOUR)
    ends = NOON + 4 * HOUR
    assert store.permits.doubt(ends + HOUR - MINUTE, HOUR) == 0, "its sender may still report"
    assert store.permits.doubt(ends + HOUR, HOUR) == 1
    stands = store.permits.one("per_d1")
    assert (stands.state, stands.reason, stands.changed_at) == (PermitState.UNKNOWN, "unreported", ends + HOUR)
    told = [one for one in store.take_messages(ends + HOUR, ends + 2 * HOUR) if one.kind == "permit.unknown"]
    assert [one.subject for one in told] == ["per_d1"]
    assert orjson.loads(told[0].body)["reason"] == "unreported"
    assert not store.permits.claim("per_d1", ends + HOUR, nothing_against).is_granted, "never tried again blind"
    assert store.permits.doubt(ends + 9 * HOUR, HOUR) == 0
    assert store.verify() is None


def test_a_contact_nobody_reports_on_counts_from_its_claim_and_a_late_report_settles_it(store: Store):
    issue(store, "d1", slot="2026-03-04.collection")
    issue(store, "d2", "bia", slot="2026-03-04.collection")
    claimed = NOON + 2 * HOUR
    for name in ("d1", "d2"):
        store.permits.claim(f"per_{name}", claimed, nothing_against)
    late = NOON + 30 * HOUR
    assert store.permits.doubt(late, HOUR) == 2
    for state in (PermitState.UNKNOWN, PermitState.SENT):
        plans = store.live(["ana"], NOON - 24 * HOUR, late).plans
        assert [(plan.send_at, plan.slot) for plan in plans] == [(claimed, "2026-03-04.collection")]
        if state is PermitState.UNKNOWN:
            report = replace(event("e1", EventKind.CONTACT_DELIVERED), decision_id="d1", known_at=late)
            store.record([report])
            assert store.permits.one("per_d1").state is PermitState.SENT
    store.permits.turn("per_d2", PermitState.RELEASED, late, "not_sent")
    assert store.live(["bia"], NOON - 24 * HOUR, late).plans == (), "what was not sent counts no more"
    assert store.verify() is None


def test_a_report_of_a_contact_that_nobody_claimed_counts_within_the_time_of_its_permit(store: Store):
    issue(store, "d1")
    late = NOON + 30 * HOUR
    store.record([replace(event("e1", EventKind.CONTACT_DELIVERED), decision_id="d1", known_at=late)])
    (plan,) = store.live(["ana"], NOON - 24 * HOUR, late).plans
    assert NOON <= plan.send_at < NOON + 4 * HOUR


def test_another_portfolio_sees_nothing_and_has_slots_of_its_own(store: Store):
    issue(store, "d1")
    other = store.of("other")
    with pytest.raises(NotFoundError):
        other.permits.one("per_d1")
    with pytest.raises(NotFoundError):
        other.decision("d1")
    assert other.live(["ana"], NOON, NOON + HOUR).plans == ()
    assert not issue(other, "d1").taken
    assert (store.count("decisions"), other.count("decisions")) == (1, 1)
    assert (store.chain_end().seq, other.chain_end().seq) == (2, 2)


def test_a_message_is_taken_by_one_worker_and_again_only_after_its_lease(store: Store):
    told = [Message(f"m{number}", "decision.made", "d1", NOON, orjson.dumps(number)) for number in range(3)]
    store.commit([row("d1")], Watermark(), messages=told)
    first = store.take_messages(NOON, NOON + HOUR, limit=2)
    second = store.take_messages(NOON, NOON + HOUR)
    assert sorted(one.message_id for one in first + second) == ["m0", "m1", "m2"]
    assert store.take_messages(NOON, NOON + HOUR) == []
    assert store.delivered(["m0", "m1"], NOON) == 2
    store.deliver_later("m2", NOON + 3 * HOUR)
    assert store.take_messages(NOON + 2 * HOUR, NOON + 4 * HOUR) == []
    (again,) = store.take_messages(NOON + 3 * HOUR, NOON + 4 * HOUR)
    assert (again.message_id, again.attempts) == ("m2", 2)
