"""Small books worked by hand: what a contract owes, since when, and how it pays. Today is 2026-03-10."""

# ruff: noqa: DTZ001 - the tables hold UTC instants without a zone

from datetime import date, datetime, timedelta

import numpy as np
import pytest

NOTHING: dict[str, float] = {"days_past_due": 0, "balance_overdue_cents": 0, "invoices_overdue": 0}


def bill(due: str, cents: int = 10_000, known: str | None = None, **more) -> dict:
    due_on = date.fromisoformat(due)
    issued = datetime(due_on.year, due_on.month, due_on.day, 12) - timedelta(days=10)
    first = {"issued_on": issued.date(), "due_on": due_on, "amount_cents": cents}
    return first | {"happened_at": issued, "known_at": datetime.fromisoformat(known) if known else issued} | more


def pay(day: str, cents: int = 10_000, bill: int | None = 0, known: str | None = None, method: str = "pix") -> dict:
    happened = datetime.fromisoformat(f"{day}T15:00")
    known_at = datetime.fromisoformat(known) if known else happened
    return {"bill": bill, "amount_cents": cents, "method": method, "happened_at": happened, "known_at": known_at}


JAN, FEB, MAR = bill("2026-01-10"), bill("2026-02-10"), bill("2026-03-15")
LATER = datetime(2026, 3, 10, 13)  # an hour after the moment

# name: bills, payments, contract, what is expected
CASES: dict[str, tuple[list[dict], list[dict], dict, dict]] = {
    "one unpaid bill": (
        [FEB],
        [],
        {},
        {"days_past_due": 28, "balance_overdue_cents": 10_000, "balance_open_cents": 10_000, "invoices_overdue": 1},
    ),
    "a paid bill": ([FEB], [pay("2026-02-08")], {}, NOTHING | {"balance_open_cents": 0, "max_days_past_due_3m": 0}),
    "a payment known later": ([FEB], [pay("2026-02-08", known="2026-03-10T13:00")], {}, {"days_past_due": 28}),
    "a part payment": ([FEB], [pay("2026-02-08", 4_000)], {}, {"days_past_due": 28, "balance_overdue_cents": 6_000}),
    "two part payments": ([FEB], [pay("2026-02-08", 4_000), pay("2026-03-01", 6_000)], {}, NOTHING),
    "loose money pays the oldest first": (
        [FEB, JAN],
        [pay("2026-02-20", 15_000, None)],
        {},
        {"days_past_due": 28, "balance_overdue_cents": 5_000, "oldest_overdue_amount_cents": 5_000},
    ),
    "what is left over pays the next": (
        [JAN, FEB],
        [pay("2026-01-09", 13_000, 0)],
        {},
        {"days_past_due": 28, "balance_overdue_cents": 7_000, "balance_open_cents": 7_000},
    ),
    "credit waits for the next bill": ([MAR], [pay("2025-12-01", 30_000, None)], {}, {"balance_open_cents": 0}),
    "a cancelled bill is not owed": (
        [FEB | {"cancelled_at": datetime(2026, 3, 1)}, MAR],
        [],
        {},
        {"days_past_due": -5, "balance_overdue_cents": 0, "balance_open_cents": 10_000},
    ),
    "a bill cancelled later is owed": ([FEB | {"cancelled_at": LATER}], [], {}, {"days_past_due": 28}),
    "money for a cancelled bill pays another": (
        [JAN | {"cancelled_at": datetime(2026, 3, 1)}, FEB],
        [pay("2026-01-10")],
        {},
        NOTHING,
    ),
    "due today is not past due": ([bill("2026-03-10")], [], {}, {"days_past_due": 0, "balance_overdue_cents": 0}),
    "due yesterday is": ([bill("2026-03-09")], [], {}, {"days_past_due": 1, "balance_overdue_cents": 10_000}),
    "nothing billed": (
        [],
        [],
        {},
        {"days_past_due": None, "balance_overdue_cents": None, "max_days_past_due_3m": None},
    ),
    "a bill known later": ([bill("2026-02-10", known="2026-03-10T13:00")], [], {}, {"days_past_due": None}),
    "two bills of one month": (
        [JAN, bill("2026-01-20", 500), FEB],
        [],
        {},
        {
            "invoices_overdue": 3,
            "cycles_past_due": 2,
            "balance_overdue_cents": 20_500,
            "oldest_overdue_amount_cents": 10_000,
        },
    ),
    "sixty days late last year": (
        [bill("2025-06-10"), MAR],
        [pay("2025-08-09")],
        {},
        {"max_days_past_due_12m": 60, "max_days_past_due_6m": 0, "months_since_last_arrears": 7, "cures_12m": 1}
        | {"invoices_late_30d_12m": 1, "days_past_due": -5, "share_overdue": 0},
    ),
    "in arrears now": ([FEB], [], {}, {"months_since_last_arrears": 0, "share_overdue": 1, "cures_12m": 0}),
    "the first bill paid, the second not": ([JAN, FEB], [pay("2026-01-10")], {}, {"is_first_invoice_unpaid": 0}),
    "the first bill not paid": ([JAN, FEB], [pay("2026-02-10", bill=1)], {}, {"is_first_invoice_unpaid": 1}),
    "limit, age and agency": (
        [FEB],
        [],
        {"credit_limit_cents": 40_000, "placed_at": datetime(2026, 3, 1), "is_secured": True},
        {"limit_use": 0.25, "contract_age_days": 434, "is_placed": 1, "is_secured": 1},
    ),
    "handed over later": ([FEB], [], {"placed_at": LATER, "closed_at": LATER}, {"is_placed": 0, "contracts_open": 1}),
    "closed but owing": ([FEB], [], {"closed_at": datetime(2026, 3, 1)}, {"contracts_open": 0, "days_past_due": 28}),
    "bills that grew": (
        [bill("2025-11-10", 4_000), bill("2026-01-10", 6_000), bill("2026-02-10", 6_001)],
        [],
        {},
        {
            "invoice_amount_last_cents": 6_001,
            "invoice_amount_mean_6m_cents": 5_334,
            "invoice_amount_trend_6m": 0.500125,
        },
    ),
    "how it pays": (
        [bill("2025-12-10"), bill("2026-01-10"), bill("2026-02-10")],
        [
            pay("2025-12-08", bill=0, method="auto_debit"),
            pay("2026-01-14", bill=1),
            pay("2026-02-20", 2_500, bill=2),
            pay("2026-03-09", 7_500, bill=2),
        ],
        {},
        {"payments_30d": 2, "payments_90d": 3, "payments_365d": 4, "paid_30d_cents": 10_000, "paid_90d_cents": 20_000}
        | {"pay_to_due_ratio_6m": 1, "days_to_pay_mean_12m": 29 / 3, "days_to_pay_std_12m": np.std([-2, 4, 27], ddof=1)}
        | {"on_time_share_12m": 1 / 3, "partial_payments_12m": 1, "days_since_last_payment": 1, "cures_12m": 2}
        | {"last_payment_cents": 7_500, "auto_debit_share_12m": 0.25, "pix_share_12m": 0.75, "days_past_due": 0},
    ),
    "one run of arrears, one cure": (
        [bill("2025-12-10"), bill("2026-01-10")],
        [pay("2026-01-20", bill=0), pay("2026-02-01", bill=1)],
        {},
        {"cures_12m": 1, "max_days_past_due_3m": 41},
    ),
    "loose money leaves a bill open": (
        [JAN, FEB],
        [pay("2026-01-10", 12_000, None)],
        {},
        {"partial_payments_12m": 1, "on_time_share_12m": 0.5, "days_to_pay_mean_12m": 0},
    ),
    "never paid": (
        [FEB],
        [],
        {},
        {"payments_365d": 0, "days_since_last_payment": None, "last_payment_cents": None, "pix_share_12m": None}
        | {"days_to_pay_mean_12m": None, "on_time_share_12m": 0, "pay_to_due_ratio_6m": 0},
    ),
    "a bill without a due date": (
        [bill("2026-02-10", due_on=None)],
        [],
        {},
        {"days_past_due": None, "balance_overdue_cents": 0, "balance_open_cents": 10_000},
    ),
}


@pytest.fixture(scope="module")
def worked(tmp_path_factory, rows_of):
    """One customer and contract per case, all in one book; answers the profile row of a case."""
    rows: dict[str, list[dict]] = {table: [] for table in ("customers", "contracts", "invoices", "payments")}
    long_ago = {"happened_at": datetime(2024, 12, 31, 12), "known_at": datetime(2024, 12, 31, 12)}
    for name, (bills, payments, contract, _) in CASES.items():
        owner = {"customer_id": name}
        rows["customers"].append(
            owner | {"kind": "person", "region": "SP", "customer_since": date(2024, 1, 1)} | long_ago
        )
        opened = {"contract_id": f"k {name}", "product": "card", "opened_on": date(2024, 12, 31)}
        rows["contracts"].append(owner | opened | long_ago | contract)
        owner = owner | {"contract_id": f"k {name}"}
        rows["invoices"] += [owner | {"invoice_id": f"{name} {n}"} | row for n, row in enumerate(bills)]
        for number, paid in enumerate(payments):
            named = None if paid["bill"] is None else f"{name} {paid['bill']}"
            rows["payments"].append(owner | paid | {"payment_id": f"{name} {number}", "invoice_id": named})
            del rows["payments"][-1]["bill"]
    return rows_of(tmp_path_factory.mktemp("worked"), rows)


@pytest.mark.parametrize("case", CASES)
def test_a_contract_worked_by_hand_has_these_values(worked, case):
    row, expected = worked(case), CASES[case][3]
    found = {name: None if row[name] != row[name] else row[name] for name in expected}
    assert found == pytest.approx(expected, nan_ok=True)


def test_every_feature_of_both_views_is_worked_by_hand_or_is_plain():
    worked_names = {name for *_, expected in CASES.values() for name in expected}
    plain = {"product", "credit_limit_cents", "suspect_invoices", "contract_calls_7d"}
    from features.catalog import CONTRACT_VIEWS

    assert {feature.name for view in CONTRACT_VIEWS for feature in view.features} <= worked_names | plain
