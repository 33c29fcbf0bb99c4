"""Source files are read in chunks, every row numbered, and no row is skipped without being told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl

from features.ingest.delimited import read_delimited
from features.ingest.mapping import Formats
from regua.errors import DataError, Place

CHUNK_ROWS = 250_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of rows of one file.

    Attributes
    ----------
    raw
        The columns of the file as they stand: text for CSV, Parquet types for Parquet.
    rows
        ``(n,)`` number of each data row in its file, from 1.
    ragged
        Rows of the run that have too many or too few fields: ``(row number, its text)``.
    """

    file: Path
    raw: pl.DataFrame
    rows: pl.Series
    ragged: tuple[tuple[int, str], ...] = ()


def find(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """List the files a table's patterns name, in order and once each."""
    found = {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return sorted(found)


def chunks(file: Path, formats: Formats, shown: Path | None = None) -> Iterator[Chunk]:
    """Read a CSV (plain or gzip) or Parquet file chunk by chunk.

    At least one chunk is given, so that the columns of a file without rows are known too. A Parquet file with a column
    ``source_row`` was derived from another file, ``shown``, and its rows keep that file's numbers.

    Raises
    ------
    DataError
        The file is half-written, not what its name says, or not in the encoding the mapping promises.
    """
    if file.suffix == ".parquet":
        yield from _parquet(file, shown or file)
    elif file.name.removesuffix(".gz").endswith((".csv", ".txt", ".tsv")):
        for raw, rows, ragged in read_delimited(file, formats):
            yield Chunk(file, raw, rows, ragged)
    else:
        raise DataError(
            f"{file.name} is neither CSV nor Parquet by its name",
            expected="a file that ends in .csv, .csv.gz, .tsv, .txt or .parquet",
            remedy="rename or convert it",
            place=Place(file),
        )


def _parquet(file: Path, shown: Path) -> Iterator[Chunk]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    start = 1
    try:
        source = pq.ParquetFile(file)
        names: list[str] = source.schema_arrow.names
        if len(set(names)) != len(names):
            raise DataError("two columns have one name", expected="each column once", place=Place(file))
        for batch in source.iter_batches(CHUNK_ROWS):
            if batch.num_rows:
                yield _chunk(shown, _frame(batch), start)
                start += batch.num_rows
        if start == 1:
            yield _chunk(shown, _frame(source.schema_arrow.empty_table()), 1)
    except (pa.ArrowException, OSError) as problem:
        raise DataError(
            f"the file cannot be read as Parquet after row {start - 1}: {str(problem).splitlines()[0]}",
            expected="a whole Parquet file",
            remedy="write or copy the file again; it looks half-written",
            place=Place(file),
        ) from problem


def _frame(batch: Any) -> pl.DataFrame:
    return cast(pl.DataFrame, pl.from_arrow(batch))


def _chunk(file: Path, frame: pl.DataFrame, start: int) -> Chunk:
    if "source_row" in frame.columns:
        return Chunk(file, frame.drop("source_row"), frame["source_row"].cast(pl.Int64).alias("row"))
    return Chunk(file, frame, pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias("row"))
