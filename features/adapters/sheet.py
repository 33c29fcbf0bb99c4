"""A flat public file, one row a case, read by the same strict rules as a book: nothing is lost, nothing is guessed.

Such a file is no book: it has no events, so no table of it can be put in force. It is read, checked, its refused rows
are counted with rule and row, and an adapter says in catalogue names what its columns tell of a customer.
"""

import hashlib
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from features.ingest.files import chunks
from features.ingest.mapping_file import read_mapping
from features.ingest.plan import Intake, check_header, intake
from features.ingest.quarantine import Refused, raw_json
from features.tables import Table
from regua.columns import Array, Numbers
from regua.errors import DataError, Place

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """The good rows of a file, and what became of the others.

    Parameters
    ----------
    frame
        Canonical columns and ``row``, the number of the row in the file, from 1.
    refused
        One line a refused row: file, row, rule, column, value and the whole raw row.
    sha256
        Digest of the file as it lies on disk.
    notes
        What is odd about the good rows, each with its count.
    """

    name: str
    source: str
    file: str
    sha256: str
    frame: pl.DataFrame = field(repr=False)
    refused: Refused = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        """Rows read: kept and quarantined."""
        return self.frame.height + self.refused.frame.height

    @property
    def by_rule(self) -> dict[str, int]:
        """Refused rows by the first rule each broke."""
        return dict(sorted(Counter(self.refused.frame["rule"].to_list()).items()))

    def numbers(self, column: str) -> Numbers:
        """Return a column as ``(n,)`` numbers, NaN for NULL."""
        return self.frame[column].cast(pl.Float64).to_numpy().astype("float64")

    def words(self, column: str) -> Array:
        """Return a column as ``(n,)`` words, ``None`` for NULL."""
        return self.frame[column].to_numpy().astype(object)

    def row_names(self) -> Array:
        """Return ``(n,)`` names of rows, for a file that has no customers' own."""
        return np.array([f"row{number}" for number in self.frame["row"].to_list()], object)

    def as_dict(self) -> dict[str, Any]:
        """Return the count as plain data, for reports."""
        return {
            "source": self.source,
            "file": self.file,
            "sha256": self.sha256,
            "in": self.rows_in,
            "kept": self.frame.height,
            "quarantined": self.refused.frame.height,
            "by_rule": self.by_rule,
            "notes": list(self.notes),
        }


def read_sheet(file: Path, table: Table, mapping_file: Path, *, source: str, as_of: datetime) -> Sheet:
    """Read a flat CSV file (plain or gzip), or the one a mapping names inside a zip archive.

    Parameters
    ----------
    table
        What a row must be: types, ranges and closed words; its key may not repeat, and may be empty.
    mapping_file
        How the file is written, as for any book.
    source
        Where the file comes from, said when it is missing.

    Raises
    ------
    DataError
        The file is missing, damaged or in another encoding, or holds not one good row.
    MappingError
        The header lacks a column.
    """
    if not file.is_file():
        raise DataError(
            f"no file at {file}",
            expected=f"the data set {source}",
            remedy="download it from its source, and let REGUA_REAL_DATA name its folder",
        )
    mapping = read_mapping(mapping_file)
    with TemporaryDirectory() as folder:
        member = _unpacked(file, mapping.tables[table.name].file[0], Path(folder))
        good, refused = _rows(intake(table, [member], mapping, as_of), file.name)
    if not good.height:
        raise DataError(
            f"none of {refused.frame.height} rows can be used", expected=f"rows of {table.name}", place=Place(file)
        )
    return Sheet(table.name, source, file.name, digest_of(file), good, refused)


def _unpacked(file: Path, member: str, folder: Path) -> Path:
    if file.suffix != ".zip":
        return file
    try:
        with zipfile.ZipFile(file) as archive:
            found = next((name for name in archive.namelist() if Path(name).name == member), None)
            if found is None:
                raise DataError(f"the archive holds no {member}", expected=f"{member} in it", place=Place(file))
            # Written under its own plain name: an archive's paths are never followed.
            (folder / member).write_bytes(archive.read(found))
    except (zipfile.BadZipFile, OSError, EOFError) as problem:
        raise DataError(
            f"the archive is damaged: {problem}", expected="a whole zip archive", place=Place(file)
        ) from problem
    return folder / member


def _rows(one: Intake, shown: str) -> tuple[pl.DataFrame, Refused]:
    parts: list[pl.DataFrame] = []
    refused = Refused.none()
    for number, chunk in enumerate(chunks(one.files[0], one.formats)):
        if number == 0:
            check_header(one.reader, chunk.raw.columns, one.files[0])
        good, bad = one.reader.read(chunk)
        again = _again(good, parts, one.reader.table)
        raw = chunk.raw.filter(chunk.rows.is_in(good["row"].filter(again).implode()))
        refused += bad + _twice(shown, good.filter(again), raw, one.reader.table)
        parts.append(good.filter(~again))
    frame = pl.concat(parts)
    return frame, Refused(refused.frame.with_columns(file=pl.lit(shown)))


def _again(good: pl.DataFrame, before: list[pl.DataFrame], table: Table) -> pl.Series:
    """Say which rows carry a key that an earlier row has."""
    key = list(table.key)
    if not key:
        return pl.repeat(value=False, n=good.height, eager=True)
    again = ~good.select(pl.struct(key).is_first_distinct()).to_series()
    if before:
        seen = pl.concat([part.select(key) for part in before])
        again = again | good.select(pl.struct(key)).to_series().is_in(seen.select(pl.struct(key)).to_series().implode())
    return again


def _twice(shown: str, rows: pl.DataFrame, raw: pl.DataFrame, table: Table) -> Refused:
    if not rows.height:
        return Refused.none()
    first, count = table.key[0], rows.height
    values = [str(value) for value in rows[first]]
    return Refused.of(
        shown,
        rows["row"],
        pl.repeat("duplicate_key", count, eager=True),
        pl.repeat(first, count, eager=True),
        values,
        raw_json(raw),
    )


def digest_of(file: Path) -> str:
    """Return the SHA-256 of a file as it lies on disk."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
