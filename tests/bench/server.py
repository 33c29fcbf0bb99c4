"""The real service in a process of its own, at the moment of an invented book, with a clock that runs on from there."""

import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from regua.settings import Settings
from tests.bench.book import MOMENT


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that starts at a moment and runs at the usual pace."""

    start: datetime = MOMENT
    began_s: float = field(default_factory=perf_counter)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=perf_counter() - self.began_s)


def main() -> None:
    """Serve ``HOME`` on the loopback address at ``PORT``."""
    from serving import starting

    starting.begin()
    from serving.api import listening
    from serving.api.app import create_app

    home, port = Path(sys.argv[1]), int(sys.argv[2])
    # What is measured is how long everybody waits: nobody is refused for it.
    app = create_app(Settings(home=home, threads=1, longest_wait_ms=60_000), RunningClock())
    app.state.service.quicken()
    listening.run(app, listening.listen("127.0.0.1", port), app.state.gate, log_level="warning")


if __name__ == "__main__":
    main()
