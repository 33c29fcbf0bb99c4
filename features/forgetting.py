"""The rows of people who were erased leave the tables, the profiles and the quarantine of the home."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

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

    Whoever came back since keeps what is new. Said again, nothing is left to do. Each file is replaced whole.

    Parameters
    ----------
    erased_at
        Who was erased, and when that was last.
    """
    if not erased_at:
        return Forgotten(0, 0)
    rows = files = 0
    contracts = _contracts(settings, list(erased_at))
    contracts_at = {contract: erased_at[customer] for contract, customer in contracts.items()}
    for path in _files(settings):
        gone = _take_out(path, erased_at, contracts_at)
        rows, files = rows + gone, files + (gone > 0)
    gone = _take_out_online(settings.feast / "online.db", [*erased_at, *contracts])
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
    table = pq.read_table(path)
    gone = _raw(table, list(erased_at)) if key is None else _keyed(table, key, at)
    count = int(pc.sum(gone).as_py() or 0)
    if count:
        draft = path.with_suffix(".draft")
        pq.write_table(table.filter(pc.invert(gone)), draft)
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


def _take_out_online(path: Path, keys: list[str]) -> int:
    if not path.exists():
        return 0
    gone = 0
    with sqlite3.connect(path) as online:
        views = [name for (name,) in online.execute("SELECT view FROM layouts")]
        for view in views:
            quoted = '"' + view.replace('"', '""') + '"'
            columns = online.execute(f"PRAGMA table_info({quoted})").fetchall()
            done = online.executemany(f'DELETE FROM {quoted} WHERE "{columns[0][1]}" = ?', ((key,) for key in keys))
            gone += max(done.rowcount, 0)
    online.close()
    return gone
