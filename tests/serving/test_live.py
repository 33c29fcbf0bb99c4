"""What happened since the profile was taken: what counts, once, and from when."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from regua.records import Event
from regua.vocabulary import HOLD_BIT, Channel, EventKind, HoldKind, SignalKind
from serving.deciding.inputs import SHAPE, Inputs
from serving.happenings.live import overlay
from serving.store import Live, Plan, Watermark

MOMENT = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SNAPSHOT = datetime(2026, 3, 4, 3, 30, tzinfo=UTC)  # half past midnight in São Paulo, the same business day
ZONE = "America/Sao_Paulo"
KNOWN = {
    "days_past_due": 10.0,
    "balance_overdue_cents": 30_000.0,
    "balance_open_cents": 50_000.0,
    "customer_balance_overdue_cents": 40_000.0,
    "contracts_in_arrears": 2.0,
    "contact_points_valid": 2.0,
    "hold_bits": 0.0,
    "attempts_1d": 0.0,
    "attempts_7d": 2.0,
    "attempts_30d": 3.0,
    "attempts_90d": 3.0,
    "attempts_1d_sms": 0.0,
    "attempts_7d_sms": 1.0,
    "attempts_30d_sms": 1.0,
    "has_point_sms": 1.0,
    "consent_sms": 1.0,
    "payments_30d": 0.0,
    "promises_365d": 0.0,
}


def event(kind: EventKind, hours_ago: float = 2, **fields) -> Event:
    at = MOMENT - timedelta(hours=hours_ago)
    given = {"event_id": f"{kind}-{hours_ago}", "customer_id": "ana", "happened_at": at, "known_at": at} | fields
    return Event(kind=kind, **given)


def plan(hours_ago: float, decision_id: str = "dec_1") -> Plan:
    return Plan(decision_id, "ana", "sms", MOMENT - timedelta(hours=hours_ago))


def after(*events: Event, plans=(), position=None, snapshot: datetime | None = SNAPSHOT, moment=MOMENT, **known):
    row = {name: np.array([value]) for name, value in (KNOWN | known).items()}
    row |= {"customer_id": np.array(["ana"], object), "contract_id": np.array(["k1"], object)}
    inputs = Inputs.fit(row)
    stamp = np.array([np.datetime64("NaT") if snapshot is None else snapshot.replace(tzinfo=None)], "datetime64[us]")
    live = Live(Watermark(0), tuple(plans), events, {"ana": position} if position else {})
    overlay(inputs.columns, stamp, live, moment, ZONE)
    return {name: array[0] for name, array in inputs.columns.items()}


def test_every_effect_writes_columns_that_a_decision_sees():
    details = {"promised_for": "2026-03-10", "resolution": "kept", "outcome": "connected", "due_on": "2026-03-10"}
    for kind in EventKind:
        for channel in (None, Channel.SMS):
            for word in HoldKind if kind.value.startswith("hold") else SignalKind:
                after(event(kind, channel=channel, amount_cents=5, data=details | {"kind": word}))


def test_paying_all_of_the_leading_contract_leaves_nothing_past_due_on_it():
    row = after(event(EventKind.PAYMENT, amount_cents=30_000, contract_id="k1"))
    assert (row["balance_overdue_cents"], row["days_past_due"], row["contracts_in_arrears"]) == (0, 0, 1)
    assert row["customer_balance_overdue_cents"] == 10_000
    assert row["payments_30d"] == 1


def test_a_payment_on_another_contract_leaves_the_leading_one_as_it_was():
    row = after(event(EventKind.PAYMENT, amount_cents=25_000, contract_id="k2"))
    assert (row["balance_overdue_cents"], row["days_past_due"]) == (30_000, 10)
    assert row["customer_balance_overdue_cents"] == 30_000


def test_a_part_payment_leaves_the_rest_past_due():
    row = after(event(EventKind.PAYMENT, amount_cents=10_000))
    assert (row["balance_overdue_cents"], row["days_past_due"]) == (20_000, 10)


def test_what_the_profile_already_knew_is_not_counted_twice():
    known = event(EventKind.PAYMENT, hours_ago=20, amount_cents=30_000)
    sent = event(EventKind.CONTACT_SENT, hours_ago=20, channel=Channel.SMS, decision_id="dec_1")
    row = after(known, sent, plans=[plan(20)])
    assert (row["balance_overdue_cents"], row["attempts_7d"], row["attempts_1d"]) == (30_000, 2, 0)


def test_a_late_report_of_an_old_payment_counts_from_when_it_was_learned():
    late = event(EventKind.PAYMENT, hours_ago=1, amount_cents=30_000, happened_at=MOMENT - timedelta(days=3))
    assert after(late)["balance_overdue_cents"] == 0


def test_a_contact_counts_once_planned_sent_or_both():
    sent = event(EventKind.CONTACT_SENT, channel=Channel.SMS, decision_id="dec_1")
    for events, plans in [((), [plan(2)]), ((sent,), []), ((sent,), [plan(2)])]:
        row = after(*events, plans=plans)
        assert (row["attempts_1d"], row["attempts_1d_sms"], row["attempts_7d_sms"]) == (1, 1, 2)


def test_a_plan_nobody_reported_keeps_counting_for_seven_days_and_then_no_more():
    assert after(plans=[plan(24 * 6)])["attempts_7d"] == 3
    assert after(plans=[plan(24 * 7)])["attempts_7d"] == 2


def test_the_count_of_the_day_starts_anew_at_local_midnight():
    yesterday = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)  # still 3 March in São Paulo
    assert after(snapshot=yesterday, attempts_1d=2.0, attempts_1d_sms=1.0)["attempts_1d"] == 0
    assert after(attempts_1d=2.0)["attempts_1d"] == 2


def test_an_unknown_count_stays_unknown():
    assert np.isnan(after(plans=[plan(2)], attempts_7d=np.nan)["attempts_7d"])


@pytest.mark.parametrize(
    ("happened", "name", "value"),
    [
        (event(EventKind.OPTED_OUT, channel=Channel.SMS), "consent_sms", 0),
        (event(EventKind.OPTED_OUT), "consent_letter", 0),
        (event(EventKind.WRONG_PARTY, channel=Channel.SMS), "has_point_sms", 0),
        (event(EventKind.WRONG_PARTY, channel=Channel.SMS), "contact_points_valid", 1),
        (event(EventKind.WRONG_PARTY, channel=Channel.SMS), "has_wrong_point_sms", 1),
        (event(EventKind.WRONG_PARTY), "hold_bits", HOLD_BIT[HoldKind.WRONG_PARTY]),
        (event(EventKind.PAYMENT_CLAIMED), "has_paid_claim", 1),
        (event(EventKind.DISPUTE_OPENED), "has_open_dispute", 1),
        (event(EventKind.HOLD_PLACED, data={"kind": "minor"}), "hold_bits", HOLD_BIT[HoldKind.MINOR]),
        (event(EventKind.HOLD_PLACED, data={"kind": "minor", "ends_at": "2026-03-04T14:00:00Z"}), "hold_bits", 0),
        (event(EventKind.PROMISE_MADE, amount_cents=9, data={"promised_for": "2026-03-10"}), "days_to_promise", 6),
    ],
)
def test_each_event_changes_what_it_is_about(happened, name, value):
    assert after(happened)[name] == value


def test_a_contact_that_reached_somebody_else_closes_its_point_at_once():
    about = {"channel": Channel.SMS, "decision_id": "reached another"}
    sent = event(EventKind.CONTACT_SENT, **about)
    outcome = event(EventKind.CONTACT_OUTCOME, data={"outcome": "wrong_party"}, **about)
    row = after(sent, outcome)
    assert (row["has_point_sms"], row["has_wrong_point_sms"]) == (0, 1)
    fine = after(sent, event(EventKind.CONTACT_OUTCOME, data={"outcome": "right_party"}, **about))
    assert fine["has_point_sms"] == 1


def test_a_hold_that_was_lifted_no_longer_holds():
    placed = event(EventKind.HOLD_PLACED, hours_ago=3, data={"kind": "minor"})
    lifted = event(EventKind.HOLD_LIFTED, hours_ago=1, data={"kind": "minor"})
    assert after(placed, lifted)["hold_bits"] == 0


def test_the_last_contact_is_read_only_by_what_came_after_it():
    old = event(EventKind.CONTACT_READ, hours_ago=5, channel=Channel.SMS)
    sent = event(EventKind.CONTACT_SENT, hours_ago=4, channel=Channel.SMS, decision_id="dec_1")
    assert after(old, sent)["last_contact_state"] == 1
    read = event(EventKind.CONTACT_READ, hours_ago=1, channel=Channel.SMS, decision_id="dec_1")
    row = after(old, sent, read)
    assert (row["last_contact_state"], row["hours_since_last_contact"]) == (4, 4)


def test_the_day_in_the_journey_is_counted_in_local_days_since_entry():
    position = {"journey": "early_digital", "journey_entered_on": date(2026, 3, 1).toordinal(), "step_last": 1.0}
    row = after(position=position)
    assert (row["journey"], row["journey_day"], row["step_last"]) == ("early_digital", 3, 1)


def test_a_customer_without_a_profile_gets_none_from_events():
    row = after(event(EventKind.PAYMENT, amount_cents=5), snapshot=None, balance_overdue_cents=np.nan)
    assert np.isnan(row["balance_overdue_cents"])


def test_the_columns_are_those_a_decision_sees():
    assert set(after()) == {*SHAPE.numbers, *SHAPE.texts}
