"""One person stops a channel, a journey or everything; two let it go on, and nothing is claimed in between."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from regua.errors import ConflictError, NotFoundError
from serving.store import Logged, Permit, PermitState, Watermark
from serving.store.switches import Scope, stopped

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def stop(store, scope=Scope.CHANNEL, name="whatsapp", by="Ana", at=NOON):
    return store.switches.stop(scope, name, by=by, reason="wrong link in the message", at=at)


def test_a_switch_stops_what_it_names_and_nothing_else(store) -> None:
    stop(store)
    stop(store, Scope.JOURNEY, "early_digital")
    assert store.switches.stops(channel="whatsapp", journey="mid") == "channel_stopped"
    assert store.switches.stops(channel="sms", journey="early_digital") == "journey_stopped"
    assert store.switches.stops(channel="sms", journey="mid") is None
    stop(store, Scope.PORTFOLIO, "anything")
    assert store.switches.stops(channel="sms", journey="mid") == "portfolio_stopped"
    assert store.of("another").switches.stops(channel="whatsapp") is None


def test_two_people_let_it_go_on_and_one_does_not(store) -> None:
    switch = stop(store)
    assert store.switches.resume(switch.switch_id, by="Bia", at=NOON).state == "resuming"
    assert store.switches.stops(channel="whatsapp") == "channel_stopped"
    with pytest.raises(ConflictError, match="has asked already"):
        store.switches.resume(switch.switch_id, by=" BIA ", at=NOON)
    assert store.switches.resume(switch.switch_id, by="Caio", at=NOON).state == "lifted"
    assert store.switches.stops(channel="whatsapp") is None
    with pytest.raises(ConflictError, match="let go by Caio"):
        store.switches.resume(switch.switch_id, by="Bia", at=NOON)


def test_the_first_word_to_go_on_holds_for_a_day(store) -> None:
    switch = stop(store)
    store.switches.resume(switch.switch_id, by="Bia", at=NOON)
    late = store.switches.resume(switch.switch_id, by="Caio", at=NOON + DAY + timedelta(seconds=1))
    assert (late.state, late.resume_by) == ("resuming", "Caio")
    assert store.switches.stops(channel="whatsapp") == "channel_stopped"


def test_stopping_again_takes_back_the_word_to_go_on(store) -> None:
    switch = stop(store)
    store.switches.resume(switch.switch_id, by="Bia", at=NOON)
    assert stop(store, by="Dora", at=NOON + DAY) == switch
    store.switches.resume(switch.switch_id, by="Caio", at=NOON)
    assert store.switches.stops(channel="whatsapp") == "channel_stopped"


def test_every_word_about_a_switch_is_in_the_audit_chain(store) -> None:
    switch = stop(store)
    store.switches.resume(switch.switch_id, by="Bia", at=NOON)
    store.switches.resume(switch.switch_id, by="Caio", at=NOON)
    assert store.count("audit") == 3
    assert store.verify() is None
    with pytest.raises(NotFoundError):
        store.of("another").switches.one(switch.switch_id)


def _decided(store) -> None:
    row = Logged("d1", "c1", NOON, "sms/x", "sms", NOON, "early_digital", "r", "b", "s", b"{}", b"{}", b"")
    permit = Permit("p1", "d1", "c1", "k1", "sms", "slot", NOON, NOON + DAY, NOON)
    assert not store.commit([row], Watermark(), [permit]).moved


def test_what_was_decided_before_a_stop_is_not_claimed_with_its_decision_after_it(store) -> None:
    seen = store.live(["c1"], NOON, NOON).watermark
    stop(store, Scope.CHANNEL, "sms")
    row = Logged("d1", "c1", NOON, "sms/x", "sms", NOON, "early_digital", "r", "b", "s", b"{}", b"{}", b"")
    permit = Permit("p1", "d1", "c1", "k1", "sms", "slot", NOON, NOON + DAY, NOON, PermitState.CLAIMED, claimed_at=NOON)
    assert store.commit([row], seen, [permit]).unclaimed == {"c1"}
    stands = store.permits.one("p1")
    assert (stands.state, stands.claimed_at) == (PermitState.OPEN, None)
    assert store.verify() is None


def test_a_stop_waits_for_a_claim_under_way_and_none_comes_after(store) -> None:
    _decided(store)
    looked, may_go_on, acknowledged = threading.Event(), threading.Event(), threading.Event()

    def guard(permit, facts) -> None:
        looked.set()
        assert may_go_on.wait(10)

    def stopping() -> None:
        stop(store, Scope.CHANNEL, "sms")
        acknowledged.set()

    claims = []
    claiming = threading.Thread(target=lambda: claims.append(store.permits.claim("p1", NOON, guard)))
    claiming.start()
    assert looked.wait(10)
    stopper = threading.Thread(target=stopping)
    stopper.start()
    assert not acknowledged.wait(0.2), "the stop was acknowledged while a claim that had not seen it was under way"
    may_go_on.set()
    claiming.join()
    stopper.join()
    assert claims[0].permit.state is PermitState.CLAIMED
    with store._database.writing() as transaction:
        assert stopped(transaction, store.portfolio, "sms", "early_digital") == "channel_stopped"
