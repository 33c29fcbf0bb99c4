"""A bad row is put aside with file, row, rule and value; nothing is lost and nothing is guessed."""

from datetime import datetime

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as steady
from hypothesis import strategies as st

from features.ingest import Mapping, append, appending, ingest, upsert
from features.ingest.swap import recover, replace_folder
from features.sources import open_tables
from regua.settings import Settings

at = datetime.fromisoformat


def change(book, table, row, **values):
    book[table][row] = book[table][row] | values
    return book


@pytest.mark.parametrize(
    ("table", "values", "rule", "column", "value"),
    [
        ("invoices", {"amount_cents": -5}, "negative_amount", "amount_cents", "-5"),
        ("invoices", {"amount_cents": 10**13}, "amount_too_large", "amount_cents", "10000000000000"),
        ("invoices", {"contract_id": "k9"}, "orphan", "contract_id", "k9"),
        ("invoices", {"customer_id": "c2"}, "another_customer", "customer_id", "c2"),
        ("invoices", {"issued_on": None}, "missing_value", "issued_on", None),
        ("payments", {"amount_cents": 0}, "zero_amount", "amount_cents", "0"),
        ("payments", {"invoice_id": "i9"}, "orphan", "invoice_id", "i9"),
        ("payments", {"method": "cheque"}, "unknown_word", "method", "cheque"),
        ("contracts", {"product": "cards"}, "unknown_word", "product", "cards"),
        (
            "contacts",
            {"read_at": at("2025-10-01")},
            "read_before_sent",
            "read_at",
            "2025-10-01 00:00:00",
        ),
        (
            "contacts",
            {"happened_at": at("2031-01-01"), "known_at": at("2031-01-01"), "read_at": None},
            "from_the_future",
            "happened_at",
            "2031-01-01 00:00:00",
        ),
        (
            "promises",
            {"known_at": at("2025-11-01")},
            "known_before_it_happened",
            "known_at",
            "2025-11-01 00:00:00",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_put_aside_with_its_reason(
    table, values, rule, column, value, small_book, bring_in, quarantined
):
    report = bring_in(change(small_book, table, 0, **values))
    assert quarantined(table)[0] == (1, rule, column, value)
    assert report.tables[table].by_rule[rule] == 1
    assert report.tables[table].rows_in == report.tables[table].kept + report.tables[table].quarantined


def test_the_whole_row_is_kept_as_it_was(small_book, bring_in, settings):
    bring_in(change(small_book, "invoices", 0, amount_cents=-5))
    refused = pl.read_parquet(settings.quarantine / "invoices.parquet").row(0, named=True)
    raw = orjson.loads(refused["raw"])
    assert raw["invoice_id"] == "i1"
    assert raw["amount_cents"] == -5
    assert refused["file"].endswith("invoices.parquet")


def test_refusing_a_parent_refuses_its_children_and_counts_them(small_book, bring_in, quarantined):
    report = bring_in(change(small_book, "contracts", 1, product="boat"))
    assert {name: one.quarantined for name, one in report.tables.items()} == {
        "customers": 0,
        "contracts": 1,
        "invoices": 2,
        "payments": 1,
        "contacts": 1,
        "promises": 1,
    }
    assert {rule for _, rule, _, _ in quarantined("invoices")} == {"orphan"}


def test_the_same_row_twice_is_kept_once(small_book, bring_in, quarantined):
    small_book["payments"].append(small_book["payments"][0])
    assert bring_in(small_book).tables["payments"].kept == 2
    assert quarantined("payments") == [(3, "duplicate_row", "payment_id", "p1")]


def test_of_two_rows_under_one_key_the_first_known_keeps_it(small_book, bring_in, quarantined, settings):
    late = small_book["payments"][0]
    early = late | {"amount_cents": 4_000, "known_at": late["happened_at"]}
    small_book["payments"].append(early)
    bring_in(small_book)
    assert quarantined("payments") == [(1, "duplicate_key", "payment_id", "p1")]
    kept = open_tables(settings).execute("SELECT amount_cents FROM payments WHERE payment_id = 'p1'").fetchall()
    assert kept == [(4_000,)]


@steady(max_examples=12)
@given(rows=st.lists(st.tuples(st.integers(-2, 6), st.integers(-50, 50), st.booleans()), max_size=12))
def test_in_is_kept_plus_quarantined_whatever_comes_in(rows, small_book, as_of, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    base = small_book["payments"][0]
    small_book["payments"] += [
        base | {"payment_id": f"x{key}", "amount_cents": amount, "contract_id": "k1" if known else "k7"}
        for key, amount, known in rows
    ]
    for name, table in small_book.items():
        pl.DataFrame(table, infer_schema_length=None).write_parquet(folder / f"{name}.parquet")
    settings = Settings(home=folder / "home", threads=1, memory_mb=512)
    report = ingest(folder, Mapping.canonical(), settings, as_of).tables["payments"]
    aside = settings.quarantine / "payments.parquet"
    assert report.rows_in == len(small_book["payments"])
    assert report.kept == open_tables(settings).execute("SELECT count(*) FROM payments").fetchall()[0][0]
    assert report.quarantined == (pl.read_parquet(aside).height if aside.exists() else 0)
    assert report.rows_in == report.kept + report.quarantined


def test_a_row_added_later_meets_the_same_rules(small_book, bring_in, settings, as_of, quarantined):
    bring_in(small_book)
    base = small_book["payments"][0]
    new = [base | {"payment_id": "p3"}, base, base | {"payment_id": "p4", "contract_id": "k9"}]
    report = append("payments", pl.DataFrame(new), settings, as_of)
    assert (report.rows_in, report.kept, report.quarantined) == (3, 1, 2)
    assert quarantined("payments") == [(2, "duplicate_row", "payment_id", "p1"), (3, "orphan", "contract_id", "k9")]
    assert open_tables(settings).execute("SELECT count(*) FROM payments").fetchall() == [(3,)]
    told = orjson.loads((settings.quarantine / "report.json").read_bytes())["tables"]["payments"]
    assert (told["in"], told["kept"], told["quarantined"]) == (5, 3, 2)


def test_a_state_learned_later_replaces_its_row_and_no_other(small_book, bring_in, settings, as_of):
    bring_in(small_book)
    sent = small_book["contacts"][0] | {"contact_id": "t2", "read_at": None}
    append("contacts", pl.DataFrame([sent]), settings, as_of)
    read = sent | {"read_at": at("2025-11-09")}
    report = upsert("contacts", pl.DataFrame([read, sent | {"contact_id": "t3"}]), settings, as_of)
    assert (report.kept, report.quarantined) == (2, 0)
    found = open_tables(settings).execute("SELECT contact_id, read_at FROM contacts ORDER BY ALL").fetchall()
    assert found == [("t1", at("2025-11-03T12:00")), ("t2", at("2025-11-09")), ("t3", None)]


def test_new_rows_join_the_last_part_until_it_is_full(small_book, bring_in, settings, as_of, monkeypatch):
    bring_in(small_book)
    folder, base = settings.tables / "payments", small_book["payments"][0]
    for number in (3, 4):
        upsert("payments", pl.DataFrame([base | {"payment_id": f"p{number}"}]), settings, as_of)
    assert [file.name for file in folder.iterdir()] == ["part-0000.parquet"]
    monkeypatch.setattr(appending, "RECENT_ROWS", 4)
    changed = [base | {"payment_id": key, "amount_cents": 77} for key in ("p1", "p5")]
    upsert("payments", pl.DataFrame(changed), settings, as_of)
    assert sorted(file.name for file in folder.iterdir()) == ["part-0000.parquet", "part-0001.parquet"]
    found = open_tables(settings).execute("SELECT payment_id, amount_cents FROM payments ORDER BY ALL").fetchall()
    assert found == [("p1", 77), ("p2", 15_000), ("p3", 10_000), ("p4", 10_000), ("p5", 77)]


def test_a_crash_between_two_renames_leaves_the_old_folder(tmp_path):
    place, new = tmp_path / "tables", tmp_path / "new"
    for folder, text in ((place, "old"), (new, "new")):
        folder.mkdir()
        (folder / "said").write_text(text)
    place.rename(tmp_path / ".tables.previous")  # the machine stops here
    recover(place)
    assert (place / "said").read_text() == "old"
    replace_folder(new, place)
    assert (place / "said").read_text() == "new"
    assert not (tmp_path / ".tables.previous").exists()
