"""A small book in canonical columns, written as a house would hand it over."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from features.ingest import IngestReport, Mapping, ingest
from features.tables import TABLES
from regua.settings import Settings

Rows = dict[str, list[dict]]


def _at(day: str, hour: int = 12) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02d}:00:00")


def _invoice(number: int, contract: str, customer: str, month: str, amount: int, **more) -> dict:
    first = date.fromisoformat(f"{month}-01")
    happened = _at(f"{month}-05")
    return {
        "invoice_id": f"i{number}",
        "contract_id": contract,
        "customer_id": customer,
        "issued_on": first.replace(day=5),
        "due_on": first.replace(day=20),
        "amount_cents": amount,
        "reference_month": first,
        "has_payment_code": True,
        "cancelled_at": None,
        "happened_at": happened,
        "known_at": happened,
    } | more


@pytest.fixture
def as_of() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def new_invoice() -> Callable[..., dict]:
    """Makes an invoice row: number, contract, customer, month and amount; other columns by name."""
    return _invoice


@pytest.fixture
def small_book() -> Rows:
    """Two customers, two contracts, four sound invoices, two payments, one letter and one promise."""
    since = {"happened_at": _at("2024-01-01"), "known_at": _at("2024-01-01")}
    return {
        "customers": [
            {"customer_id": "c1", "kind": "person", "region": "SP", "customer_since": date(2024, 1, 1)} | since,
            {"customer_id": "c2", "kind": "company", "region": "RJ", "customer_since": date(2024, 1, 1)} | since,
        ],
        "contracts": [
            {"contract_id": "k1", "customer_id": "c1", "product": "telecom", "opened_on": date(2024, 1, 1)} | since,
            {"contract_id": "k2", "customer_id": "c2", "product": "utility", "opened_on": date(2024, 1, 1)} | since,
        ],
        "invoices": [
            _invoice(1, "k1", "c1", "2025-10", 10_000),
            _invoice(2, "k1", "c1", "2025-11", 12_000),
            _invoice(3, "k2", "c2", "2025-10", 30_000),
            _invoice(4, "k2", "c2", "2025-11", 31_000),
        ],
        "payments": [
            _payment("p1", "k1", "c1", "i1", 10_000, "2025-10-18"),
            _payment("p2", "k2", "c2", "i3", 15_000, "2025-10-25"),
        ],
        "contacts": [
            {"contact_id": "t1", "customer_id": "c2", "contract_id": "k2", "channel": "letter"}
            | {"happened_at": _at("2025-11-01"), "known_at": _at("2025-11-01"), "read_at": _at("2025-11-03")}
        ],
        "promises": [
            {"promise_id": "m1", "customer_id": "c2", "contract_id": "k2", "amount_cents": 15_000}
            | {"promised_for": date(2025, 12, 1), "happened_at": _at("2025-11-10"), "known_at": _at("2025-11-10")}
        ],
    }


def _payment(key: str, contract: str, customer: str, invoice: str, amount: int, day: str) -> dict:
    named = {"payment_id": key, "contract_id": contract, "customer_id": customer, "invoice_id": invoice}
    return named | {"amount_cents": amount, "method": "pix", "happened_at": _at(day), "known_at": _at(day, 18)}


@pytest.fixture
def write_book(tmp_path: Path) -> Callable[[Rows], Path]:
    """Writes rows as one canonical Parquet file per table and returns the folder."""

    def write(book: Rows) -> Path:
        folder = tmp_path / "book"
        folder.mkdir(exist_ok=True)
        for name, rows in book.items():
            types = {column: kind for column, kind in TABLES[name].types.items() if any(column in row for row in rows)}
            pl.DataFrame(rows, schema=types or TABLES[name].types).write_parquet(folder / f"{name}.parquet")
        return folder

    return write


@pytest.fixture
def bring_in(write_book, settings: Settings, as_of: datetime) -> Callable[[Rows], IngestReport]:
    """Brings a canonical book in and returns its report."""

    def bring(book: Rows) -> IngestReport:
        return ingest(write_book(book), Mapping.canonical(), settings, as_of)

    return bring


@pytest.fixture
def quarantined(settings: Settings) -> Callable[[str], list[tuple]]:
    """Reads a table's quarantine as ``(row, rule, column, value)``."""

    def read(table: str) -> list[tuple]:
        frame = pl.read_parquet(settings.quarantine / f"{table}.parquet")
        return frame.select("row", "rule", "column", "value").rows()

    return read
