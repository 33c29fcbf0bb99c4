"""Where a training's time and memory go: by stage, and how much of it is LightGBM's own."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from sys import platform
from time import perf_counter
from typing import Any

_STATUS, _REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_PEAK = "5"


@dataclass(frozen=True, slots=True)
class Stage:
    """One finished stage. ``is_resumed``: an earlier run had done it; ``lightgbm_seconds`` are part of ``seconds``."""

    name: str
    seconds: float
    peak_memory_mb: int
    lightgbm_seconds: float
    is_resumed: bool


class _Meter:
    """Seconds during which at least one thread was inside LightGBM.

    Many teachers call it, in threads of their own. Its three doors are wrapped here, so that none can be forgotten.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._inside, self._since = 0, 0.0
        self._lock = threading.Lock()

    @contextmanager
    def installed(self) -> Iterator[None]:
        import lightgbm

        doors = [(lightgbm, "train"), (lightgbm.Booster, "predict"), (lightgbm.Dataset, "construct")]
        plain = [(owner, name, getattr(owner, name)) for owner, name in doors]
        for owner, name, call in plain:
            setattr(owner, name, self._counted(call))
        try:
            yield
        finally:
            for owner, name, call in plain:
                setattr(owner, name, call)

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **named: Any) -> Any:
            self._enter()
            try:
                return call(*given, **named)
            finally:
                self._leave()

        return counted

    def _enter(self) -> None:
        with self._lock:
            if not self._inside:
                self._since = perf_counter()
            self._inside += 1

    def _leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self.seconds += perf_counter() - self._since


Begin = Callable[[str, int, int], None]
"""Told when a stage begins: its name, its number from 1, and how many there are."""


@dataclass(slots=True)
class Stages:
    """Runs the stages of a training one after another."""

    total: int
    began: Begin | None = None
    done: list[Stage] = field(default_factory=list)
    _lightgbm: _Meter = field(default_factory=_Meter)

    @contextmanager
    def stage(self, name: str, *, is_resumed: bool = False) -> Iterator[None]:
        """Time a stage."""
        if self.began:
            self.began(name, len(self.done) + 1, self.total)
        gc.collect()
        _forget_peak()
        started, inside = perf_counter(), self._lightgbm.seconds
        yield
        seconds = perf_counter() - started
        self.done.append(Stage(name, seconds, peak_memory_mb(), self._lightgbm.seconds - inside, is_resumed))

    @contextmanager
    def metered(self) -> Iterator[None]:
        """Count LightGBM's time for as long as this lasts."""
        with self._lightgbm.installed():
            yield

    def share_outside_lightgbm(self) -> float:
        """Return the share of all time that was not LightGBM's."""
        total = sum(stage.seconds for stage in self.done)
        return 1 - sum(stage.lightgbm_seconds for stage in self.done) / total if total else 1.0


def peak_memory_mb() -> int:
    """Return the most memory held since the peak was last forgotten, in MB; where it cannot be, since the start."""
    if _STATUS.exists():
        peak = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) // 1_000
    return getrusage(RUSAGE_SELF).ru_maxrss // (1_000_000 if platform == "darwin" else 1_000)


def _forget_peak() -> None:
    if _REFS.exists():
        try:
            _REFS.write_text(_RESET_PEAK)
        except OSError:
            return  # not permitted here: the peak is then the process's own
