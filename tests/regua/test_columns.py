"""Columns keep their values, and their NULLs, through Arrow and back."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from regua.columns import chunks, flag, from_arrow, from_rows, height, number, take, text, to_arrow
from regua.errors import SchemaError


def test_columns_survive_arrow_and_back():
    columns = {
        "days_past_due": np.array([3.0, np.nan, -np.inf]),
        "balance_overdue_cents": np.array([2000.0, 2.0**53 - 1, np.nan]),
        "region": np.array(["SP", None, ""], dtype=object),
        "send_at": np.array(["2026-01-01T10:00", "NaT", "2026-01-02"], dtype="datetime64[us]"),
    }
    table = to_arrow(columns)
    assert [table.column(name).null_count for name in columns] == [1, 1, 1, 1]
    again = from_arrow(table)
    assert list(again) == list(columns)
    for name, array in columns.items():
        assert again[name].dtype == array.dtype
        np.testing.assert_array_equal(again[name], array)


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]
)
def test_every_text_type_of_arrow_becomes_objects(kind):
    batch = pa.record_batch({"region": pa.array(["São Paulo", None], pa.string()).cast(kind)})
    assert from_arrow(batch)["region"].tolist() == ["São Paulo", None]


@pytest.mark.parametrize("kind", [pa.int8(), pa.int64(), pa.float32(), pa.decimal128(21, 2), pa.bool_()])
def test_every_number_type_of_arrow_becomes_float_with_nan_for_null(kind):
    array = from_arrow(pa.table({"n": pa.array([1, None, 0]).cast(kind)}))["n"]
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, [1, np.nan, 0])


def test_chunked_and_empty_tables_are_read_whole():
    table = pa.concat_tables([pa.table({"n": [1]}), pa.table({"n": [2]})])
    assert from_arrow(table)["n"].tolist() == [1, 2]
    assert from_arrow(table.slice(0, 0))["n"].shape == (0,)
    assert np.isnan(from_arrow(pa.table({"n": pa.nulls(2)}))["n"]).all()


def test_dates_and_instants_keep_microseconds():
    table = pa.table({"due_on": [date(2026, 1, 2)], "known_at": [datetime(2026, 1, 2, 3, tzinfo=UTC)]})
    arrays = from_arrow(table)
    assert arrays["due_on"][0] == np.datetime64("2026-01-02", "us")
    assert arrays["known_at"][0] == np.datetime64("2026-01-02T03", "us")


@pytest.mark.parametrize("array", [pa.array([[1]]), pa.array([2**53 + 1]), pa.array([b"x"])])
def test_a_column_that_cannot_be_held_is_named(array):
    with pytest.raises(SchemaError, match="column odd is"):
        from_arrow(pa.table({"odd": array}))


def test_a_column_of_another_length_is_refused():
    with pytest.raises(SchemaError, match="unequal length"):
        height({"a": np.zeros(2), "b": np.zeros(3)})
    assert height({}) == 0


def test_chunks_in_order_make_the_whole():
    columns = {"n": np.arange(10.0), "t": np.array(list("abcdefghij"), dtype=object)}
    parts = list(chunks(columns, 4))
    assert [height(part) for part in parts] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate([part["t"] for part in parts]), columns["t"])
    assert take(columns, columns["n"] > 7)["t"].tolist() == ["i", "j"]


def test_records_become_columns_with_null_for_what_is_absent():
    columns = from_rows([{"n": 1, "t": "x"}, {"n": None}, {"t": "y", "ignored": 3}], ["n"], ["t"])
    np.testing.assert_array_equal(columns["n"], [1, np.nan, np.nan])
    assert columns["t"].tolist() == ["x", None, "y"]


def test_an_absent_column_reads_as_null():
    columns = {"days_past_due": np.zeros(3), "has_open_dispute": np.array([1, 0, np.nan])}
    assert np.isnan(number(columns, "absent")).all()
    assert text(columns, "absent").tolist() == [None] * 3
    assert flag(columns, "has_open_dispute").tolist() == [True, False, False]
    assert flag(columns, "absent").tolist() == [False] * 3
