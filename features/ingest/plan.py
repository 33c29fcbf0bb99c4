"""Before a row is read: which files feed which table, which columns come from where, and what is lacking."""

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from features.ingest.files import find
from features.ingest.mapping import ColumnSource, Formats, Mapping, is_personal
from features.ingest.rows import Reader
from features.tables import TABLES, Table
from regua.errors import DataError, MappingError, Place


@dataclass(frozen=True, slots=True)
class Intake:
    """One table's files and how to read them."""

    reader: Reader
    files: list[Path]
    formats: Formats
    shown: Path | None = None


def intake(table: Table, files: list[Path], mapping: Mapping, as_of: datetime, shown: Path | None = None) -> Intake:
    """Say how one table's files are read by a mapping that names the table."""
    sources = completed(table, mapping.tables[table.name].columns)
    formats = {name: mapping.formats(table.name, name) for name in table.kinds}
    return Intake(Reader(table, sources, formats, as_of), files, mapping.formats(table.name), shown)


def typical_amounts(mapping: Mapping) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Collect the ranges the mapping declares for the medians of amounts."""
    return {
        (table, column): one.typical
        for table, source in mapping.tables.items()
        for column, one in source.columns.items()
        if one.typical is not None
    }


def plan(folder: Path, mapping: Mapping, as_of: datetime) -> tuple[dict[str, Intake], tuple[str, ...]]:
    """Say for each table where its rows come from, and which tables are absent.

    Raises
    ------
    MappingError
        The mapping names no such table or column, or a column that says who a person is.
    DataError
        A table a book cannot be without (customers, contracts, invoices) has no file.
    """
    if not folder.is_dir():
        raise DataError(f"no folder at {folder}", expected="the folder of the book's files", remedy="check the path")
    for name in mapping.tables:
        if name not in TABLES:
            raise MappingError(
                f"there is no table {name!r}{did_you_mean(name, TABLES)}", expected=f"one of {', '.join(TABLES)}"
            )
    intakes, absent = {}, []
    for table in TABLES.values():
        source = mapping.tables.get(table.name)
        files = find(folder, source.file) if source else []
        if source and files:
            intakes[table.name] = intake(table, files, mapping, as_of)
        else:
            absent.append(table.name)
            if table.is_required:
                wanted = " or ".join(source.file) if source else f"a table `{table.name}` in the mapping"
                raise DataError(
                    f"the book has no {table.name}",
                    expected=f"{wanted} in {folder}",
                    remedy="every book needs customers, contracts and invoices; the other tables may be absent",
                )
    return intakes, tuple(absent)


def completed(table: Table, columns: ReadOnly[str, ColumnSource]) -> dict[str, ColumnSource]:
    """Check one table's columns and fill what a mapping may leave unsaid.

    ``happened_at`` may follow from the row's own day (``customer_since``, ``opened_on``, ``issued_on``), and
    ``known_at`` from ``happened_at``.
    """
    for name, source in columns.items():
        if is_personal(name) or is_personal(source.column or ""):
            raise MappingError(
                f"{table.name}.{name} reads {source.column!r}, which looks like a name, a document or an address",
                expected="pseudonyms only: Regua never learns who a person is",
                remedy="replace the value by a keyed hash or an internal number before ingest",
            )
        if name not in table.kinds:
            raise MappingError(
                f"{table.name} has no column {name!r}{did_you_mean(name, table.kinds)}",
                expected=f"columns of {table.name}: {', '.join(table.columns)}",
            )
        if source.same_as is not None and source.same_as not in table.kinds:
            raise MappingError(f"{table.name}.{name} is the same as {source.same_as!r}, which is no column of it")
    full = dict(columns)
    if "happened_at" not in full and table.happened_from:
        full["happened_at"] = ColumnSource(same_as=table.happened_from)
    if "known_at" not in full and table.name != "region_months":
        full["known_at"] = ColumnSource(same_as="happened_at")
    missing = [name for name in table.columns if name not in full and not table.is_nullable(name)]
    if missing:
        raise MappingError(
            f"the mapping of {table.name} lacks {', '.join(missing)}",
            expected="a source column or a constant for each column that may not be NULL",
            remedy=f"add `{missing[0]}: <column of the file>` under tables: {table.name}: columns:",
        )
    return full


def check_header(reader: Reader, found: list[str], file: Path) -> None:
    """Refuse a file that lacks a column its mapping names."""
    for name, source in reader.sources.items():
        if source.column is not None and source.column not in found and not source.optional:
            raise MappingError(
                f"{reader.table.name}.{name} reads column {source.column!r}, which the file lacks"
                f"{did_you_mean(source.column, found)}",
                expected=f"one of {', '.join(found)}",
                remedy="correct the mapping or the file's header",
                place=Place(file),
            )


def did_you_mean(name: str, known: ReadOnly[str, object] | list[str]) -> str:
    """Offer the nearest known name.

    Examples
    --------
    >>> did_you_mean("custmers", ["customers", "contracts"])
    "; did you mean 'customers'?"
    """
    near = get_close_matches(name, list(known), n=1, cutoff=0.6) or get_close_matches(
        name.lower(), [one for one in known if one.islower()], n=1, cutoff=0.6
    )
    return f"; did you mean {near[0]!r}?" if near else ""
