"""Amounts and numbers as people write them, read exactly or not at all."""

import re

import polars as pl

from features.ingest.mapping import Formats

_CENT_TOLERANCE = 1e-6


def read_cents(source: pl.Series, formats: Formats) -> pl.Series:
    """Read amounts as whole cents, exactly; what is not clearly an amount becomes NULL.

    Text goes through no float. A thousands sign is taken only where the mapping declares one, so that ``1.234``
    is never guessed.

    Examples
    --------
    >>> from features.ingest.mapping import Mapping
    >>> brazilian = Mapping(decimal=",", thousands=".", tables={"invoices": {"file": "x", "columns": {}}})
    >>> read_cents(pl.Series(["1.234,5", "12.34", "-0,05"]), brazilian.formats("invoices")).to_list()
    [123450, None, -5]
    """
    if source.dtype == pl.String:
        return _cents_from_text(source, formats)
    if source.dtype.is_decimal():
        plain = source.cast(pl.String)
        return _cents_from_text(plain, _plain(formats))
    if source.dtype.is_integer():
        wide = source.cast(pl.Int64, strict=False)
        return wide if formats.unit == "cents" else _safe_times(wide, 100)
    if source.dtype.is_float():
        scaled = source.cast(pl.Float64) * (1.0 if formats.unit == "cents" else 100.0)
        exact = (scaled - scaled.round(0)).abs() <= _CENT_TOLERANCE * scaled.abs().clip(lower_bound=1.0)
        in_range = scaled.is_finite() & (scaled.abs() < 2.0**53)
        good = (exact & in_range).fill_null(value=False)
        return scaled.set(~good, None).round(0).cast(pl.Int64, strict=False)
    return pl.Series(source.name, [None] * len(source), dtype=pl.Int64)


def read_whole(source: pl.Series) -> pl.Series:
    """Read whole numbers; ``3.0`` is one, ``3.5`` becomes NULL."""
    if source.dtype == pl.String:
        digits = source.str.extract(r"^([+-]?\d+)(?:\.0+)?$", 1)
        return digits.str.strip_prefix("+").cast(pl.Int32, strict=False)
    if source.dtype.is_float():
        return source.set((source.round(0) != source).fill_null(value=True), None).cast(pl.Int32, strict=False)
    if source.dtype.is_integer():
        return source.cast(pl.Int32, strict=False)
    return pl.Series(source.name, [None] * len(source), dtype=pl.Int32)


def read_number(source: pl.Series, formats: Formats) -> pl.Series:
    """Read numbers; words such as ``NaN`` and ``inf`` are none."""
    if source.dtype == pl.String:
        sign = re.escape(formats.decimal)
        plain = _ungrouped(source, formats)
        shaped = plain.set(
            ~plain.str.contains(rf"^[+-]?\d+(?:{sign}\d+)?(?:[eE][+-]?\d+)?$").fill_null(value=False), None
        )
        return shaped.str.replace(formats.decimal, ".", literal=True).cast(pl.Float64, strict=False)
    if source.dtype.is_numeric():
        return source.cast(pl.Float64, strict=False)
    return pl.Series(source.name, [None] * len(source), dtype=pl.Float64)


def _cents_from_text(source: pl.Series, formats: Formats) -> pl.Series:
    if formats.unit == "cents":
        return source.str.extract(r"^([+-]?\d{1,18})(?:\.0+)?$", 1).str.strip_prefix("+").cast(pl.Int64, strict=False)
    sign = re.escape(formats.decimal)
    groups = _ungrouped(source, formats).str.extract_groups(
        rf"^(?P<minus>[+-]?)(?P<units>\d{{1,15}})(?:{sign}(?P<cents>\d{{1,2}})0*)?$"
    )
    parts = groups.struct.unnest()
    units = parts["units"].cast(pl.Int64, strict=False)
    rest = parts["cents"].fill_null("").str.pad_end(2, "0").cast(pl.Int64, strict=False)
    total = units * 100 + rest
    negative = (parts["minus"] == "-").fill_null(value=False)
    return pl.select(pl.when(negative).then(-total).otherwise(total)).to_series().alias(source.name)


def _ungrouped(source: pl.Series, formats: Formats) -> pl.Series:
    if not formats.thousands:
        return source
    sign, decimal = re.escape(formats.thousands), re.escape(formats.decimal)
    grouped = source.str.contains(rf"^[+-]?\d{{1,3}}(?:{sign}\d{{3}})+(?:{decimal}\d+)?$").fill_null(value=False)
    joined = source.str.replace_all(formats.thousands, "", literal=True)
    return pl.select(pl.when(grouped).then(joined).otherwise(source)).to_series().alias(source.name)


def _plain(formats: Formats) -> Formats:
    from dataclasses import replace

    return replace(formats, decimal=".", thousands="")


def _safe_times(wide: pl.Series, factor: int) -> pl.Series:
    fits = (wide.abs() <= 2**53 // factor).fill_null(value=False)
    return wide.set(~fits, None) * factor
