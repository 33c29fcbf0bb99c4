"""What happened, as whole numbers by table, until it is shown as canonical rows; and counts for the report."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regua.columns import Array
from regua.vocabulary import ARREARS_BUCKETS, CHANNELS
from training.portfolio.world import BillingErrors

ERROR_KINDS: tuple[str, ...] = tuple(BillingErrors.model_fields)

Counts = NDArray[np.int64]


def _zeros(*shape: int) -> Any:
    return field(default_factory=lambda: np.zeros(shape, dtype=np.int64))


@dataclass(slots=True)
class Tally:
    """Counts that can be added up over chunks.

    ``arrears_days`` and ``customer_days`` give the share of customers in arrears on a day; ``moves`` is
    ``(buckets, 3)``: contracts that got worse, stayed or got better within a month, by the bucket they began in.
    """

    customer_days: Counts = _zeros()
    arrears_days: Counts = _zeros()
    bills_due: Counts = _zeros()
    episodes: Counts = _zeros()
    cured_15d: Counts = _zeros()
    cured_30d: Counts = _zeros()
    self_cured_15d: Counts = _zeros()
    self_cured_30d: Counts = _zeros()
    unread_cured_30d: Counts = _zeros()
    moves: Counts = _zeros(len(ARREARS_BUCKETS), 3)
    sent: Counts = _zeros(len(CHANNELS))
    read: Counts = _zeros(len(CHANNELS))
    promises: Counts = _zeros(3)
    planted: Counts = _zeros(len(ERROR_KINDS))

    def add(self, other: "Tally") -> None:
        """Add another chunk's counts."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Log:
    """Rows of a day or of a whole history, table by table, in the simulator's own whole numbers."""

    parts: dict[str, list[dict[str, Array]]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def add(self, table: str, **columns: Array) -> None:
        """Append rows, maybe none: then only the columns are remembered."""
        parts = self.parts.setdefault(table, [])
        if not parts or len(next(iter(columns.values()))):
            parts.append(columns)

    def rows(self, table: str) -> dict[str, Array]:
        """Return a table's rows in the order they were added."""
        parts = self.parts[table]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def last_rows(self, table: str, *key: str) -> dict[str, Array]:
        """Return the last version of each row by key, in the order they were added."""
        rows = self.rows(table)
        order = np.lexsort([np.arange(len(rows[key[0]])), *(rows[name] for name in reversed(key))])
        changed = np.zeros(len(order), dtype=bool)
        changed[-1:] = True
        for name in key:
            changed[:-1] |= rows[name][order][1:] != rows[name][order][:-1]
        keep = np.sort(order[changed])
        return {name: array[keep] for name, array in rows.items()}
