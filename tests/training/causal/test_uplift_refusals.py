import numpy as np
import pytest

from regua.errors import DataError
from training import own_table
from training.causal.trial import Trial


def read(table, **more):
    return Trial.of(table, **{"treatment": "treated", "outcome": "paid", "features": ["x", "noise"], **more})


def with_value(table, column, value, row=4):
    return table | {column: np.where(np.arange(len(table[column])) == row, value, table[column])}


@pytest.fixture
def table(made):
    return made(400, lambda x: 0.2 * x)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("chance", 0.0, "chance is 0 in 1 rows, first in row 5"),
        ("chance", 1.5, "chance is 1.5 in 1 rows"),
        ("chance", np.nan, "chance is missing"),
        ("paid", np.inf, "paid is inf in 1 rows, first in row 5"),
        ("paid", np.nan, "paid is missing"),
        ("treated", np.nan, "treated is missing"),
        ("x", np.inf, "x is infinite in row 5"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(table, column, value, words):
    with pytest.raises(DataError, match=words) as refused:
        read(with_value(table, column, value), propensity="chance")
    assert refused.value.expected


def test_one_class_only_is_refused(table):
    with pytest.raises(DataError, match="paid is 0 in every row"):
        read(table | {"paid": np.zeros(400)})


def test_ten_rows_are_refused(table):
    with pytest.raises(DataError, match="10 rows"):
        read({name: column[:10] for name, column in table.items()})


def test_a_treatment_with_one_value_is_refused(table):
    with pytest.raises(DataError, match="one value only: '1'"):
        read(table | {"treated": np.ones(400)})


def test_a_handful_of_treated_is_refused(table):
    with pytest.raises(DataError, match="5 rows of '1'"):
        read(table | {"treated": (np.arange(400) < 5).astype(float)})


def test_a_missing_column_is_named_with_its_neighbours(table):
    with pytest.raises(DataError, match="no column 'payd'") as refused:
        read(table, outcome="payd")
    assert "paid" in refused.value.remedy


def test_a_control_nobody_can_guess_is_asked_for(table):
    table["treated"] = np.array(["blue", "green"], object)[table["treated"].astype(int)]
    with pytest.raises(DataError, match="no telling which of blue, green"):
        read(table)
    assert read(table, control="blue").arms == ("green",)


def test_a_feature_that_is_the_outcome_is_refused(table):
    with pytest.raises(DataError, match="paid cannot be a feature"):
        read(table, features=["x", "paid"])


def test_constant_missing_and_naming_columns_are_left_out_and_told(table):
    table |= {"same": np.ones(400), "unknown": np.full(400, np.nan)}
    table["name"] = np.array([f"customer {row}" for row in range(400)], object)
    found = read(table, features=None, without=["chance"])
    assert set(found.facts.left_out) == {"same", "unknown", "name"}
    assert set(found.facts.names) == {"x", "noise", "city"}


def test_a_category_and_a_missing_value_are_facts(table):
    table["city"] = np.where(np.arange(400) % 7 == 0, None, table["city"])
    found = read(table, features=["x", "city"])
    assert found.facts.categorical == (1,)
    assert np.isnan(found.facts.matrix[:, 1]).sum() == 58


def test_customers_with_several_rows_are_kept_together(table):
    table["who"] = np.array([f"c{row % 40}" for row in range(400)], object)
    found = read(table, customer="who")
    fold = found.folds(7)
    assert all(len(set(fold[found.customer == name].tolist())) == 1 for name in set(found.customer.tolist()))
    with pytest.raises(DataError, match="4 customers"):
        read(table | {"who": np.array([f"c{row % 4}" for row in range(400)], object)}, customer="who")


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(DataError, match="no file"):
        own_table.read(tmp_path / "absent.csv")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not parquet")
    with pytest.raises(DataError):
        own_table.read(broken)
    empty = tmp_path / "empty.csv"
    empty.write_text("treated,paid\n")
    with pytest.raises(DataError, match="no rows"):
        own_table.read(empty)
