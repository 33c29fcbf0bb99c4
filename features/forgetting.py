"""The rows of people who were erased leave the tables, the profiles and the quarantine of the home."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.packed_rows import open_rows, stamp_of
from regua.settings import Settings

_WHEN = ("known_at", "event_timestamp")
_RAW = "raw"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows left how many files."""

    rows: int
    files: int


def forget(settings: Settings, erased_at: Mapping[str, datetime]) -> Forgotten:
    """Take the rows of people out of every file of the home, as far as they were known when the person was erased.

    Whoever came back since keeps what is new. Said again, nothing is left to do. Each file is replaced whole. Whom a
    sandbox erases stays in the files of the home, which are not the sandbox's.

    Parameters
    ----------
    erased_at
        Who was erased, and when that was last.
    """
    if not erased_at or settings.environment != "live":
        return Forgotten(0, 0)
    rows = files = 0
    contracts = _contracts(settings, list(erased_at))
    contracts_at = {contract: erased_at[customer] for contract, customer in contracts.items()}
    # The online rows first: whose contracts they are is known from the tables alone.
    gone = _take_out_online(settings, {**erased_at, **contracts_at})
    for path in _files(settings):
        left = _take_out(path, erased_at, contracts_at)
        rows, files = rows + left, files + (left > 0)
    return Forgotten(rows + gone, files + (gone > 0))


def held(settings: Settings, customer_ids: Sequence[str]) -> list[tuple[Path, int]]:
    """Say which files of the home hold rows of some people, and how many."""
    asked = pa.array(customer_ids, pa.string())
    found = []
    for path in _files(settings):
        if "customer_id" in pq.read_schema(path).names:
            column = pq.read_table(path, columns=["customer_id"])["customer_id"]
            count = pc.sum(pc.is_in(column.cast(pa.string()), value_set=asked)).as_py() or 0
            if count:
                found.append((path, int(count)))
    return found


def _files(settings: Settings) -> Iterator[Path]:
    for folder in (settings.tables, settings.profiles, settings.quarantine):
        yield from sorted(folder.rglob("*.parquet"))


def _contracts(settings: Settings, customer_ids: list[str]) -> dict[str, str]:
    """Name the contracts of people, as far as the home knows them."""
    found: dict[str, str] = {}
    for path in sorted((settings.tables / "contracts").glob("*.parquet")):
        table = pq.read_table(
            path, columns=["contract_id", "customer_id"], filters=[("customer_id", "in", customer_ids)]
        )
        found |= dict(zip(*(table[name].to_pylist() for name in table.column_names), strict=True))
    return found


def _take_out(path: Path, erased_at: Mapping[str, datetime], contracts_at: Mapping[str, datetime]) -> int:
    names = pq.read_schema(path).names
    key = next((name for name in ("customer_id", "contract_id") if name in names), None)
    at = erased_at if key == "customer_id" else contracts_at
    if (key is None and _RAW not in names) or not at:
        return 0
    read = path.stat()
    table = pq.read_table(path)
    gone = _raw(table, list(erased_at)) if key is None else _keyed(table, key, at)
    count = int(pc.sum(gone).as_py() or 0)
    if count:
        draft = path.with_suffix(".draft")
        pq.write_table(table.filter(pc.invert(gone)), draft)
        if _written(path.stat()) != _written(read):
            return _take_out(path, erased_at, contracts_at)  # somebody wrote it anew meanwhile
        draft.replace(path)
    return count


def _keyed(table: pa.Table, key: str, at: Mapping[str, datetime]) -> pa.ChunkedArray:
    which = pc.index_in(table[key].cast(pa.string()), value_set=pa.array(list(at), pa.string()))
    gone = pc.is_valid(which)
    when = next((name for name in _WHEN if name in table.column_names), None)
    if when is not None:
        until = pa.array([one.replace(tzinfo=None) for one in at.values()], pa.timestamp("us"))
        earlier = pc.less_equal(table[when].cast(pa.timestamp("us")), pc.take(until, which))
        gone = pc.and_(gone, pc.fill_null(earlier, fill_value=True))
    return gone


def _raw(table: pa.Table, customer_ids: list[str]) -> pa.ChunkedArray:
    gone = pc.match_substring(table[_RAW], f'"{customer_ids[0]}"')
    for customer_id in customer_ids[1:]:
        gone = pc.or_(gone, pc.match_substring(table[_RAW], f'"{customer_id}"'))
    return pc.fill_null(gone, fill_value=False)


def _written(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_ino, stat.st_mtime_ns


def _take_out_online(settings: Settings, known_at: Mapping[str, datetime]) -> int:
    """Take rows out of the file of the home, and of Redis where profiles are there."""
    url, path = settings.redis_url, settings.feast / "online.db"
    places = [url.get_secret_value()] if url else []
    gone = 0
    for place in [*places, *([None] if path.exists() else [])]:
        rows = open_rows(path, place, settings.portfolio)
        try:
            gone += rows.forget({key: stamp_of(at) for key, at in known_at.items()})
        finally:
            rows.close()
    return gone
