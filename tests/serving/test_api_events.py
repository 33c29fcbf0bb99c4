"""What happened, told over a real connection, and what it does to the next decision."""

from datetime import timedelta

import pytest

EVENTS = "/v1/events"
HAPPENED = "2026-03-04T09:30:00-03:00"  # half an hour before the small world's moment

TERMS = {
    "arrangement_id": "a1",
    "offer": "plan_3",
    "kind": "instalments",
    "instalments": 3,
    "first_due_on": "2026-04-01",
}

AFTER_PAYMENT = {"cured_aftercare", "pre_due_reminder", "pre_due_high_risk"}
"""Journeys that may hold somebody who owes nothing overdue."""


def event(event_id="e1", **changes):
    fields = {"event_id": event_id, "kind": "payment", "customer_id": "c0000001", "happened_at": HAPPENED}
    return fields | {"amount_cents": 1_000} | changes


def decided(client, customer_id):
    results = client.post("/v1/decisions", json={"customer_ids": [customer_id]}).json()["results"]
    return results[0]["decision"]


OWED = ("disaster_information", "dispute_received")


@pytest.fixture
def contacted(client, server):
    """A customer whom the small world contacts today, and the decision; nothing of it is in the log."""
    service = server.service
    for number in range(1, 200):
        name = f"c{number:07d}"
        inputs, _ = service.pipeline.inputs([name], service.clock.now())
        (decision,) = service.pipeline.decide_columns(inputs.columns, service.clock.now())
        # Word of a disaster, of a dispute or of a bill to come is owed, whatever the customer pays or says.
        asks_for_money = inputs.columns["days_past_due"][0] > 0 and decision.template not in OWED
        if decision.channel and asks_for_money:
            return name, decision
    raise AssertionError("nobody is contacted")


def test_a_customer_who_paid_this_morning_is_not_called(client, contacted):
    name, planned = contacted
    assert planned.action != "nothing"
    paid = client.post(EVENTS, json=event(customer_id=name, amount_cents=90_000_000))
    assert paid.json()["results"][0]["status"] == "accepted"
    decision = decided(client, name)
    assert decision["action"] == "nothing"
    assert decision["journey"] is None or decision["journey"]["name"] in AFTER_PAYMENT


@pytest.mark.parametrize(
    ("kind", "details", "rule"),
    [
        ("payment_claimed", {"amount_cents": None}, "holds"),
        ("dispute_opened", {"amount_cents": None}, "holds"),
        ("hold_placed", {"amount_cents": None, "data": {"kind": "deceased"}}, "holds"),
        ("opted_out", {"amount_cents": None}, "consent"),
        ("promise_made", {"data": {"promised_for": "2026-03-10"}}, "holds"),
    ],
)
def test_what_the_customer_said_this_morning_stops_the_contact(client, contacted, kind, details, rule):
    name, planned = contacted
    told = client.post(EVENTS, json=event(customer_id=name, kind=kind, **details))
    assert told.status_code == 200, told.text
    decision = decided(client, name)
    assert decision["action"] != planned.action
    stopped = {name for one in decision["alternatives"] for name in one["blocked_by"]}
    moved = decision["journey"] is None or decision["journey"]["name"] != planned.journey.name
    assert rule in stopped or moved


@pytest.mark.parametrize("day", ["20260310", "2026-W11-2", 20_260_310, None])
def test_the_day_of_a_promise_is_written_in_full(client, day):
    answer = client.post(EVENTS, json=event(kind="promise_made", data={"promised_for": day}))
    assert (answer.status_code, answer.json()["param"]) == (422, "/data/promised_for")


def test_a_contact_planned_this_morning_is_not_planned_again_this_afternoon(client, contacted, server):
    name, _ = contacted
    first = decided(client, name)
    server.service.clock.move(timedelta(hours=3))
    second = decided(client, name)
    assert first["channel"]
    assert second["action"] == "nothing"
    assert second["decision_id"] != first["decision_id"]


def test_a_channel_with_the_wrong_person_behind_it_is_not_used(client, contacted):
    name, planned = contacted
    wrong = event(customer_id=name, kind="wrong_party", channel=planned.channel, amount_cents=None)
    assert client.post(EVENTS, json=wrong).status_code == 200
    assert decided(client, name)["channel"] != planned.channel


def test_who_refuses_in_one_contact_refuses_the_channel_and_only_if_that_was_kept(client, contacted):
    name, planned = contacted
    permit = decided(client, name)["permit"]["id"]
    told = event(customer_id=name, kind="contact_outcome", channel=planned.channel, amount_cents=None)
    told |= {"data": {"outcome": "opted_out"}}
    for status in ("accepted", "duplicate"):
        (report,) = client.post(EVENTS, json=told).json()["results"]
        assert (report["event_id"], report["status"]) == ("e1", status)
    assert client.get(f"/v1/permits/{permit}").json()["state"] == "revoked"
    assert decided(client, name)["channel"] != planned.channel
    meant = client.get(f"{EVENTS}/crm/e1:opted_out").json()
    assert (meant["type"], meant["data"]["channel"]) == ("regua.opted_out", planned.channel)
    client.post(EVENTS, json=event("e2"))
    assert client.post(EVENTS, json=told | {"event_id": "e2"}).status_code == 409
    assert client.get(f"{EVENTS}/crm/e2:opted_out").status_code == 404


def test_the_same_event_counts_once_whatever_the_number_of_times_it_is_sent(client, server):
    answers = [client.post(EVENTS, json=[event(), event()]).json()["counts"] for _ in range(2)]
    assert answers == [{"accepted": 1, "duplicate": 1}, {"duplicate": 2}]
    assert server.service.store.count("events") == 1


def test_the_same_name_with_another_content_is_a_409_and_what_was_kept_stays(client, server):
    client.post(EVENTS, json=event())
    answer = client.post(EVENTS, json=event(amount_cents=5))
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    kept = server.service.store.events_of(
        "c0000001", server.service.clock.at - timedelta(days=1), server.service.clock.at
    )
    assert [one.amount_cents for one in kept] == [1_000]
    assert len(server.service.store.refused()) == 1


def test_one_bad_event_never_stops_the_others_and_is_kept_with_the_reason(client, server):
    items = [event("e1"), event("e2", kind="payed"), event("e3", amount_cents=1.5), 7, event("e4")]
    found = client.post(EVENTS, json=items).json()
    assert [one["status"] for one in found["results"]] == ["accepted", "refused", "refused", "refused", "accepted"]
    assert found["counts"] == {"accepted": 2, "refused": 3}
    assert "kind" in found["results"][1]["problem"]["found"]
    refused = server.service.store.refused()
    assert len(refused) == 3
    assert refused[2].raw == b"7"


@pytest.mark.parametrize(
    "bad",
    [
        {"happened_at": "2026-03-04T09:30:00"},
        {"happened_at": "2026-03-05T09:30:00Z"},
        {"happened_at": "yesterday"},
        {"happened_at": 1_772_600_000},
        {"amount_cents": True},
        {"amount_cents": "100"},
        {"amount_cents": -1},
        {"amount_cents": 0},
        {"amount_cents": None},
        {"amount_cents": 2**60},
        {"kind": "contact_sent", "channel": None},
        {"kind": "contact_sent", "channel": "pigeon"},
        {"kind": "hold_placed", "data": {"kind": "holiday"}},
        {"kind": "hold_placed", "data": {"kind": "deceased", "ends_at": "soon"}},
        {"kind": "contact_accepted", "channel": None},
        {"kind": "contact_outcome", "channel": "call", "data": {"outcome": "moody"}},
        {"kind": "contact_outcome", "channel": "call"},
        {"kind": "contact_outcome", "data": {"outcome": "wrong_party"}},
        {"kind": "signal_raised", "data": {"kind": "bad_mood"}},
        {"kind": "signal_cleared", "data": {}},
        {"kind": "promise_made", "data": {}},
        {"kind": "promise_resolved", "data": {"resolution": "maybe"}},
        {"kind": "arrangement_made", "data": {}},
        {"kind": "arrangement_made", "data": TERMS, "amount_cents": None},
        {"kind": "arrangement_made", "data": TERMS | {"kind": "gift"}},
        {"kind": "arrangement_made", "data": TERMS | {"instalments": 0}},
        {"kind": "arrangement_made", "data": TERMS | {"instalments": True}},
        {"kind": "arrangement_made", "data": TERMS | {"first_due_on": "soon"}},
        {"kind": "arrangement_resolved", "data": {"resolution": "kept"}},
        {"kind": "instalment_due", "data": {"instalment_id": "a1-1", "due_on": "2026-04-01"}},
        {"kind": "instalment_due", "data": {"instalment_id": "a1-1", "arrangement_id": "a1"}},
        {"kind": "instalment_paid", "data": {}},
        {"note": "an unknown key"},
        {"event_id": ""},
        {"customer_id": "a\nb"},
    ],
)
def test_a_single_event_that_cannot_be_understood_is_a_problem_and_is_kept(client, server, bad):
    answer = client.post(EVENTS, json=event(**bad))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(server.service.store.refused()) == 1
    assert server.service.store.count("events") == 0


def test_a_list_that_is_empty_or_too_long_is_refused_whole(client):
    assert client.post(EVENTS, json=[]).status_code == 422
    assert client.post(EVENTS, json=[7] * 1_001).status_code == 413
