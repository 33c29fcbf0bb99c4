"""Decisions and reasons as Parquet files, for senders, reports and notebooks; the log stays the proof."""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from regua.records import Decision
from serving.scoring.scorer import SCORES

_INSTANT = pa.timestamp("us", "UTC")
_WORDS = pa.list_(pa.string())
_PLAIN: Mapping[str, Any] = {
    "decision_id": pa.string(),
    "customer_id": pa.string(),
    "contract_id": pa.string(),
    "decided_at": _INSTANT,
    "action": pa.string(),
    "channel": pa.string(),
    "template": pa.string(),
    "send_at": _INSTANT,
    "value_cents": pa.int64(),
    "propensity": pa.float64(),
    "explored": pa.bool_(),
}
"""What is written as it stands in the record."""
_NO_JOURNEY = (None, None, None, None)
_JOURNEY: Mapping[str, Any] = {
    "journey": pa.string(),
    "journey_version": pa.int32(),
    "journey_day": pa.int32(),
    "step": pa.int32(),
}
SCHEMA = pa.schema(
    [*_PLAIN.items(), *_JOURNEY.items(), ("reasons", _WORDS), ("degraded", _WORDS)]
    + [(name, pa.float64()) for name in SCORES]
)
_plain = attrgetter(*_PLAIN)
_position = attrgetter("name", "version", "day", "step")


class WholeFile:
    """A Parquet file that appears under its name only when it is whole."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path, self._draft, self._schema = path, path.with_suffix(".draft"), schema
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(self._draft, schema)

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows, given as columns in the order of the schema."""
        arrays = [pa.array(values, kind) for values, kind in zip(columns, self._schema.types, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if problem is None:
            self._draft.replace(self._path)
        else:
            self._draft.unlink(missing_ok=True)


class DecisionFile(WholeFile):
    """What was decided, a row a decision."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)

    def write(self, decisions: Sequence[Decision]) -> None:
        """Add decisions."""
        if not decisions:
            return
        journeys = [_position(one.journey) if one.journey else _NO_JOURNEY for one in decisions]
        columns: list[Sequence[Any]] = [
            *zip(*map(_plain, decisions), strict=True),
            *zip(*journeys, strict=True),
            [[reason.code for reason in one.reasons] for one in decisions],
            [one.degraded for one in decisions],
            *([one.scores.get(name) for one in decisions] for name in SCORES),
        ]
        self.add(columns)
