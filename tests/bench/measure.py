"""What a benchmark hands back: figures with units, each beside what it is compared with."""

import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; ``beside`` is the same work done the plain way in the same run."""

    what: str
    value: float
    unit: str
    beside: float | None = None
    beside_what: str = ""
    goal: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times ``beside`` the value is."""
        return self.value / self.beside if self.beside else None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """Time a piece of work: the best of a few runs, since noise only ever adds."""
    best = float("inf")
    for _ in range(repeat):
        gc.collect()
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def latencies(work: Callable[[], object], count: int, warm: int = 20) -> list[float]:
    """Time each of ``count`` calls after a few that are thrown away, in milliseconds."""
    for _ in range(warm):
        work()
    found = []
    for _ in range(count):
        start = time.perf_counter()
        work()
        found.append(1_000 * (time.perf_counter() - start))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which a share of the values lies."""
    return statistics.quantiles(values, n=1_000, method="inclusive")[round(share * 1_000) - 1]


def peak_memory_mb() -> float:
    """Return the most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
