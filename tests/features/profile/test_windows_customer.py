"""Small books worked by hand: contacts, promises, disputes, holds and circumstances. Today is Tuesday, 2026-03-10."""

# ruff: noqa: DTZ001 - the tables hold UTC instants without a zone

from datetime import date, datetime, timedelta

import pytest

from regua.vocabulary import HoldKind
from tests.features.worked import ARRANGED, BITS, LATER, NOW, YESTERDAY, ago, promised, sent

# name: rows by table, what is expected
CASES: dict[str, tuple[dict[str, list[dict]], dict]] = {
    **ARRANGED,
    "never approached": (
        {},
        {"attempts_90d": 0, "read_share_90d": None, "days_since_last_contact": None, "contact_cost_30d_cents": 0}
        | {"promises_365d": 0, "promise_kept_share_365d": None, "has_open_promise": 0, "hold_bits": 0}
        | {"contact_points_valid": 0, "has_point_sms": 0, "consent_sms": None, "days_since_point_confirmed": None}
        | {
            "contracts_open": 0,
            "customer_balance_overdue_cents": None,
            "lead_contract_id": None,
            "pay_day_of_month": None,
        },
    ),
    "attempts by window and channel": (
        {
            "contacts": [
                sent(0.1, cost_cents=10),  # 09:36 UTC, today
                sent(0.4, "call"),  # 02:24 UTC, yesterday in São Paulo
                sent(6.9, "whatsapp"),
                sent(7.1, cost_cents=5),
                sent(31, "letter", cost_cents=100),
                sent(91),
                ago(0, channel="sms", known_at=LATER),
            ]
        },
        {"attempts_1d": 1, "attempts_1d_sms": 1, "attempts_1d_call": 0, "attempts_7d": 3, "attempts_7d_sms": 1}
        | {"attempts_30d": 4, "attempts_30d_sms": 2, "attempts_30d_letter": 0, "attempts_90d": 5}
        | {"contact_cost_30d_cents": 15, "days_since_last_contact": 0},
    ),
    "a message read before and one read later": (
        {
            "contacts": [
                sent(20, "email", delivered_at=NOW - timedelta(days=20), read_at=NOW - timedelta(days=18)),
                sent(10, "email", delivered_at=LATER, read_at=LATER, replied_at=LATER),
                sent(5, "call", delivered_at=NOW - timedelta(days=5), outcome="right_party", outcome_at=YESTERDAY),
                sent(4, "call", outcome="connected", outcome_at=LATER),
            ]
        },
        {"read_share_90d": 0.5, "read_90d_email": 1, "delivered_share_90d": 0.5, "replies_90d": 0, "connects_90d": 1}
        | {"days_since_last_read": 18, "days_since_last_reply": None},
    ),
    "a reply": (
        {"contacts": [sent(40, replied_at=NOW - timedelta(days=39))]},
        {"replies_90d": 1, "days_since_last_reply": 39},
    ),
    "promises and how they ended": (
        {
            "promises": [
                promised(300, "2025-06-01", "kept", NOW - timedelta(days=290)),
                promised(100, "2025-12-10", "broken", NOW - timedelta(days=80)),
                promised(50, "2026-01-25", "partly_kept", NOW - timedelta(days=40)),
                promised(2, "2026-03-13", "kept", LATER),
                promised(1, "2026-03-20"),
            ]
        },
        {"promises_365d": 5, "promises_kept_365d": 1, "promises_broken_365d": 1, "promise_kept_share_365d": 1 / 3}
        | {
            "days_since_last_broken_promise": 80,
            "has_open_promise": 1,
            "open_promise_cents": 10_000,
            "days_to_promise": 3,
        },
    ),
    "a promise five days past its date": (
        {"promises": [promised(9, "2026-03-05")]},
        {"has_open_promise": 1, "days_to_promise": -5},
    ),
    "a promise past its date, and one to come": (
        {"promises": [promised(9, "2026-03-06"), promised(9, "2026-03-14")]},
        {"has_open_promise": 1, "days_to_promise": 4},
    ),
    "a promise long forgotten": (
        {"promises": [promised(9, "2026-03-04")]},
        {"has_open_promise": 0, "days_to_promise": None},
    ),
    "disputes and claims": (
        {
            "disputes": [
                ago(30, kind="dispute", resolved_at=YESTERDAY),
                ago(20, kind="dispute", resolved_at=LATER),
                ago(10, kind="dispute"),
                ago(380, kind="dispute"),
                ago(12, kind="paid_claim"),
                ago(400, kind="paid_claim", resolved_at=YESTERDAY),
            ]
        },
        {"disputes_365d": 3, "open_disputes": 3, "has_open_dispute": 1}
        | {"open_paid_claims": 1, "has_paid_claim": 1, "days_since_paid_claim": 12},
    ),
    "all disputes settled": (
        {"disputes": [ago(30, kind="dispute", resolved_at=YESTERDAY)]},
        {"open_disputes": 0, "has_open_dispute": 0},
    ),
    "holds in force": (
        {
            "holds": [
                ago(9, kind="litigation"),
                ago(8, kind="litigation", ends_at=LATER),
                ago(7, kind="vulnerable", lifted_at=LATER),
                ago(6, kind="bankruptcy", lifted_at=YESTERDAY),
                ago(5, kind="minor", ends_at=YESTERDAY),
                ago(-1, kind="deceased"),
            ]
        },
        {"hold_bits": BITS[HoldKind.LITIGATION] + BITS[HoldKind.VULNERABLE]},
    ),
    "the latest word on consent": (
        {
            "consents": [
                ago(9, channel="sms", is_granted=True),
                ago(3, channel="sms", is_granted=False),
                ago(9, channel="email", is_granted=False),
                ago(3, channel="email", is_granted=True),
                ago(3, channel="call", is_granted=True),
                ago(3, channel="call", is_granted=False),
                ago(5, channel="push", is_granted=True),
                ago(4, channel="push", is_granted=False, known_at=LATER),
            ]
        },
        {"consent_sms": 0, "consent_email": 1, "consent_call": 0, "consent_push": 1, "consent_letter": None},
    ),
    "points good and bad": (
        {
            "contact_points": [
                ago(90, channel="sms", status="verified", status_at=NOW - timedelta(days=60)),
                ago(90, channel="call", status="wrong_party", status_at=YESTERDAY),
                ago(90, channel="email", status="invalid", status_at=LATER),
                ago(90, channel="push", status="verified", status_at=LATER),
            ]
        },
        {"contact_points_valid": 3, "has_point_sms": 1, "has_point_call": 0, "has_point_email": 1, "has_point_push": 1}
        | {"has_point_letter": 0, "days_since_point_confirmed": 60},
    ),
    "a point that reached somebody else stays closed": (
        {
            "contact_points": [
                ago(90, contact_point_id="again", channel="sms", status="verified", status_at=YESTERDAY),
                ago(90, contact_point_id="other", channel="sms", status="unverified"),
                ago(90, contact_point_id="alone", channel="call", status="verified", status_at=YESTERDAY),
                ago(90, contact_point_id="marked", channel="email", status="wrong_party"),
                ago(90, contact_point_id="later", channel="push", status="verified", status_at=YESTERDAY),
            ],
            "contacts": [
                ago(80, contact_point_id=point, channel=channel, outcome="wrong_party", outcome_at=told)
                for point, channel, told in (
                    ("again", "sms", NOW - timedelta(days=79)),
                    ("alone", "call", NOW - timedelta(days=79)),
                    ("later", "push", LATER),
                )
            ],
        },
        {"has_point_sms": 1, "has_wrong_point_sms": 1, "has_point_call": 0, "has_wrong_point_call": 1}
        | {"has_point_email": 0, "has_wrong_point_email": 1, "has_point_push": 1, "has_wrong_point_push": 0}
        | {"contact_points_valid": 2, "has_wrong_point_letter": 0},
    ),
    "where a contact names no point it may have been any of its channel": (
        {
            "contact_points": [
                ago(90, contact_point_id="one", channel="sms", status="unverified"),
                ago(90, contact_point_id="two", channel="sms", status="verified", status_at=NOW - timedelta(days=85)),
                ago(90, contact_point_id="three", channel="call", status="verified", status_at=YESTERDAY),
                ago(70, contact_point_id="four", channel="push", status="unverified"),
                ago(90, contact_point_id="five", channel="email", status="unverified"),
            ],
            "contacts": [
                ago(80, channel=channel, outcome="wrong_party", outcome_at=NOW - timedelta(days=79))
                for channel in ("sms", "call", "push")
            ],
        },
        {"has_point_sms": 0, "has_wrong_point_sms": 1, "has_point_call": 1, "has_wrong_point_call": 0}
        | {"has_point_push": 1, "has_point_email": 1, "contact_points_valid": 3},
    ),
    "circumstances": (
        {},
        {"kind": "person", "region": "SP", "income_band": "low", "customer_tenure_days": 99}
        | {"unemployment_rate": 0.09, "unemployment_change_6m": 0.02, "selic_rate": 0.15, "is_disaster": 0}
        | {"is_thirteenth_salary_month": 0, "day_of_month": 10, "day_of_week": 2},
    ),
    "a pay day": (
        {
            "payments": [
                ago(33, amount_cents=1),
                ago(61, amount_cents=1),
                ago(64, amount_cents=1),
                ago(20, amount_cents=1),
            ]
        },
        # 5 February, 8 and 5 January, 18 February: the fifth, twice; next 5 April.
        {"pay_day_of_month": 5, "days_to_pay_day": 26},
    ),
    "a contract that is paid up hides no bill that is due soon": (
        {
            "contracts": [{"contract_id": "h paid", "product": "card"}, {"contract_id": "h due", "product": "telecom"}],
            "invoices": [
                {"invoice_id": "h paid 1", "contract_id": "h paid", "due_on": date(2026, 2, 10), "amount_cents": 500},
                {"contract_id": "h due", "due_on": date(2026, 3, 13), "amount_cents": 400},
            ],
            "payments": [ago(20, contract_id="h paid", invoice_id="h paid 1", amount_cents=500)],
        },
        {"lead_contract_id": "h due", "contract_id": "h due", "contracts_in_arrears": 0},
    ),
    "the contract that leads": (
        {
            "contracts": [
                {"contract_id": "b", "product": "card"},
                {"contract_id": "a", "product": "card"},
                {"contract_id": "z", "product": "telecom"},
                {"contract_id": "y", "product": "telecom", "closed_at": YESTERDAY},
            ],
            "invoices": [
                {"contract_id": "b", "due_on": date(2026, 2, 10), "amount_cents": 500},
                {"contract_id": "a", "due_on": date(2026, 2, 10), "amount_cents": 500},
                {"contract_id": "z", "due_on": date(2026, 2, 10), "amount_cents": 400},
                {"contract_id": "y", "due_on": date(2026, 2, 20), "amount_cents": 900},
            ],
        },
        {"lead_contract_id": "a", "contract_id": "a", "balance_overdue_cents": 500, "contracts_in_arrears": 4}
        | {"customer_balance_overdue_cents": 2_300, "contracts_open": 3, "products_open": 2},
    ),
}
KEYS = {
    "contacts": "contact_id",
    "contact_points": "contact_point_id",
    "consents": "consent_id",
    "promises": "promise_id",
    "disputes": "dispute_id",
    "holds": "hold_id",
    "payments": "payment_id",
    "invoices": "invoice_id",
}


def _months() -> list[dict]:
    rates = {date(2025, 8, 1): 0.07, date(2026, 1, 1): 0.08, date(2026, 2, 1): 0.09, date(2026, 3, 1): 0.5}
    known = {month: datetime(month.year, month.month, 28) for month in rates}
    return [
        {"region": "SP", "month": month, "unemployment_rate": rate, "selic_rate": 0.15, "is_disaster": False}
        | {"happened_at": datetime(month.year, month.month, 1), "known_at": known[month]}
        for month, rate in rates.items()
    ]


@pytest.fixture(scope="module")
def worked(tmp_path_factory, rows_of):
    """One customer per case, all in one book; answers the profile row of a case."""
    rows: dict[str, list[dict]] = {"customers": [], "contracts": [], "region_months": _months()}
    for name, (tables, _) in CASES.items():
        own = {"customer_id": name}
        plain = {"kind": "person", "region": "SP", "income_band": "low", "customer_since": date(2025, 12, 1)}
        rows["customers"].append(own | ago(99) | plain)
        if "contracts" not in tables and {"payments", "disputes", "promises"} & set(tables):
            rows["contracts"].append(own | ago(99) | {"contract_id": f"k {name}", "product": "card"})
        for table, some in tables.items():
            for number, row in enumerate(some):
                key = {KEYS[table]: f"{name} {number}"} if table in KEYS else {}
                contract = {"contract_id": f"k {name}"} if table in ("payments", "disputes", "promises") else {}
                rows.setdefault(table, []).append(own | ago(50) | key | contract | row)
    return rows_of(tmp_path_factory.mktemp("worked"), rows)


@pytest.mark.parametrize("case", CASES)
def test_a_customer_worked_by_hand_has_these_values(worked, case):
    row, expected = worked(case), CASES[case][1]
    found = {name: None if row[name] != row[name] else row[name] for name in expected}
    texts = {name for name, value in expected.items() if isinstance(value, str)}
    assert {name: found[name] for name in texts} == {name: expected[name] for name in texts}
    numbers = {name: value for name, value in expected.items() if name not in texts}
    assert {name: found[name] for name in numbers} == pytest.approx(numbers)
