"""What a home's tables and decision log say, grouped by customer: read with DuckDB and SQLite alone."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

Row = Mapping[str, Any]


@dataclass(slots=True)
class Book:
    """What the tables say, by customer; instants are naive UTC, as stored."""

    customers: dict[str, Row] = field(default_factory=dict)
    rows: dict[str, dict[str, list[Row]]] = field(default_factory=dict)

    def of(self, table: str, customer_id: str) -> list[Row]:
        """List a customer's rows of a table."""
        return self.rows[table].get(customer_id, [])


def read(home: Path) -> tuple[Book, dict[str, datetime]]:
    """Read a home, and when each decision was made."""
    book = Book()
    with duckdb.connect() as database:
        for table in ("contacts", "consents", "contact_points", "holds", "disputes", "promises", "invoices",
                      "payments", "contracts", "suspicions"):  # fmt: skip
            grouped: dict[str, list[Row]] = defaultdict(list)
            if (home / "tables" / table).exists():
                for row in _rows(database, home / "tables" / table):
                    grouped[row["customer_id"]].append(row)
            book.rows[table] = grouped
        book.customers = {row["customer_id"]: row for row in _rows(database, home / "tables" / "customers")}
        decided: dict[str, datetime] = {}
        if (home / "decisions.db").exists():
            with sqlite3.connect(home / "decisions.db") as log:
                for decision_id, at in log.execute("select decision_id, decided_at from decisions"):
                    decided[decision_id] = datetime.fromisoformat(at).replace(tzinfo=None)
    return book, decided


def _rows(database: duckdb.DuckDBPyConnection, folder: Path) -> Iterator[Row]:
    cursor = database.execute("select * from read_parquet(?, union_by_name = true)", [f"{folder}/*.parquet"])
    names = [column[0] for column in cursor.description or ()]
    while rows := cursor.fetchmany(50_000):
        for row in rows:
            yield dict(zip(names, row, strict=True))
