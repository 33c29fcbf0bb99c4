"""Small books worked by hand: what the guard counts and how far the last contact got. Today is Tuesday, 2026-03-10."""

# ruff: noqa: DTZ001 - the tables hold UTC instants without a zone

from datetime import date, datetime, timedelta

import pytest

from regua.vocabulary import HOLD_BIT, SIGNAL_BIT, HoldKind, SignalKind

NOW = datetime(2026, 3, 10, 12)
LATER = NOW + timedelta(hours=1)


def ago(hours: float, **more) -> dict:
    instant = NOW - timedelta(hours=hours)
    return {"happened_at": instant, "known_at": instant} | more


def sent(hours: float, channel: str = "sms", **more) -> dict:
    return ago(hours, channel=channel, **more)


def before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


# name: contacts, holds, signals, what is expected
CASES: dict[str, tuple[list[dict], list[dict], list[dict], dict]] = {
    "never approached": (
        [],
        [],
        [],
        {"attempts_24h": 0, "contract_calls_7d": 0, "unanswered_in_a_row": 0, "hours_since_last_conversation": None}
        | {"last_contact_state": None, "hours_since_last_contact": None, "days_since_written_off": None},
    ),
    "a day is twenty-four hours": (
        [sent(23.9), sent(24), sent(24.1), sent(1, "line"), ago(0.5, channel="sms", known_at=LATER)],
        [],
        [],
        {"attempts_24h": 2, "attempts_24h_sms": 1, "attempts_24h_line": 1, "attempts_24h_call": 0},
    ),
    "calls about the contract or about none": (
        [
            sent(10, "call", contract_id="k calls about the contract or about none"),
            sent(20, "voice_bot"),
            sent(30, "call", contract_id="another"),
            sent(40, "sms"),
            sent(168, "call"),
        ],
        [],
        [],
        {"contract_calls_7d": 2},
    ),
    "a conversation is by voice": (
        [
            sent(50, "call", outcome="refused", outcome_at=before(49)),
            sent(40, "call", outcome="wrong_party", outcome_at=before(39)),
            sent(30, "whatsapp", replied_at=before(29)),
            sent(20, "call", outcome="connected", outcome_at=LATER),
        ],
        [],
        [],
        {"hours_since_last_conversation": 49, "unanswered_in_a_row": 0, "last_contact_state": 1},
    ),
    "messages nobody answered": (
        [
            sent(100, replied_at=before(90)),
            sent(95),
            sent(80),
            sent(70, "email", read_at=before(60)),
            sent(60, "letter"),
            sent(50, "call"),
            sent(40, "rcs", replied_at=LATER),
        ],
        [],
        [],
        {"unanswered_in_a_row": 3},
    ),
    "a talk ends the silence": (
        [sent(9), sent(8, "call", outcome="promised", outcome_at=before(7)), sent(6), sent(5)],
        [],
        [],
        {"unanswered_in_a_row": 2, "hours_since_last_conversation": 7},
    ),
    "accepted, and delivered only later": (
        [sent(2, accepted_at=before(1.9), delivered_at=LATER)],
        [],
        [],
        {"last_contact_state": 2, "hours_since_last_contact": 2},
    ),
    "failed after it was accepted": (
        [sent(2, accepted_at=before(1.9), outcome="failed", outcome_at=before(1))],
        [],
        [],
        {"last_contact_state": 0},
    ),
    "read whatever was said of it": (
        [sent(3), sent(2, read_at=before(1), outcome="failed", outcome_at=before(1))],
        [],
        [],
        {"last_contact_state": 4},
    ),
    "of two at one instant the one that got further": (
        [sent(2), sent(2, "email", delivered_at=before(1))],
        [],
        [],
        {"last_contact_state": 3},
    ),
    "one hold twice": (
        [],
        [ago(9, kind="minor"), ago(8, kind="minor"), ago(7, kind="time_barred"), ago(9, kind="minor", lifted_at=NOW)],
        [],
        {
            "hold_bits": HOLD_BIT[HoldKind.MINOR] + HOLD_BIT[HoldKind.TIME_BARRED],
            "hold_bits_repeated": HOLD_BIT[HoldKind.MINOR],
        },
    ),
    "the age of a hold": (
        [],
        [
            ago(24 * 61, kind="breathing_space"),
            ago(24 * 59, kind="breathing_space"),
            ago(24 * 9, kind="vulnerable", lifted_at=before(1)),
            ago(24 * 8, kind="fraud_claim", known_at=LATER),
        ],
        [],
        {"hold_days_breathing_space": 59, "hold_days_vulnerable": None, "hold_days_fraud_claim": None},
    ),
    "signals in force": (
        [],
        [],
        [
            ago(24 * 9, kind="income_shock"),
            ago(24 * 5, kind="income_shock", cleared_at=before(1)),
            ago(24 * 4, kind="payment_failed", cleared_at=LATER),
            ago(24 * 3, kind="human_requested", known_at=LATER),
            ago(24 * 2, kind="listed", cleared_at=NOW),
            *[ago(24 * days, kind="bill_unopened") for days in (2, 30, 60)],
        ],
        {"days_since_income_shock": 9, "days_since_payment_failed": 4, "days_since_human_requested": None}
        | {"days_since_listed": None, "signal_bits_repeated": SIGNAL_BIT[SignalKind.BILL_UNOPENED]},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def worked(tmp_path_factory, rows_of):
    """One customer and contract per case, all in one book; answers the profile row of a case."""
    rows: dict[str, list[dict]] = {"customers": [], "contracts": [], "invoices": []}
    keys = {"contacts": "contact_id", "holds": "hold_id", "signals": "signal_id"}
    long_ago = ago(24 * 90)
    for name, (*tables, _) in CASES.items():
        own = {"customer_id": name}
        rows["customers"].append(
            own | long_ago | {"kind": "person", "region": "SP", "customer_since": date(2025, 1, 1)}
        )
        own_contract = own | {"contract_id": f"k {name}"}
        rows["contracts"].append(own_contract | long_ago | {"product": "card", "opened_on": date(2025, 1, 1)})
        bill = {"invoice_id": name, "issued_on": date(2026, 1, 1), "due_on": date(2026, 2, 1), "amount_cents": 500}
        rows["invoices"].append(own_contract | ago(24 * 60) | bill)
        for table, some in zip(keys, tables, strict=True):
            rows.setdefault(table, []).extend(
                own | {keys[table]: f"{name} {number}"} | row for number, row in enumerate(some)
            )
    rows["contracts"].append(rows["contracts"][-1] | {"contract_id": "another"})
    return rows_of(tmp_path_factory.mktemp("worked"), rows)


@pytest.mark.parametrize("case", CASES)
def test_a_customer_worked_by_hand_has_these_counts(worked, case):
    row, expected = worked(case), CASES[case][-1]
    assert {name: None if row[name] != row[name] else row[name] for name in expected} == pytest.approx(expected)
