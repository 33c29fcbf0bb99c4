"""What happened, as whole numbers by table, until it is shown as canonical rows; and counts for the report."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from regua.columns import Array
from regua.vocabulary import ARREARS_BUCKETS
from training.portfolio.channels import CHANNELS
from training.portfolio.world import BillingErrors

ERROR_KINDS: tuple[str, ...] = tuple(BillingErrors.model_fields)

Counts = NDArray[np.int64]


def _zeros(*shape: int) -> Counts:
    return np.zeros(shape, dtype=np.int64)


@dataclass(slots=True)
class Tally:
    """Counts that can be added up over chunks.

    ``arrears_days`` and ``customer_days`` give the share of customers in arrears on a day; ``moves`` is
    ``(buckets, 3)``: contracts that got worse, stayed or got better within a month, by the bucket they began in;
    ``arrangements`` are those completed and those broken.
    """

    customer_days: int = 0
    arrears_days: int = 0
    bills_due: int = 0
    episodes: int = 0
    cured_15d: int = 0
    cured_30d: int = 0
    self_cured_15d: int = 0
    self_cured_30d: int = 0
    unread_cured_30d: int = 0
    moves: Counts = field(default_factory=partial(_zeros, len(ARREARS_BUCKETS), 3))
    sent: Counts = field(default_factory=partial(_zeros, len(CHANNELS)))
    read: Counts = field(default_factory=partial(_zeros, len(CHANNELS)))
    promises: Counts = field(default_factory=partial(_zeros, 3))
    arrangements: Counts = field(default_factory=partial(_zeros, 2))
    planted: Counts = field(default_factory=partial(_zeros, len(ERROR_KINDS)))

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
