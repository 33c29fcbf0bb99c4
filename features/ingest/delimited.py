"""Delimited text, read strictly: the header first, bad bytes located, ragged rows handed on with their text."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import polars as pl

from features.ingest.mapping import Formats
from regua.errors import DataError, Place

_BLOCK_BYTES = 16 << 20
_LOOK_BYTES = 1 << 20

Run = tuple[pl.DataFrame, pl.Series, tuple[tuple[int, str], ...]]


def read_delimited(file: Path, formats: Formats) -> Iterator[Run]:
    """Read a CSV file as text columns, run by run, with row numbers and ragged rows.

    Raises
    ------
    DataError
        No header, a column named twice, bytes of another encoding, a quote that never closes, a truncated gzip.
    """
    import pyarrow as pa

    try:
        header = _header(file, formats)
        yield from _runs(file, formats, header)
    except UnicodeDecodeError as problem:
        raise _wrong_encoding(file, formats) from problem
    except (EOFError, gzip.BadGzipFile, OSError) as problem:
        raise DataError(
            f"the file ends too early or is damaged: {problem}",
            expected="a whole file",
            remedy="write or copy the file again; it looks half-written",
            place=Place(file),
        ) from problem
    except pa.ArrowInvalid as problem:
        if "UTF8" in str(problem):
            raise _wrong_encoding(file, formats) from problem
        raise DataError(
            f"the file cannot be read as delimited text: {str(problem).splitlines()[0][:200]}",
            expected=f"fields between {formats.delimiter!r}, quotes closed",
            remedy="check the delimiter and the quotes; `delimiter:` in the mapping names another",
            place=Place(file),
        ) from problem


def _runs(file: Path, formats: Formats, header: list[str]) -> Iterator[Run]:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    ragged: list[tuple[int, str]] = []
    unclosed: list[int] = []

    def keep(row: Any) -> str:
        # An error raised here would be lost: the parser calls this from its own side.
        if row.text.count('"') % 2:
            unclosed.append(row.number - 1)
        ragged.append((row.number - 1, row.text))
        return "skip"

    with _binary(file) as stream:
        reader = arrow_csv.open_csv(
            stream,
            # The handler learns row numbers only from a parser that works alone.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, encoding=formats.encoding),
            parse_options=arrow_csv.ParseOptions(
                delimiter=formats.delimiter, newlines_in_values=True, invalid_row_handler=keep
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in header}, strings_can_be_null=False
            ),
        )
        next_row = 1
        for batch in reader:
            _refuse_unclosed(file, unclosed)
            frame = cast(pl.DataFrame, pl.from_arrow(batch))
            rows, taken = _numbered(next_row, frame.height, ragged)
            yield frame, rows, tuple(ragged[:taken])
            del ragged[:taken]
            next_row = int(rows[-1]) + 1 if frame.height else next_row
        _refuse_unclosed(file, unclosed)
        empty = pl.DataFrame(schema=dict.fromkeys(header, pl.String))
        yield empty, pl.Series("row", [], dtype=pl.Int64), tuple(ragged)


def _refuse_unclosed(file: Path, rows: list[int]) -> None:
    if rows:
        raise DataError(
            f"a quote opened in data row {rows[0]} never closes",
            expected="each quoted field closed before the next row",
            remedy="correct the row, or write quotes inside a field twice",
            place=Place(file, row=rows[0]),
        )


def _numbered(start: int, count: int, ragged: list[tuple[int, str]]) -> tuple[pl.Series, int]:
    """Give row numbers to the rows of a run, stepping over the ragged rows among them."""
    rows = pl.int_range(start, start + count, dtype=pl.Int64, eager=True).alias("row")
    taken = 0
    for number, _ in ragged:
        if not count or number > rows[-1]:
            break
        rows = rows + (rows >= number).cast(pl.Int64)
        taken += 1
    return rows, taken


def _header(file: Path, formats: Formats) -> list[str]:
    with (
        _binary(file) as stream,
        io.TextIOWrapper(stream, "utf-8-sig" if formats.encoding == "utf-8" else formats.encoding, newline="") as text,
    ):
        header = next(csv.reader(text, delimiter=formats.delimiter), [])
    if not header:
        raise DataError(
            "the file is empty", expected="a first row with the names of the columns", place=Place(file, line=1)
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(
            f"the header names {', '.join(map(repr, twice))} more than once",
            expected="each column once",
            remedy="rename one of them",
            place=Place(file, line=1),
        )
    return header


def _binary(file: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(file)) if file.suffix == ".gz" else file.open("rb")


def _wrong_encoding(file: Path, formats: Formats) -> DataError:
    offset, line, octet = _first_bad_byte(file)
    return DataError(
        f"byte 0x{octet:02X} at offset {offset} is not {formats.encoding}",
        expected=f"text in {formats.encoding}, as the mapping says",
        remedy="if the file comes from an older system, write `encoding: latin-1` in the mapping",
        place=Place(file, row=max(line - 1, 0), line=line),
    )


def _first_bad_byte(file: Path) -> tuple[int, int, int]:
    """Find the first byte that is not UTF-8: its offset, its line from 1, and its value."""
    base, line, carried = 0, 1, b""
    with _binary(file) as stream:
        while block := stream.read(_LOOK_BYTES):
            octets = carried + block
            try:
                octets.decode()
                carried = b""
            except UnicodeDecodeError as bad:
                is_cut = bad.end == len(octets) and bad.reason == "unexpected end of data"
                if not is_cut:
                    return base + bad.start, line + octets[: bad.start].count(b"\n"), octets[bad.start]
                carried = octets[bad.start :]
            line += octets.count(b"\n") - carried.count(b"\n")
            base += len(octets) - len(carried)
    return base, line, carried[0] if carried else 0
