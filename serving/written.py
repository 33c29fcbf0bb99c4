"""Decisions as a Parquet file, for senders, reports and notebooks; the log stays the proof."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from regua.records import Decision
from serving.scorer import SCORES

_INSTANT = pa.timestamp("us", "UTC")
_WORDS = pa.list_(pa.string())
_COLUMNS: Mapping[str, tuple[Any, Callable[[Decision], Any]]] = {
    "decision_id": (pa.string(), lambda one: one.decision_id),
    "customer_id": (pa.string(), lambda one: one.customer_id),
    "contract_id": (pa.string(), lambda one: one.contract_id),
    "decided_at": (_INSTANT, lambda one: one.decided_at),
    "action": (pa.string(), lambda one: one.action),
    "channel": (pa.string(), lambda one: one.channel),
    "template": (pa.string(), lambda one: one.template),
    "send_at": (_INSTANT, lambda one: one.send_at),
    "journey": (pa.string(), lambda one: one.journey.name if one.journey else None),
    "journey_version": (pa.int32(), lambda one: one.journey.version if one.journey else None),
    "journey_day": (pa.int32(), lambda one: one.journey.day if one.journey else None),
    "step": (pa.int32(), lambda one: one.journey.step if one.journey else None),
    "value_cents": (pa.int64(), lambda one: one.value_cents),
    "propensity": (pa.float64(), lambda one: one.propensity),
    "explored": (pa.bool_(), lambda one: one.explored),
    "reasons": (_WORDS, lambda one: [reason.code for reason in one.reasons]),
    "degraded": (_WORDS, lambda one: list(one.degraded)),
}
SCHEMA = pa.schema(
    [*((name, kind) for name, (kind, _) in _COLUMNS.items()), *((name, pa.float64()) for name in SCORES)]
)


class DecisionFile:
    """A Parquet file that appears under its name only when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._draft = path, path.with_suffix(".draft")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(self._draft, SCHEMA)

    def write(self, decisions: Sequence[Decision]) -> None:
        """Add decisions."""
        arrays = [pa.array([read(one) for one in decisions], kind) for kind, read in _COLUMNS.values()]
        arrays += [pa.array([one.scores.get(name) for one in decisions], pa.float64()) for name in SCORES]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))

    def __enter__(self) -> "DecisionFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if problem is None:
            self._draft.replace(self._path)
        else:
            self._draft.unlink(missing_ok=True)
