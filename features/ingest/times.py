"""Days and instants as people write them: several formats, one zone, no guess between day-month and month-day."""

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from features.ingest.mapping import Formats

_WITH_OFFSET = ("%z", "%:z", "%#z", "%+")
_TIME_OF_DAY = ("%H", "%I", "%T", "%R")
Read = tuple[pl.Series, str, dict[str, pl.Series]]


def read_day(source: pl.Series, formats: Formats) -> Read:
    """Read calendar days; an instant becomes the day it falls on in the mapping's zone."""
    if source.dtype == pl.Date:
        return source, "not_a_date", {}
    if isinstance(source.dtype, pl.Datetime):
        return _local(source, formats.zone).dt.date(), "not_a_date", {}
    if source.dtype != pl.String:
        return _nothing(source, pl.Date()), "not_a_date", {}
    read = pl.Series(source.name, [None] * len(source), dtype=pl.Date)
    for form in formats.days:
        missing = read.is_null() & source.is_not_null()
        if not missing.any():
            break
        read = _fill(read, source.str.to_date(form, strict=False))
    return read, "not_a_date", _ambiguous(source, formats.days)


def read_instant(source: pl.Series, formats: Formats) -> Read:
    """Read instants as UTC; a day alone is its first instant in the mapping's zone.

    A local time that the clock skipped is refused as ``not_an_instant``; one that came twice is the earlier.
    """
    if source.dtype == pl.Date:
        return first_instant(source, formats.zone), "not_an_instant", {}
    if isinstance(source.dtype, pl.Datetime):
        micro = source.dt.cast_time_unit("us")
        return (_to_utc(micro, formats.zone) if source.dtype.time_zone is None else _bare(micro)), "not_an_instant", {}
    if source.dtype != pl.String:
        return _nothing(source, pl.Datetime("us")), "not_an_instant", {}
    read = pl.Series(source.name, [None] * len(source), dtype=pl.Datetime("us"))
    for form in formats.instants:
        missing = read.is_null() & source.is_not_null()
        if not missing.any():
            break
        read = _fill(read, _instants_in(source, form, formats.zone))
    return read, "not_an_instant", _ambiguous(source, formats.instants)


def first_instant(days: pl.Series, zone: str) -> pl.Series:
    """Return the first instant of each local day, in UTC; where midnight was skipped, the first that exists."""
    midnight = days.cast(pl.Datetime("us"))
    if zone == "UTC":
        return midnight
    there = midnight.dt.replace_time_zone(zone, non_existent="null", ambiguous="earliest")
    if there.null_count() != days.null_count():
        later = midnight.dt.offset_by("1h").dt.replace_time_zone(zone, non_existent="null", ambiguous="earliest")
        there = _fill(there, later)
    return _bare(there)


def _instants_in(source: pl.Series, form: str, zone: str) -> pl.Series:
    if any(mark in form for mark in _WITH_OFFSET):
        return _bare(source.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC"))
    if not any(mark in form for mark in _TIME_OF_DAY):
        return first_instant(source.str.to_date(form, strict=False), zone)
    return _to_utc(source.str.to_datetime(form, strict=False, time_unit="us"), zone)


def _ambiguous(source: pl.Series, forms: Sequence[str]) -> dict[str, pl.Series]:
    """Find values that two formats read as different days, such as 03/04/2024."""
    doubtful: pl.Series | None = None
    for one, other in combinations(forms, 2):
        if _skeleton(one) == _skeleton(other):
            first, second = _as_written(source, one), _as_written(source, other)
            differs = (first != second).fill_null(value=False)
            doubtful = differs if doubtful is None else doubtful | differs
    return {} if doubtful is None or not doubtful.any() else {"ambiguous_date": doubtful}


def _as_written(source: pl.Series, form: str) -> pl.Series:
    has_time = any(mark in form for mark in _TIME_OF_DAY)
    read = (
        source.str.to_datetime(form, strict=False, time_unit="us")
        if has_time
        else source.str.to_date(form, strict=False)
    )
    return read.cast(pl.Datetime("us"))


def _skeleton(form: str) -> str:
    return form.replace("%d", "%?").replace("%m", "%?")


def _to_utc(naive: pl.Series, zone: str) -> pl.Series:
    if zone == "UTC":
        return naive
    return _bare(naive.dt.replace_time_zone(zone, non_existent="null", ambiguous="earliest"))


def _bare(aware: pl.Series) -> pl.Series:
    return aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _local(moments: pl.Series, zone: str) -> pl.Series:
    kind = moments.dtype
    is_aware = isinstance(kind, pl.Datetime) and kind.time_zone is not None
    return moments.dt.convert_time_zone(zone) if is_aware else moments


def _fill(read: pl.Series, more: pl.Series) -> pl.Series:
    return read.zip_with(read.is_not_null(), more)


def _nothing(source: pl.Series, kind: pl.DataType) -> pl.Series:
    return pl.Series(source.name, [None] * len(source), dtype=kind)
