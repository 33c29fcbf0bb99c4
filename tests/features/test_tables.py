"""The canonical tables say what a book looks like."""

from datetime import UTC, date, datetime

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import computing
from features.tables import TABLES
from regua.settings import Settings
from regua.vocabulary import HoldKind


def test_there_are_sixteen_tables_and_parents_come_before_children():
    assert len(TABLES) == 16
    seen = set()
    for table in TABLES.values():
        assert {reference.table for reference in table.references} <= seen
        seen.add(table.name)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_table_says_when_it_happened_and_when_it_was_known(table):
    assert table.types["happened_at"] == table.types["known_at"] == pl.Datetime("us")
    assert not table.is_nullable("happened_at")
    assert not table.is_nullable("known_at")
    assert set(table.key) | set(table.order) <= set(table.columns)


def test_money_is_whole_cents_in_every_table():
    for table in TABLES.values():
        for name, kind in table.types.items():
            if name.endswith("_cents") and name != "unit_price_cents":
                assert kind == pl.Int64, f"{table.name}.{name}"


def test_closed_words_come_from_the_vocabulary():
    assert TABLES["holds"].words("kind") == tuple(HoldKind)
    assert TABLES["holds"].words("evidence") == ()


@pytest.mark.parametrize(
    "identity",
    ["12345678901", "123.456.789-01", "12345678000199", "5511987654321", "11-98765-4321", "ana@example.com"],
)
def test_an_identifier_that_says_who_a_person_is_is_refused(identity, small_book, bring_in, quarantined):
    small_book["customers"].append(small_book["customers"][0] | {"customer_id": identity})
    report = bring_in(small_book)
    assert report.tables["customers"].kept == 2
    # Quarantine does not keep it either.
    assert quarantined("customers") == [(3, "looks_personal", "customer_id", "(hidden)")]


@pytest.mark.parametrize("pseudonym", ["0000012345", "A1", "3f2c:9b", "c-1_x.y"])
def test_a_house_number_is_a_pseudonym(pseudonym, small_book, bring_in):
    small_book["customers"].append(small_book["customers"][0] | {"customer_id": pseudonym})
    assert bring_in(small_book).tables["customers"].kept == 3


def test_instants_written_with_their_zone_are_told_in_utc_without_one(tmp_path):
    evening = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    settings = Settings(home=tmp_path)
    (settings.tables / "contacts").mkdir(parents=True)
    row = {name: pa.nulls(1) for name in TABLES["contacts"].columns}
    row |= {"happened_at": pa.array([evening], pa.timestamp("us", "America/Sao_Paulo"))}
    pq.write_table(pa.table(row), settings.tables / "contacts" / "part-00000.parquet")
    with computing.open_book(settings) as connection:
        told = connection.sql("SELECT happened_at, local_hour(happened_at), local_day(happened_at) FROM raw.contacts")
        assert told.fetchall() == [(evening.replace(tzinfo=None), 19, date(2026, 3, 2))]
