import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from features.ingest.appending import append
from regua import decision_log
from regua.errors import DataError
from regua.records import Event
from regua.settings import Settings
from regua.vocabulary import Channel, EventKind
from serving.store import Store
from training.outcomes.choices import choice
from training.outcomes.harvest import fold, harvest
from training.outcomes.settling import settle

NOON = datetime(2026, 7, 1, 15, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def event(kind: EventKind, *, at: datetime = NOON, known: datetime | None = None, **fields) -> Event:
    data = fields.pop("data")
    key = next(iter(data.values()))
    fields = {"customer_id": "ana", "contract_id": "ana-1"} | fields
    return Event(f"{kind}:{key}", kind, happened_at=at, known_at=known or at, data=data, **fields)


SENT = event(
    EventKind.CONTACT_SENT,
    channel=Channel.SMS,
    decision_id="dec_1",
    data={
        "contact_id": "k1",
        "cost_cents": 9,
        "template": "pay_link",
        "journey": "early_digital",
        "step": 1,
        "offer": "plan_6",
    },
)
READ_LATE = event(
    EventKind.CONTACT_READ, channel=Channel.SMS, at=NOON + timedelta(hours=1), known=LATER, data={"contact_id": "k1"}
)
PAID = event(EventKind.PAYMENT, amount_cents=5000, data={"payment_id": "p1", "method": "pix"})
PROMISED = event(EventKind.PROMISE_MADE, amount_cents=7000, data={"promise_id": "m1", "promised_for": "2026-07-05"})
BROKEN = event(EventKind.PROMISE_RESOLVED, at=LATER, data={"promise_id": "m1", "resolution": "broken"})
CLAIMED = event(EventKind.PAYMENT_CLAIMED, data={"dispute_id": "d1"})
OPTED_OUT = event(EventKind.OPTED_OUT, channel=Channel.SMS, data={"consent_id": "o1"})
NOT_ME = event(EventKind.WRONG_PARTY, channel=Channel.SMS, data={"contact_point_id": "ana-sms"})
HELD = event(
    EventKind.HOLD_PLACED, data={"hold_id": "h1", "kind": "vulnerable", "ends_at": "2026-08-01T03:00:00+00:00"}
)
ACCEPTED = event(EventKind.CONTACT_ACCEPTED, at=NOON + timedelta(minutes=1), data={"contact_id": "k1"})
RAISED = event(EventKind.SIGNAL_RAISED, contract_id=None, data={"signal_id": "s1", "kind": "income_shock"})
CLEARED = event(EventKind.SIGNAL_CLEARED, at=LATER, contract_id=None, data={"signal_id": "s1", "kind": "income_shock"})
LIFTED = event(EventKind.HOLD_LIFTED, at=LATER, data={"hold_id": "h1", "kind": "vulnerable"})


@pytest.fixture
def home(tmp_path) -> Settings:
    settings = Settings(home=tmp_path)
    begun = {"happened_at": LONG_AGO, "known_at": LONG_AGO}
    rows = {
        "customers": {"customer_id": "ana", "kind": "person", "region": "SP", "customer_since": date(2025, 1, 1)},
        "contracts": {
            "contract_id": "ana-1", "customer_id": "ana", "product": "card", "opened_on": date(2025, 1, 1),
        },
        "contact_points": {
            "contact_point_id": "ana-sms", "customer_id": "ana", "channel": "sms", "status": "verified",
        },
    }  # fmt: skip
    for table, row in rows.items():
        append(table, pl.DataFrame([row | begun]), settings, NOON)
    return settings


def tell(settings: Settings, *events: Event) -> None:
    with Store(settings.decisions) as store:
        store.record(events, [])


def harvested(settings: Settings) -> dict[str, dict[str, dict]]:
    with decision_log.opened(settings) as log:
        return harvest(log).rows


def rows_of(settings: Settings, table: str) -> list[dict]:
    parts = sorted((settings.tables / table).glob("*.parquet"))
    return [row for part in parts for row in pl.read_parquet(part).to_dicts()]


def test_a_message_reported_read_tomorrow_counts_as_read_from_tomorrow(home):
    tell(home, SENT, READ_LATE)
    rows = harvested(home)["contacts"]
    assert rows["k1"]["read_at"] == LATER.replace(tzinfo=None)
    assert rows["k1"]["happened_at"] == NOON.replace(tzinfo=None)


def test_every_kind_of_event_becomes_a_row_its_table_accepts(home):
    told = (
        ACCEPTED,
        SENT,
        READ_LATE,
        PAID,
        PROMISED,
        BROKEN,
        CLAIMED,
        OPTED_OUT,
        NOT_ME,
        HELD,
        LIFTED,
        CLEARED,
        RAISED,
    )
    tell(home, *told)
    settled = settle(home, LATER)
    assert {name: (one.kept, one.quarantined) for name, one in settled.tables.items()} == dict.fromkeys(
        ["contacts", "payments", "promises", "disputes", "consents", "contact_points", "holds", "signals"], (1, 0)
    )
    assert rows_of(home, "promises")[0]["resolution"] == "broken"
    assert rows_of(home, "disputes")[0]["kind"] == "paid_claim"
    assert rows_of(home, "consents")[0]["is_granted"] is False
    assert rows_of(home, "holds")[0]["lifted_at"] == LATER.replace(tzinfo=None)
    (signal,) = rows_of(home, "signals")
    assert (signal["kind"], signal["cleared_at"]) == ("income_shock", LATER.replace(tzinfo=None))
    (contact,) = rows_of(home, "contacts")
    assert (contact["offer"], contact["accepted_at"]) == ("plan_6", (NOON + timedelta(minutes=1)).replace(tzinfo=None))


def test_what_is_told_again_was_known_from_the_first_time_on(home):
    again = [
        replace(one, event_id=f"{one.event_id} again", known_at=one.known_at + timedelta(days=2))
        for one in (SENT, READ_LATE, BROKEN, PROMISED, LIFTED, HELD, RAISED, CLEARED)
    ]
    tell(home, READ_LATE, SENT, PROMISED, BROKEN, HELD, LIFTED, RAISED, CLEARED)
    once = harvested(home)
    tell(home, *again)
    assert harvested(home) == once


def test_a_resolution_that_is_corrected_counts_from_the_correction(home):
    kept = replace(
        BROKEN, event_id="kept", known_at=LATER + timedelta(days=1), data=BROKEN.data | {"resolution": "kept"}
    )
    tell(home, PROMISED, BROKEN, kept)
    row = harvested(home)["promises"]["m1"]
    assert (row["resolution"], row["resolved_at"]) == ("kept", kept.known_at.replace(tzinfo=None))


def test_work_for_people_is_no_treatment_and_no_candidate():
    task = DECISION | {"action": "task/review_by_person", "channel": None}
    assert choice(task | {"alternatives": [{"action": "sms/pay_link", "blocked_by": []}]}) is None
    alone = [{"action": "task/review_by_person", "blocked_by": []}, {"action": "nothing", "blocked_by": []}]
    assert choice(DECISION | {"action": "nothing", "channel": None, "alternatives": alone}) is None


def test_a_number_that_turned_out_wrong_keeps_the_rest_of_its_row(home):
    tell(home, NOT_ME)
    settle(home, LATER)
    (row,) = rows_of(home, "contact_points")
    assert (row["status"], row["channel"], row["happened_at"]) == ("wrong_party", "sms", LONG_AGO)


@pytest.mark.parametrize(("channel", "closed"), [(Channel.SMS, {"ana-sms"}), (None, {"ana-sms", "ana-call"})])
def test_where_no_number_is_named_those_of_the_channel_that_were_known_by_then_are_wrong(home, channel, closed):
    point, naive = {"customer_id": "ana", "status": "verified"}, LATER.replace(tzinfo=None)
    more = [
        {"contact_point_id": "ana-call", "channel": "call", "happened_at": LONG_AGO, "known_at": LONG_AGO},
        {"contact_point_id": "ana-new", "channel": "sms", "happened_at": naive, "known_at": naive},
        {"contact_point_id": "bia-sms", "channel": "sms", "happened_at": LONG_AGO, "known_at": LONG_AGO},
    ]
    rows = [point | one for one in more]
    rows[2]["customer_id"] = "bia"
    append("contact_points", pl.DataFrame(rows), home, LATER)
    told = [replace(NOT_ME, event_id=name, data={}, channel=channel) for name in ("w1", "w2")]
    tell(home, *told, replace(told[0], event_id="w3", customer_id="cy"))
    assert settle(home, LATER).tables["contact_points"].quarantined == 1, "of whom nobody knows a number"
    assert {
        row["contact_point_id"] for row in rows_of(home, "contact_points") if row["status"] == "wrong_party"
    } == closed
    before = rows_of(home, "contact_points")
    tell(home, replace(told[0], event_id="w4", known_at=LATER + timedelta(days=1)))
    settle(home, LATER + timedelta(days=1))
    kept = {row["contact_point_id"]: row["status_at"] for row in before if row["contact_point_id"] in closed}
    again = {row["contact_point_id"]: row["status_at"] for row in rows_of(home, "contact_points")}
    assert kept.items() <= again.items(), "wrong from when it was first told"


def test_an_opt_out_that_names_no_channel_is_one_from_every_channel(home):
    tell(home, event(EventKind.OPTED_OUT, data={"consent_id": "o9"}))
    settle(home, LATER)
    assert {(row["channel"], row["is_granted"]) for row in rows_of(home, "consents")} == {
        (channel.value, False) for channel in Channel
    }


def test_settling_twice_changes_nothing(home):
    tell(home, SENT, PAID)
    assert settle(home, LATER).rows == 2
    assert settle(home, LATER).rows == 0
    assert len(rows_of(home, "payments")) == 1


def test_a_state_that_arrives_after_its_message_was_settled_changes_that_row(home):
    tell(home, SENT)
    settle(home, LATER)
    tell(home, READ_LATE)
    settle(home, LATER)
    (row,) = rows_of(home, "contacts")
    assert (row["cost_cents"], row["read_at"]) == (9, LATER.replace(tzinfo=None))


def test_a_long_log_is_settled_part_by_part_to_the_same_rows(home, tmp_path):
    told = (READ_LATE, SENT, PAID, PROMISED, BROKEN, HELD, LIFTED, RAISED, CLEARED)
    tell(home, *told)
    settled = settle(home, LATER, most=2)
    parts = {table: rows_of(home, table) for table in settled.tables}
    assert (settled.tables["contacts"].kept, settled.tables["promises"].kept) == (1, 2)
    other = Settings(home=tmp_path / "other")
    shutil.copytree(home.tables, other.tables)
    for table in parts:
        shutil.rmtree(other.tables / table)
    tell(other, *told)
    settle(other, LATER)
    assert {table: rows_of(other, table) for table in parts} == parts


def test_an_event_without_the_key_of_its_row_is_a_row_of_its_own(home):
    tell(home, event(EventKind.PAYMENT, amount_cents=1, data={"method": "pix"}))
    settle(home, LATER)
    assert [row["payment_id"] for row in rows_of(home, "payments")] == ["payment:pix"]


def test_a_change_of_a_row_nobody_knows_is_put_aside_and_counted(home):
    tell(home, READ_LATE)
    settled = settle(home, LATER)
    assert (settled.tables["contacts"].kept, settled.tables["contacts"].quarantined) == (0, 1)


def test_without_a_log_the_error_says_how_to_make_one(tmp_path):
    with pytest.raises(DataError, match="no decision log"):
        settle(Settings(home=tmp_path), NOON)


DECISION = {
    "decision_id": "dec_1",
    "customer_id": "ana",
    "contract_id": "ana-1",
    "decided_at": "2026-07-01T12:00:00Z",
    "channel": "sms",
    "propensity": 0.975,
    "explored": False,
    "alternatives": [{"action": "nothing", "value_cents": 0, "blocked_by": []}],
}


def test_a_choice_between_permitted_candidates_is_a_treatment_with_its_propensity():
    row = choice(DECISION)
    assert (row["channel"], row["propensity"], row["treatment_id"]) == ("sms", 0.975, "dec_1")


def test_a_treatment_lists_what_could_have_been_done():
    others = [
        {"action": "email/forgot", "blocked_by": [], "propensity": 0.01},
        {"action": "call/agent", "blocked_by": ["hours"], "propensity": 0.0},
        {"action": "nothing", "blocked_by": [], "propensity": 0.01},
    ]
    assert choice(DECISION | {"alternatives": others})["among"] == "sms email nothing"
    assert choice(DECISION | {"channel": None, "alternatives": others[:1]})["among"] == "nothing email"
    # A log of before says nothing of it.
    assert choice(DECISION)["among"] is None


def test_leaving_in_peace_by_choice_is_a_treatment_and_by_prohibition_is_none():
    permitted = DECISION | {"channel": None, "alternatives": [{"action": "sms/pay_link", "blocked_by": []}]}
    forbidden = DECISION | {"channel": None, "alternatives": [{"action": "sms/pay_link", "blocked_by": ["hours"]}]}
    assert choice(permitted)["channel"] is None
    assert choice(forbidden) is None


def test_the_propensity_of_a_contact_is_that_of_the_decision_it_came_from():
    body = {"event_id": "e", "kind": "contact_sent", "customer_id": "ana", "contract_id": "ana-1",
            "decision_id": "dec_1", "channel": "sms", "amount_cents": None, "happened_at": "2026-07-01T12:00:00Z",
            "known_at": "2026-07-01T12:00:00Z", "data": {"contact_id": "k1"}}  # fmt: skip
    row = fold([body], {"dec_1": DECISION})["contacts"]["k1"]
    assert (row["propensity"], row["is_randomised"]) == (0.975, False)
