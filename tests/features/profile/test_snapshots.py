"""Snapshots are whole files of known columns; a part of the customers can be made anew."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from features import catalog, profile, snapshots
from regua.errors import DataError, NotFoundError, SchemaError


@pytest.fixture
def book(settings, write_book, draw_rows):
    write_book(settings, draw_rows(30))
    return settings


def test_a_snapshot_has_the_columns_of_its_view_and_one_row_per_entity(book, moment):
    report = snapshots.build(book, [moment])
    assert snapshots.built(book) == [moment]
    for name, view in catalog.VIEWS.items():
        table = pq.read_table(snapshots.path(book, name, moment))
        assert table.schema.equals(snapshots.schema(view))
        keys = table[view.key].to_pylist()
        assert keys == sorted(set(keys))
        assert report.rows[name] == len(keys) > 20
        assert set(table["event_timestamp"].to_pylist()) == {moment}


def test_the_same_book_gives_the_same_bytes(book, moment):
    snapshots.build(book, [moment])
    before = {view: snapshots.path(book, view, moment).read_bytes() for view in catalog.VIEWS}
    snapshots.build(book, [moment])
    assert {view: snapshots.path(book, view, moment).read_bytes() for view in catalog.VIEWS} == before


def test_some_customers_can_be_made_anew_and_the_others_stay(book, write_book, draw_rows, moment):
    snapshots.build(book, [moment])
    before = profile.at(book, moment)
    rows = draw_rows(30)
    write_book(book, rows | {"contacts": [], "payments": []})
    chosen = list(before["customer_id"][:5])
    report = snapshots.build(book, [moment], chosen)
    assert report.rows["customer_contacts"] == 5
    after = profile.at(book, moment)
    np.testing.assert_array_equal(after["customer_id"], before["customer_id"])
    np.testing.assert_array_equal(after["attempts_90d"][5:], before["attempts_90d"][5:])
    assert after["attempts_90d"][:5].sum() == 0 < before["attempts_90d"][:5].sum()


def test_a_book_without_customers_says_what_to_do(settings, moment):
    with pytest.raises(DataError, match="no customers") as problem:
        snapshots.build(settings, [moment])
    assert "regua ingest" in str(problem.value)


def test_a_moment_with_seconds_is_refused(book, moment):
    with pytest.raises(DataError, match="a snapshot at 2026-03-10T12:00:01"):
        snapshots.build(book, [moment + timedelta(seconds=1)])


def test_no_moments_write_nothing(book):
    assert snapshots.build(book, []).moments == ()
    assert snapshots.built(book) == []


def test_a_build_that_fails_leaves_the_former_snapshot(book, moment, monkeypatch):
    snapshots.build(book, [moment])
    before = snapshots.path(book, "customer_context", moment).read_bytes()

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshots, "CUSTOMERS_PER_GROUP", 10)
    with pytest.raises(KeyboardInterrupt):
        snapshots.build(book, [moment], progress=fail)
    assert snapshots.path(book, "customer_context", moment).read_bytes() == before
    assert not list(book.profiles.rglob("*.unfinished"))


def test_a_book_of_customers_alone_has_profiles_without_a_balance(settings, write_book, draw_rows, moment):
    write_book(settings, {"customers": draw_rows(5)["customers"]})
    snapshots.build(settings, [moment])
    columns = profile.at(settings, moment)
    assert len(columns["customer_id"]) == 5
    assert np.isnan(columns["customer_balance_overdue_cents"]).all()
    assert set(columns["contract_id"]) == {None}
    assert profile.contracts_at(settings, [moment]).num_rows == 0


def test_a_profile_row_is_a_customer_with_the_contract_that_leads(book, moment):
    snapshots.build(book, [moment])
    columns = profile.at(book, moment)
    assert tuple(columns) == catalog.COLUMNS
    assert {array.dtype for name, array in columns.items() if name in catalog.NUMBERS} == {np.dtype("float64")}
    assert {columns[name].dtype for name in (*catalog.TEXTS, "customer_id", "contract_id")} == {np.dtype(object)}
    chosen = [*columns["customer_id"][3:6], "nobody"]
    some = profile.at(book, moment, chosen)
    for name in catalog.COLUMNS:
        np.testing.assert_array_equal(some[name], columns[name][3:6])


def test_the_training_base_has_each_contract_in_arrears_once_at_each_moment(book, moment):
    moments = [moment - timedelta(days=31), moment]
    snapshots.build(book, moments)
    table = profile.contracts_at(book, moments)
    assert table.column_names == ["customer_id", "contract_id", "event_timestamp", *(f.name for f in catalog.FEATURES)]
    stamped = list(zip(table["event_timestamp"].to_pylist(), table["contract_id"].to_pylist(), strict=True))
    assert stamped == sorted(set(stamped))
    expected = 0
    for each in moments:
        days = pq.read_table(snapshots.path(book, "contract_arrears", each))["days_past_due"].to_numpy()
        expected += int((days >= 1).sum())
    assert table.num_rows == expected > 20


def test_a_moment_without_a_snapshot_says_how_to_build_it(book):
    with pytest.raises(NotFoundError, match="no snapshot") as problem:
        profile.at(book, datetime(2026, 1, 1, tzinfo=UTC))
    assert "regua profile build --at 2026-01-01T00:00" in str(problem.value)


def test_a_snapshot_of_an_earlier_catalogue_is_refused_with_what_it_lacks(book, moment):
    snapshots.build(book, [moment])
    file = snapshots.path(book, "customer_promises", moment)
    pq.write_table(pq.read_table(file).drop_columns(["hold_bits"]), file)
    with pytest.raises(SchemaError, match="lack 1 features, such as hold_bits"):
        profile.at(book, moment)
