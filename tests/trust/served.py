"""The real API in several processes that can be killed at any moment and are back at once.

A keeper has everything imported and the book read, and forks a worker when it is told to: a worker opens the store and
serves on a socket all workers share. So a killed one is replaced at once, and a thousand can be killed.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter

from pydantic import SecretStr

from regua.settings import Settings
from tests.trust.world import small_world

CUSTOMERS = 2_000
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that starts at a moment and runs at the usual pace, the same in every worker."""

    start: datetime
    began_s: float = field(default_factory=perf_counter)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=perf_counter() - self.began_s)


def settings_of(home: Path, where: str) -> Settings:
    """Say where a store lies, and the home whose key opens it."""
    return Settings(home=home, store_url=SecretStr(where), threads=1)


class Served:
    """A keeper and its workers, as seen by those who call and those who kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "tests.trust.served", str(folder)]
        self._keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.workers: list[tuple[str, int]] = []
        self.port, self.headers = 0, {}

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_) -> None:
        self.stop()
        self._keeper.communicate()

    def serve(self, where: str, workers: int, beside: int = 0) -> None:
        """Serve a store, in some processes, with others that work beside them as ``regua work`` does."""
        self.stop()
        self.port, self.headers = self._told("serve", where)
        self.workers = [self._told("fork", kind) for kind in ["answer"] * workers + ["work"] * beside]

    def processor_s(self) -> float:
        """Return how much processor time the workers have taken."""
        told = [Path(f"/proc/{worker}/stat").read_text().rpartition(") ")[2].split() for _, worker in self.workers]
        return sum(int(ticks) for one in told for ticks in one[11:13]) / os.sysconf("SC_CLK_TCK")

    def keep_to(self, core: int) -> None:
        """Let the workers use one core of the machine and no other, so that those who ask do not take their time."""
        for _, worker in self.workers:
            os.sched_setaffinity(worker, {core})

    def kill(self, which: int) -> None:
        """Kill a worker at once, and let another take its place."""
        kind, worker = self.workers.pop(which % len(self.workers))
        os.kill(worker, signal.SIGKILL)
        self.workers.append(self._told("fork", kind))

    def stop(self) -> None:
        """Kill them all."""
        while self.workers:
            with suppress(ProcessLookupError):
                os.kill(self.workers.pop()[1], signal.SIGKILL)

    def _told(self, *words: str):
        self._keeper.stdin.write(json.dumps(words) + "\n")
        self._keeper.stdin.flush()
        return json.loads(self._keeper.stdout.readline())


class Keeper:
    """Has everything a worker needs but the store, which is opened after the fork."""

    def __init__(self, folder: Path) -> None:
        import uvicorn.server  # noqa: F401 (compiled before the forks)

        from journeys import book
        from serving.api import app, listening
        from serving.service import Service
        from serving.work import open_worker

        self._listening, self._app, self._service, self._work_of = listening, app, Service, open_worker
        small = small_world()
        self._profiles = small.TableProfiles(small.customers(CUSTOMERS), small.PROFILE_AT)
        self._book, self._clock = book.load(), RunningClock(small.MOMENT)
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._home, self._where = folder, ""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # killed workers leave nothing behind

    def serve(self, where: str):
        from serving.access.roles import Role
        from serving.permits.modes import Mode
        from tests.api.callers import headers_of

        self._where = where
        service = self._opened()
        headers = headers_of(service, Role.CRM)
        # All that an answer needs is imported and compiled before the forks; a dry run leaves no trace.
        self._app.create_app(service.settings, service=service)
        service.pipeline.answer(["c0000001"], self._clock.now(), Mode.DRY_RUN)
        service.close()
        return self._socket.getsockname()[1], headers

    def fork(self, kind: str) -> tuple[str, int]:
        if worker := os.fork():
            return kind, worker
        os.close(0)  # the keeper's orders are not for workers
        os.dup2(2, 1)
        try:
            getattr(self, f"_{kind}")(self._opened())
        finally:
            os._exit(0)

    def _answer(self, service) -> None:
        made = self._app.create_app(service.settings, service=service)
        self._listening.run(made, self._socket, made.state.gate, log_level="critical")

    def _work(self, service) -> None:
        worker, _ = self._work_of(service)
        worker.run()

    def _opened(self):
        return self._service(settings_of(self._home, self._where), self._clock, self._profiles, self._book)


def main() -> None:
    """Do as told, a line at a time."""
    keeper = Keeper(Path(sys.argv[1]))
    for line in sys.stdin:
        name, *words = json.loads(line)
        sys.stdout.write(json.dumps(getattr(keeper, name)(*words)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
