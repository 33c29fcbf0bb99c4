"""Debts of a hundred reais, and what came in of them month by month: reckoned by head."""

from datetime import UTC, datetime

import numpy as np
import pytest

from training.cases import history
from training.cases.recovery_curve import cases, monthly
from training.plan import Plan

# With this moment and steps of thirty days, 2026-01-05 is a moment of the grid.
AS_OF = datetime(2026, 4, 8, 12, tzinfo=UTC)


@pytest.fixture
def curve(settings):
    """Return the shares paid of each contract at each moment of the grid, by the moment's day."""

    def ask(as_of=AS_OF, **more):
        plan = Plan.model_validate({"name": "tiny", "models": {"recovery_curve": more}})
        with history.opened(settings, plan, as_of, seed=7) as past:
            found = cases(past, plan.spec("recovery_curve"))
        told = {}
        rows = zip(
            found.contract,
            found.moment.astype("datetime64[D]").astype(str),
            found.extras["month"],
            found.label,
            strict=True,
        )
        for contract, day, month, label in rows:
            told.setdefault((contract, day), {})[int(month)] = round(float(label), 6)
        return told, found

    return ask


def _first(told, contract="c"):
    return next(months for (name, _), months in sorted(told.items()) if name == contract)


def _moment(found):
    return str(found.moment.min())[:10]


def test_each_month_tells_the_share_of_what_was_left(curve, invoice, payment):
    invoice("c", "2025-12-20", amount_cents=10_000)
    told, found = curve()
    day = np.datetime64(_moment(found))
    payment("c", f"{day + 10}T10:00", amount_cents=4_000)
    payment("c", f"{day + 70}T10:00", amount_cents=3_000)
    told, _ = curve()
    assert _first(told) == {1: 0.4, 2: 0.0, 3: 0.5}
    assert _first(curve(as_of=datetime(2026, 3, 9, 12, tzinfo=UTC))[0]) == {1: 0.4, 2: 0.0}


def test_a_paid_debt_is_asked_about_no_more(curve, invoice, payment):
    invoice("c", "2025-12-20", amount_cents=10_000)
    day = np.datetime64(_moment(curve()[1]))
    payment("c", f"{day + 40}T10:00", amount_cents=10_000)
    assert _first(curve()[0]) == {1: 0.0, 2: 1.0}


def test_months_not_yet_over_are_counted_and_left_out(curve, invoice):
    invoice("c", "2025-12-20")
    told, found = curve()
    assert _first(told) == {1: 0.0, 2: 0.0, 3: 0.0}
    # One open month ends each curve, and the moments too young for any month are counted as well.
    assert found.counts["window_open"] >= len(told)


def test_what_falls_due_later_is_not_part_of_it(curve, invoice, payment):
    invoice("c", "2025-12-20", amount_cents=10_000)
    day = np.datetime64(_moment(curve()[1]))
    invoice("c", str(day + 20), amount_cents=50_000)
    payment("c", f"{day + 25}T10:00", amount_cents=10_000, invoice="2025-12-20")
    assert _first(curve()[0]) == {1: 1.0}


def test_a_payment_known_late_came_in_when_it_was_known(curve, invoice, payment):
    invoice("c", "2025-12-20", amount_cents=10_000)
    day = np.datetime64(_moment(curve()[1]))
    payment("c", f"{day + 29}T10:00", amount_cents=5_000, known_at=f"{day + 31}T10:00")
    assert _first(curve()[0])[1] == 0.0
    assert _first(curve()[0])[2] == 0.5


def test_a_cancelled_bill_is_not_money_and_ends_the_following(curve, invoice):
    invoice("c", "2025-12-20", amount_cents=10_000)
    day = np.datetime64(_moment(curve()[1]))
    invoice("d", "2025-12-20", amount_cents=10_000, cancelled_at=datetime.fromisoformat(f"{day + 40}T10:00"))
    told, found = curve()
    assert _first(told, "d") == {1: 0.0}
    # In its second month from the first moment of the grid, in its first from the second.
    assert found.counts["written_off"] == 2


def test_months_of_one_contract_at_one_moment_are_one_curve(curve, invoice):
    invoice("c", "2025-11-01")
    told, found = curve()
    assert len(told) > 1
    assert len(np.unique(found.extras["followed"])) == len(told)


def test_nothing_overdue_is_no_case(curve, invoice, payment):
    invoice("c", "2026-12-20")
    invoice("d", "2025-06-20")
    payment("d", "2025-06-19T10:00")
    assert len(curve()[1]) == 0


def test_more_paid_than_was_left_is_all_of_it():
    left, paid = np.zeros((1, 13)), np.zeros((1, 12))
    left[0, 0], paid[0, 0] = 100, 500
    label, why = monthly(left, paid, np.ones((1, 12), bool))
    assert label[0, 0] == 1.0
    assert why[0].tolist() == ["", *["nothing"] * 11]
