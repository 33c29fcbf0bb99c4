"""Who paid what: the set-based allocation against a ledger kept row by row."""

from collections import defaultdict
from datetime import date

import numpy as np
import pytest

from features import profile, snapshots


def _ledger(rows, moment) -> dict[str, tuple[float, float]]:
    """Return days past due and overdue cents by contract, by going through the rows one after the other."""
    now, today = moment.replace(tzinfo=None), date(2026, 3, 10)

    def known(row):
        return max(row["known_at"], row["happened_at"]) <= now

    owed: dict[str, list[dict]] = defaultdict(list)
    for bill in rows["invoices"]:
        if known(bill) and not (bill["cancelled_at"] and bill["cancelled_at"] <= now):
            owed[bill["contract_id"]].append(bill | {"open": bill["amount_cents"]})
    loose: dict[str, int] = defaultdict(int)
    for payment in filter(known, rows["payments"]):
        money = payment["amount_cents"]
        for bill in owed[payment["contract_id"]]:
            if bill["invoice_id"] == payment["invoice_id"]:
                taken = min(money, bill["open"])
                bill["open"], money = bill["open"] - taken, money - taken
        loose[payment["contract_id"]] += money
    answer = {}
    for contract, bills in owed.items():
        for bill in sorted(bills, key=lambda bill: (bill["due_on"] or date.max, bill["invoice_id"])):
            taken = min(loose[contract], bill["open"])
            bill["open"], loose[contract] = bill["open"] - taken, loose[contract] - taken
        late = [bill for bill in bills if bill["open"] and bill["due_on"] and bill["due_on"] < today]
        if late:
            oldest = min(bill["due_on"] for bill in late)
            answer[contract] = ((today - oldest).days, sum(bill["open"] for bill in late))
    return answer


@pytest.mark.parametrize("seed", [11, 12])
def test_the_allocation_agrees_with_a_ledger_kept_row_by_row(settings, write_book, draw_rows, moment, seed):
    rows = draw_rows(80, seed)
    write_book(settings, rows)
    snapshots.build(settings, [moment])
    table = profile.contracts_at(settings, [moment])
    names = ("contract_id", "days_past_due", "balance_overdue_cents")
    found = {key: values for key, *values in zip(*(table[name].to_pylist() for name in names), strict=True)}
    now = moment.replace(tzinfo=None)
    customers = {row["customer_id"] for row in rows["customers"] if max(row["known_at"], row["happened_at"]) <= now}
    contracts = {
        row["contract_id"]
        for row in rows["contracts"]
        if row["customer_id"] in customers and max(row["known_at"], row["happened_at"]) <= now
    }
    expected = {key: list(values) for key, values in _ledger(rows, moment).items() if key in contracts}
    assert len(expected) > 40
    assert found == expected
    assert np.all(np.array(table["days_past_due"]) >= 1)
