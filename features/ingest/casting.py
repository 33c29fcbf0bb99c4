"""Values as a house writes them become values as Regua holds them, or they are named as what they are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import polars as pl

from features.ingest.amounts import read_cents, read_number, read_whole
from features.ingest.mapping import Formats
from features.ingest.times import read_day, read_instant
from features.tables import Kind

_TRUE, _FALSE = ("true", "t", "1", "yes", "y", "sim", "s"), ("false", "f", "0", "no", "n", "nao", "não")
_FLAGS = dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False)

Read = tuple[pl.Series, str, dict[str, pl.Series]]


@dataclass(frozen=True, slots=True)
class Cast:
    """A column after reading: its values, and where and why a value could not be read.

    Attributes
    ----------
    values
        ``(n,)`` canonical values, NULL where there was none or where it could not be read.
    problems
        Rule name to ``(n,)`` booleans.
    """

    values: pl.Series
    problems: Mapping[str, pl.Series]


def cast(source: pl.Series, kind: Kind, formats: Formats, values: Mapping[str, str] | None = None) -> Cast:
    """Read one source column as one kind of canonical column.

    Parameters
    ----------
    source
        ``(n,)`` values as the file holds them: text, or a Parquet type.
    values
        Source value to canonical word; a value that is not listed is a problem, not a guess.

    Returns
    -------
    Values and problems; no value is ever both non-NULL in the source, NULL in the answer and without a problem.
    """
    if source.dtype == pl.Null:
        source = source.cast(pl.String)
    if isinstance(source.dtype, pl.Categorical | pl.Enum):
        source = source.cast(pl.String)
    if values is not None and source.dtype != pl.String:
        source = source.cast(pl.String)
    unmapped: pl.Series | None = None
    if source.dtype == pl.String:
        source = _without_nulls(source, formats.nulls)
        if values is not None:
            mapped = source.replace_strict(dict(values), default=None, return_dtype=pl.String)
            unmapped = source.is_not_null() & mapped.is_null()
            source = mapped
    elif source.dtype.is_float():
        source = source.fill_nan(None)
    read, rule, extra = _read(source, kind, formats)
    problems = {} if unmapped is None else {"unmapped_value": unmapped}
    problems |= extra
    if source.null_count() != read.null_count():
        problems[rule] = source.is_not_null() & read.is_null()
    return Cast(read, problems)


def _without_nulls(source: pl.Series, nulls: tuple[str, ...]) -> pl.Series:
    trimmed = source.str.strip_chars()
    absent = trimmed.is_in(list(nulls))
    return trimmed.set(absent, None) if absent.any() else trimmed


def _read(source: pl.Series, kind: Kind, formats: Formats) -> Read:
    match kind:
        case "text":
            return source.cast(pl.String, strict=False), "not_text", {}
        case "flag":
            return _flag(source), "not_a_flag", {}
        case "cents":
            return read_cents(source, formats), "not_an_amount", {}
        case "whole":
            return read_whole(source), "not_a_whole_number", {}
        case "number":
            return read_number(source, formats), "not_a_number", {}
        case "day":
            return read_day(source, formats)
        case "instant":
            return read_instant(source, formats)
        case _:
            assert_never(kind)


def _flag(source: pl.Series) -> pl.Series:
    if source.dtype == pl.Boolean:
        return source
    lower = source.cast(pl.String).str.to_lowercase()
    return lower.replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
