import numpy as np
import pyarrow as pa
import pytest

from training.judging.compare import difference, outcome

CUSTOMERS = [f"c{number}" for number in range(2000)]


def rows(amounts: dict[str, int | None], name: str) -> pa.Table:
    return pa.table({"customer_id": list(amounts), name: pa.array(list(amounts.values()), pa.int64())})


def test_net_value_is_what_came_in_less_what_it_cost():
    result = outcome(
        ["a", "b"], [rows({"a": 1000, "b": 50}, "amount_cents")], [rows({"a": 30, "b": None}, "cost_cents")]
    )
    assert (result.collected_cents, result.cost_cents, result.net_cents, result.contacts) == (1050, 30, 1020, 2)
    assert result.net_by_customer.tolist() == [970, 50]


def test_the_interval_holds_the_difference_and_does_not_depend_on_row_order():
    better = outcome(CUSTOMERS, [rows(dict.fromkeys(CUSTOMERS[::2], 100), "amount_cents")], [])
    worse = outcome(CUSTOMERS, [rows(dict.fromkeys(CUSTOMERS[::3], 100), "amount_cents")], [])
    forward = difference(better, worse, CUSTOMERS, rounds=300)
    turned = np.arange(len(CUSTOMERS))[::-1]
    better_turned = outcome(
        [CUSTOMERS[i] for i in turned], [rows(dict.fromkeys(CUSTOMERS[::2], 100), "amount_cents")], []
    )
    worse_turned = outcome(
        [CUSTOMERS[i] for i in turned], [rows(dict.fromkeys(CUSTOMERS[::3], 100), "amount_cents")], []
    )
    backward = difference(better_turned, worse_turned, [CUSTOMERS[i] for i in turned], rounds=300)
    assert forward.low < forward.point < forward.high
    assert forward.low == pytest.approx(backward.low)
    standard_error = 100 * np.sqrt(np.count_nonzero(better.net_by_customer - worse.net_by_customer))
    assert (forward.high - forward.low) == pytest.approx(2 * 1.96 * standard_error, rel=0.15)


def test_the_same_strategy_twice_differs_by_nothing():
    same = outcome(CUSTOMERS, [rows({"c1": 100}, "amount_cents")], [])
    nothing = difference(same, same, CUSTOMERS)
    assert (nothing.point, nothing.low, nothing.high) == (0.0, 0.0, 0.0)
