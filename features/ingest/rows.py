"""Rows are read and checked one by one: the good go on, the others go to quarantine with rule, column and value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast

import dataframely as dy
import polars as pl

from features.ingest.casting import cast as read_column
from features.ingest.files import Chunk
from features.ingest.mapping import ColumnSource, Formats
from features.ingest.quarantine import Refused, raw_json
from features.tables import Table

FUTURE = timedelta(days=7)
"""How far after the moment of ingest a row may say it happened: clocks differ, the future does not."""

_RULE_COLUMNS = {
    "known_before_it_happened": "known_at",
    "from_the_future": "happened_at",
    "delivered_before_sent": "delivered_at",
    "read_before_sent": "read_at",
    "replied_before_sent": "replied_at",
    "closed_before_opened": "closed_at",
    "resolved_before_made": "resolved_at",
    "resolved_before_opened": "resolved_at",
    "lifted_before_placed": "lifted_at",
    "chosen_not_among": "among",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """How one table's rows are read: each canonical column with its source and its formats."""

    table: Table
    sources: Mapping[str, ColumnSource]
    formats: Mapping[str, Formats]
    as_of: datetime

    def read(self, chunk: Chunk) -> tuple[pl.DataFrame, Refused]:
        """Split a chunk into good rows, canonical and with their row number, and refused rows."""
        canonical, doubts = self._cast(chunk)
        problems = pl.DataFrame(doubts) if doubts else None
        bad = problems.select(pl.any_horizontal(pl.all())).to_series() if problems is not None else None
        refused = Refused.ragged(chunk)
        if problems is not None and bad is not None and bad.any():
            refused += self._unreadable(chunk, problems, bad)
            canonical = canonical.filter(~bad)
        good, failure = _staged(self.table, _naive(self.as_of)).filter(canonical)
        if len(failure):
            refused += self._unruly(chunk, failure.details())
        return good.select("row", *self.table.columns), refused

    def _cast(self, chunk: Chunk) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
        columns: dict[str, pl.Series] = {"row": chunk.rows}
        doubts: dict[str, pl.Series] = {}
        height = len(chunk.rows)
        for name, kind in self.table.kinds.items():
            source = self.sources.get(name)
            if source is None or source.same_as is not None:
                continue
            if source.column is not None and source.column not in chunk.raw.columns:
                continue
            raw = (
                chunk.raw[source.column]
                if source.column is not None
                else pl.repeat(source.constant, height, dtype=pl.String, eager=True)
            )
            read = read_column(raw, kind, self.formats[name], source.values)
            columns[name] = read.values
            doubts |= {f"{name}|{rule}": where for rule, where in read.problems.items()}
        return self._completed(columns, height), doubts

    def _completed(self, columns: dict[str, pl.Series], height: int) -> pl.DataFrame:
        from features.ingest.times import first_instant

        pending = {name: source.same_as for name, source in self.sources.items() if source.same_as}
        # Two rounds are enough: known_at may repeat happened_at, which may repeat a day.
        for _ in range(2):
            for name, other in pending.items():
                if other in columns:
                    values = columns[other]
                    is_day = values.dtype == pl.Date and self.table.kinds[name] == "instant"
                    columns[name] = first_instant(values, self.formats[name].zone) if is_day else values
        types = self.table.types
        ordered = {
            name: (columns[name] if name in columns else pl.repeat(None, height, dtype=types[name], eager=True)).alias(
                name
            )
            for name in ("row", *self.table.columns)
        }
        return pl.DataFrame(ordered)

    def _unreadable(self, chunk: Chunk, problems: pl.DataFrame, bad: pl.Series) -> Refused:
        first = problems.select(
            pl.coalesce(pl.when(pl.col(name)).then(pl.lit(name)) for name in problems.columns).alias("first")
        ).to_series()
        return self._refused(chunk, chunk.rows.filter(bad), first.filter(bad))

    def _unruly(self, chunk: Chunk, details: pl.DataFrame) -> Refused:
        rules = [name for name in details.columns if name not in self.table.kinds and name != "row"]
        ordered = sorted(rules, key=lambda name: ("|" not in name, not name.endswith("nullability")))
        first = details.select(
            pl.coalesce(pl.when(pl.col(name) == "invalid").then(pl.lit(_shown(name))) for name in ordered)
        ).to_series()
        return self._refused(chunk, details["row"], first)

    def _refused(self, chunk: Chunk, rows: pl.Series, labels: pl.Series) -> Refused:
        raw = chunk.raw.filter(chunk.rows.is_in(rows.implode()))
        columns, rules = (labels.str.split("|").list.get(part) for part in (0, 1))
        columns = columns.map_elements(self._origin, return_dtype=pl.String)
        values = [self._value(raw, row, column) for row, column in enumerate(columns)]
        return Refused.of(chunk.file, rows, rules, columns, values, raw_json(raw))

    def _value(self, raw: pl.DataFrame, row: int, column: str) -> str | None:
        source = self.sources.get(column)
        if source is None:
            return None
        if source.column is None:
            return source.constant
        found = raw[source.column][row] if source.column in raw.columns else None
        return None if found is None else str(found)

    def _origin(self, column: str) -> str:
        """Follow ``same_as`` to the column whose value is at fault; two steps are the longest way."""
        for _ in range(2):
            source = self.sources.get(column)
            column = source.same_as if source and source.same_as else column
        return column


def _shown(rule: str) -> str:
    """Name a broken rule as ``column|rule``."""
    if "|" not in rule:
        return f"{_RULE_COLUMNS.get(rule, '')}|{rule}"
    column, name = rule.split("|", 1)
    return f"{column}|{'missing_value' if name == 'nullability' else name.removeprefix('check__')}"


def _naive(moment: datetime) -> datetime:
    from regua.clock import utc

    return utc(moment).replace(tzinfo=None)


@cache
def _staged(table: Table, as_of: datetime) -> type[dy.Schema]:
    """Return the table's schema with the row number and the one rule that depends on the moment of ingest."""
    latest = as_of + FUTURE

    def from_the_future(_: type[dy.Schema]) -> pl.Expr:
        return pl.col("happened_at") <= pl.lit(latest)

    rule = cast(Callable[..., object], dy.rule())(from_the_future)
    return type(f"Staged{table.schema.__name__}", (table.schema,), {"row": dy.Int64(), "from_the_future": rule})
