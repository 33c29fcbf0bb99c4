"""A generated book is whole, reproducible, independent of chunks, and looks like published levels."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from features.checks.billing import check_billing
from features.ingest import Mapping, ingest
from regua.errors import DataError
from regua.settings import Settings
from training.portfolio.generate import generate
from training.portfolio.report import PortfolioReport
from training.portfolio.world import load_world

KEYS = {
    "customers": "customer_id",
    "contracts": "contract_id",
    "invoices": "invoice_id",
    "invoice_items": "item_id",
    "payments": "payment_id",
    "contacts": "contact_id",
    "contact_points": "contact_point_id",
    "consents": "consent_id",
    "promises": "promise_id",
    "disputes": "dispute_id",
    "holds": "hold_id",
    "treatments": "treatment_id",
    "arrangements": "arrangement_id",
    "arrangement_instalments": "instalment_id",
    "signals": "signal_id",
}
UNTIL = date(2026, 6, 30)
Book = tuple[Path, PortfolioReport]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    folder = tmp_path_factory.mktemp("portfolio")
    return folder, generate(load_world(), 500, folder / "raw", months=9, until=UNTIL)


def _read(book: Book, table: str) -> pl.DataFrame:
    return pl.read_parquet(book[0] / "raw" / table / "*.parquet")


def _small(folder: Path, **changed: int) -> Path:
    generate(load_world(), 60, folder / "raw", months=3, until=UNTIL, **changed)
    return folder


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_book(tmp_path: Path) -> None:
    first, again, other = (_small(tmp_path / name, seed=seed) for name, seed in (("a", 7), ("b", 7), ("c", 8)))
    files = sorted(path.relative_to(first) for path in first.rglob("*.parquet"))
    assert len(files) >= 15
    assert all((first / file).read_bytes() == (again / file).read_bytes() for file in files)
    payments = Path("raw/payments/part-00000.parquet")
    assert (first / payments).read_bytes() != (other / payments).read_bytes()


def test_chunks_change_no_row(tmp_path: Path) -> None:
    whole, cut = _small(tmp_path / "whole"), _small(tmp_path / "cut", chunk=17)
    for table, key in KEYS.items():
        one, four = (pl.read_parquet(folder / "raw" / table / "*.parquet").sort(key) for folder in (whole, cut))
        assert one.equals(four), table
    assert len(list((cut / "raw" / "customers").glob("*.parquet"))) == 4


def test_more_customers_change_none_of_those_before(tmp_path: Path) -> None:
    few, world = _small(tmp_path / "few"), load_world()
    generate(world, 75, tmp_path / "many" / "raw", months=3, until=UNTIL)
    before = pl.read_parquet(few / "raw/payments/*.parquet")
    after = pl.read_parquet(tmp_path / "many/raw/payments/*.parquet")
    assert before.equals(after.filter(pl.col("customer_id") < "C000000060").select(before.columns))


def test_every_key_is_unique_and_every_reference_exists(book: Book) -> None:
    tables = {name: _read(book, name) for name in KEYS}
    for name, key in KEYS.items():
        assert tables[name][key].is_unique().all(), name
    for name, frame in tables.items():
        for reference, target in (
            ("customer_id", "customers"),
            ("contract_id", "contracts"),
            ("invoice_id", "invoices"),
        ):
            if reference in frame.columns and name != target:
                known = tables[target].get_column(reference)
                assert frame[reference].drop_nulls().is_in(known.implode()).all(), (name, reference)
    points = tables["contact_points"]["contact_point_id"]
    sent = tables["contacts"].filter(pl.col("outcome") != "failed")
    assert sent["contact_point_id"].is_in(points.implode()).all()


def test_nothing_is_known_before_it_happened(book: Book) -> None:
    for name in (*KEYS, "region_months"):
        assert _read(book, name).filter(pl.col("known_at") < pl.col("happened_at")).is_empty(), name
    late = _read(book, "payments").filter(pl.col("known_at") > pl.col("happened_at"))
    assert set(late["method"]) == {"boleto", "auto_debit"}
    assert _read(book, "region_months")["known_at"].max() <= datetime(2026, 7, 1, 3, tzinfo=UTC)


def test_states_of_a_contact_follow_one_another(book: Book) -> None:
    contacts = _read(book, "contacts")
    assert contacts.filter(pl.col("delivered_at") < pl.col("happened_at")).is_empty()
    assert contacts.filter(pl.col("read_at") < pl.col("delivered_at")).is_empty()
    assert contacts.filter(pl.col("read_at").is_not_null() & pl.col("delivered_at").is_null()).is_empty()
    assert contacts.filter(pl.col("replied_at") < pl.col("read_at")).is_empty()
    local = contacts["happened_at"].dt.convert_time_zone("America/Sao_Paulo")
    assert local.dt.weekday().max() <= 5
    assert local.dt.hour().is_between(8, 19).all()


def test_the_book_looks_like_published_levels(book: Book) -> None:
    report = book[1]
    assert 0.08 <= report.arrears_share <= 0.20
    assert 0.40 <= report.self_cure_share_30d <= 0.60
    rolls = list(report.roll_share.values())
    assert rolls[0] < rolls[1] < rolls[2] < rolls[3]
    assert 0.35 <= report.promise_kept_share <= 0.70
    assert 0.20 <= report.arrangement_kept_share <= 0.90
    assert report.read_share["whatsapp"] > report.read_share["sms"] > report.read_share["email"]


def test_payments_never_exceed_the_bill(book: Book) -> None:
    paid = _read(book, "payments").group_by("invoice_id").agg(pl.col("amount_cents").sum().alias("paid_cents"))
    billed = _read(book, "invoices").join(paid, on="invoice_id")
    assert billed.filter(pl.col("paid_cents") > pl.col("amount_cents")).is_empty()
    assert billed.height > 1_000


def test_the_ingest_keeps_every_row_and_the_checks_find_exactly_what_was_planted(
    book: Book, settings: Settings
) -> None:
    report = ingest(book[0] / "raw", Mapping.canonical(), settings, datetime(2026, 7, 1, 3, tzinfo=UTC))
    assert {name: table.quarantined for name, table in report.tables.items() if table.quarantined} == {}
    check_billing(settings)
    found = pl.read_parquet(settings.tables / "suspicions" / "*.parquet").select("invoice_id", "rule")
    planted = pl.read_parquet(book[0] / "truth" / "planted_errors" / "*.parquet")
    rule = pl.col("kind").replace({"quantity_mismatch": "billed_not_consumed"})
    expected = planted.select("invoice_id", rule.alias("rule"))
    assert expected["rule"].n_unique() == 5
    assert found.sort("invoice_id").equals(expected.sort("invoice_id"))


def test_hidden_traits_stay_out_of_the_tables(book: Book) -> None:
    traits = set(pl.read_parquet_schema(book[0] / "truth/latents/part-00000.parquet")) - {"customer_id", "pay_day"}
    for name in KEYS:
        assert not traits & set(_read(book, name).columns), name


def test_sizes_that_make_no_sense_and_a_folder_in_use_are_refused(book: Book, tmp_path: Path) -> None:
    for wrong in ({"customers": 0}, {"customers": 1, "months": 0}, {"customers": 1, "chunk": 0}):
        with pytest.raises(DataError):
            generate(load_world(), **{"out": tmp_path / "raw", **wrong})
    with pytest.raises(DataError, match="already holds tables"):
        generate(load_world(), 1, book[0] / "raw", months=1)
    with pytest.raises(DataError, match="choose another --truth"):
        generate(load_world(), 1, tmp_path / "raw", months=1, truth=book[0] / "truth")
