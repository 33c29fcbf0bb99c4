"""Long work shows where it is: each step is named when it begins and timed when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from resource import RUSAGE_SELF, getrusage
from sys import platform
from time import perf_counter

from rich.console import Console
from rich.status import Status


@dataclass(slots=True)
class Steps:
    """Names and times the steps of a run on standard error, and keeps the seconds of each."""

    total: int
    quiet: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    _status: Status | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Run one step; the reader sees its name at once and its seconds when it is done."""
        console = Console(stderr=True, quiet=self.quiet, highlight=False)
        number, started = len(self.seconds) + 1, perf_counter()
        with console.status(f"[{number}/{self.total}] {name}") as self._status:
            yield
        self.seconds[name] = perf_counter() - started
        console.print(f"[green]✓[/green] [dim]{number}/{self.total}[/dim] {name} [dim]{self.seconds[name]:.1f} s[/dim]")

    def say(self, detail: str) -> None:
        """Show what the running step is doing now."""
        if self._status is not None:
            name = str(self._status.status).split(" · ", maxsplit=1)[0]
            self._status.update(f"{name} · {detail}")


def peak_memory_mb() -> int:
    """Return the most memory this process ever held, in MB."""
    peak = getrusage(RUSAGE_SELF).ru_maxrss
    return peak // (1_000_000 if platform == "darwin" else 1_000)
