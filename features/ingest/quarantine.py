"""Quarantine: what was refused, where it stood, by which rule, and the whole row as it was."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from features.ingest.mapping import is_personal

if TYPE_CHECKING:
    from features.ingest.files import Chunk

SCHEMA: dict[str, type[pl.DataType]] = {
    "file": pl.String,
    "row": pl.Int64,
    "rule": pl.String,
    "column": pl.String,
    "value": pl.String,
    "raw": pl.String,
}

_HIDDEN = "(hidden)"
_PRIVATE_RULES = ("looks_personal", "not_a_pseudonym")


@dataclass(frozen=True, slots=True)
class Refused:
    """Refused rows, one line each, in the columns of :data:`SCHEMA`."""

    frame: pl.DataFrame

    def __add__(self, other: "Refused") -> "Refused":
        return Refused(pl.concat([self.frame, other.frame])) if other.frame.height else self

    @staticmethod
    def none() -> "Refused":
        """Return no refused row."""
        return Refused(pl.DataFrame(schema=SCHEMA))

    @staticmethod
    def of(
        file: Path | str,
        rows: pl.Series,
        rules: pl.Series,
        columns: pl.Series,
        values: Sequence[str | None],
        raw: pl.Series,
    ) -> "Refused":
        """Put refused rows together; a value that says who a person is stays out of quarantine too."""
        frame = pl.DataFrame(
            {"row": rows, "rule": rules, "column": columns, "value": pl.Series(values, dtype=pl.String), "raw": raw}
        ).with_columns(file=pl.lit(str(file)))
        private = pl.col("rule").is_in(_PRIVATE_RULES) & pl.col("value").is_not_null()
        hidden = frame.with_columns(
            raw=pl.when(private)
            .then(pl.col("raw").str.replace_all(pl.col("value").fill_null(_HIDDEN), _HIDDEN, literal=True))
            .otherwise("raw"),
            value=pl.when(private).then(pl.lit(_HIDDEN)).otherwise("value"),
        )
        return Refused(hidden.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))

    @staticmethod
    def ragged(chunk: "Chunk") -> "Refused":
        """Return the rows of a chunk whose fields are too many or too few, with their text."""
        if not chunk.ragged:
            return Refused.none()
        rows, texts = zip(*chunk.ragged, strict=True)
        raw = pl.DataFrame({"text": texts}).select(pl.struct("text").struct.json_encode()).to_series()
        count = len(rows)
        return Refused.of(
            chunk.file,
            pl.Series(rows, dtype=pl.Int64),
            pl.repeat("ragged_row", count, eager=True),
            pl.repeat("", count, eager=True),
            [f"{len(text.split(','))} fields" for text in texts],
            raw,
        )


def raw_json(raw: pl.DataFrame) -> pl.Series:
    """Write whole rows as JSON; columns named like a name, a document or a telephone are masked."""
    masked = [pl.lit(_HIDDEN).alias(name) for name in raw.columns if is_personal(name)]
    return raw.with_columns(masked).select(pl.struct(pl.all()).struct.json_encode()).to_series()


class Writer:
    """Writes refused rows of one table as they come, and counts them by rule."""

    def __init__(self, path: Path) -> None:
        self.path, self.by_rule = path, Counter[str]()
        self._writer: Any = None

    def add(self, refused: Refused) -> None:
        """Write refused rows."""
        import pyarrow.parquet as pq

        if not refused.frame.height:
            return
        table = refused.frame.to_arrow()
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self._writer.write_table(table)
        self.by_rule.update(dict(_counts(refused.frame["rule"])))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @property
    def count(self) -> int:
        """Rows refused so far."""
        return self.by_rule.total()


def _counts(rules: pl.Series) -> Iterable[tuple[str, int]]:
    return rules.value_counts().iter_rows()


def extend(path: Path, refused: Refused) -> None:
    """Add refused rows to a table's quarantine file; it is replaced whole."""
    if not refused.frame.height:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    before = [pl.read_parquet(path)] if path.exists() else []
    pending = path.with_name(f".{path.name}.pending")
    pl.concat([*before, refused.frame]).write_parquet(pending, compression="zstd")
    pending.replace(path)
