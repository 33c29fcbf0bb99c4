"""Records have one canonical form: the same content is the same bytes."""

import math
from datetime import UTC, datetime

from regua.records import Alternative, Decision, Event, Reason, canonical, digest
from regua.vocabulary import Channel, EventKind

MOMENT = datetime(2026, 3, 2, 13, 0, tzinfo=UTC)


def decision(**changes):
    content = {
        "decision_id": "dec_1",
        "customer_id": "cus_1",
        "contract_id": None,
        "decided_at": MOMENT,
        "action": "sms/pay_link",
        "channel": Channel.SMS,
        "template": "pay_link",
        "send_at": MOMENT,
        "journey": None,
        "value_cents": 412,
        "propensity": 0.9,
        "explored": False,
        "scores": {"p_self_cure": 0.25, "p_roll": None},
        "reasons": (Reason("worth_most", {"pt-BR": "Vale mais", "en": "Worth most"}),),
        "alternatives": (Alternative("call/agent", None, ("frequency",)),),
        "degraded": (),
        "digests": {"book": "b", "bundle": "c"},
    }
    return Decision(**{**content, **changes})


def test_the_order_in_which_a_mapping_was_filled_does_not_show():
    one = decision(scores={"p_roll": None, "p_self_cure": 0.25}).to_json()
    assert one == decision().to_json()
    assert digest(one) == digest(decision().to_json())


def test_other_content_is_other_bytes():
    assert decision(value_cents=413).to_json() != decision().to_json()


def test_the_form_is_json_that_people_can_read():
    written = decision().to_json()
    assert b'"channel":"sms"' in written
    assert b'"decided_at":"2026-03-02T13:00:00Z"' in written
    assert "Vale mais" in written.decode()


def test_nan_is_null_and_keys_are_sorted():
    assert canonical({"b": math.nan, "a": "ção"}) == '{"a":"ção","b":null}'.encode()


def test_a_digest_is_sha256_in_hexadecimal():
    assert digest(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_event_is_equal_to_its_repetition():
    event = Event("evt_1", EventKind.PAYMENT, "cus_1", MOMENT, MOMENT, amount_cents=2000)
    assert event == Event("evt_1", EventKind.PAYMENT, "cus_1", MOMENT, MOMENT, amount_cents=2000)
