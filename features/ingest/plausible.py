"""A book may be well formed and still be in the wrong unit: a hundred times too much, or too little."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from features.ingest.report import TableReport
from features.sources import create_views
from features.tables import TABLES
from regua.errors import DataError
from regua.money import in_words

if TYPE_CHECKING:
    import duckdb

Typical = Mapping[tuple[str, str], tuple[Decimal, Decimal]]
"""Table and column to the range, in currency, in which its median lies."""

_FACTOR = 20
"""Between the right unit and the wrong one lies a factor of 100; a book's own variety stays well under this."""


def without_rows(table: TableReport) -> str:
    """Say that a table came out empty; refuse the book where it cannot be without it."""
    found = (
        f"none of the {table.rows_in} rows of {table.table} could be kept"
        if table.rows_in
        else f"{table.table} has no rows"
    )
    if TABLES[table.table].is_required:
        worst = max(table.by_rule, key=lambda rule: table.by_rule[rule], default="")
        raise DataError(
            found + (f"; most broke the rule {worst}" if worst else ""),
            expected=f"at least one row: a book cannot be without {table.table}",
            remedy="check the file and its mapping; the book in force was left as it is",
        )
    return found


def suspect_units(connection: "duckdb.DuckDBPyConnection", folder: Path, typical: Typical) -> list[str]:
    """Find amounts that look a hundred times too large or too small.

    A median outside the range the mapping declares refuses the book. Without one, payments are compared with the
    invoices they name; a large factor between them is a warning.

    Raises
    ------
    DataError
        ``suspect_unit``: the median of a column lies outside its declared range.
    """
    create_views(connection, folder)
    for (table, column), (least, most) in typical.items():
        median = connection.execute(f'SELECT median("{column}") FROM "{table}"').fetchall()[0][0]
        if median is not None and not least * 100 <= Decimal(median) <= most * 100:
            raise DataError(
                f"suspect_unit: the median of {table}.{column} is {in_words(round(median))}",
                expected=f"between {in_words(int(least * 100))} and {in_words(int(most * 100))}, as the mapping says",
                remedy="check `unit:` (currency or cents), `decimal:` and `thousands:`; nothing was changed",
            )
    ratio = connection.execute("""
        SELECT median(p.amount_cents / i.amount_cents) FROM payments p JOIN invoices i USING (invoice_id)
        WHERE i.amount_cents > 0""").fetchall()[0][0]
    if ratio is None or 1 / _FACTOR < ratio < _FACTOR:
        return []
    return [
        f"suspect_unit: payments are typically {ratio:.3g} times the invoice they pay; "
        "one of payments.amount_cents and invoices.amount_cents looks to be in the wrong unit"
    ]
