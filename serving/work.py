"""What a worker process does beside the API: tells the outside, lets permits run out, works off jobs, keeps house.

Each task has a thread of its own, so that a receiver that hangs keeps no permit open; several workers may run side by
side on one store, since each takes what no other is taking. Nothing here is in a caller's way.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from serving import upkeep
from serving.jobs.working import work_off
from serving.service import Service
from serving.webhooks.delivering import Deliverer

_LOG = logging.getLogger("regua.work")
SWEEP_SECONDS, TELL_SECONDS = 10.0, 1.0
JOB_TURN = timedelta(seconds=5)
"""How long jobs are worked off before a stop is looked for."""
LONGEST_PAUSE_SECONDS = 30.0
FORGET_SECONDS = 3_600.0
"""How often idempotency keys whose time has passed are removed, and what was told long ago."""
LOOK_SECONDS = 60.0
"""How often it is looked whether something of the upkeep is due."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done again and again.

    ``work`` does some of it and says how much that was; while there is something it goes on at once, and otherwise
    looks again after ``seconds``.
    """

    name: str
    seconds: float
    work: Callable[[], int]


class Worker:
    """The tasks of one home, and their threads.

    Parameters
    ----------
    tasks
        What is to be done; :func:`tasks_of` has those of a service.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tuple(tasks)
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._keep_at, args=(task,), name=task.name) for task in self.tasks]

    def run(self) -> None:
        """Work until :meth:`stop` is called, and then finish what is in hand."""
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()

    def run_once(self) -> dict[str, int]:
        """Do each task until nothing of it is left now; return how much was done of each."""
        done: dict[str, int] = {}
        for task in self.tasks:
            done[task.name] = 0
            while count := task.work():
                done[task.name] += count
        return done

    def stop(self) -> None:
        """Ask every task to end after what it has in hand."""
        self._stop.set()

    def _keep_at(self, task: Task) -> None:
        pause = task.seconds
        while not self._stop.is_set():
            try:
                if task.work():
                    continue
                pause = task.seconds
            except Exception:
                # Whatever fails is tried again, and more slowly: a worker that ends takes every other task with it.
                _LOG.exception("task %s failed; again in %.0f s", task.name, pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._stop.wait(pause)


def tasks_of(service: Service, deliverer: Deliverer) -> list[Task]:
    """Return what is to be done beside a service."""
    store, clock = service.store, service.clock
    patience = timedelta(minutes=service.settings.report_minutes)
    kept_for = timedelta(days=service.settings.told_days)
    return [
        Task("messages", TELL_SECONDS, deliverer.fan_out),
        Task("deliveries", TELL_SECONDS, deliverer.deliver),
        Task("permits", SWEEP_SECONDS, lambda: store.permits.expire(clock.now())),
        Task("unreported", SWEEP_SECONDS, lambda: store.permits.doubt(clock.now(), patience)),
        Task("keys", FORGET_SECONDS, lambda: store.keys.forget(clock.now())),
        Task("told", FORGET_SECONDS, lambda: store.webhooks.prune(clock.now() - kept_for)),
        Task("jobs", TELL_SECONDS, lambda: work_off(service, clock.now() + JOB_TURN)),
        Task("checkpoints", LOOK_SECONDS, lambda: upkeep.sign(service)),
        Task("erasures", LOOK_SECONDS, lambda: upkeep.forget(service)),
        Task("leavings", FORGET_SECONDS, lambda: upkeep.sweep(service)),
    ]


def open_worker(service: Service) -> tuple[Worker, Deliverer]:
    """Put a service's worker together; the deliverer is closed when the worker has ended."""
    deliverer = Deliverer.of(service.settings, service.store, service.clock)
    return Worker(tasks_of(service, deliverer)), deliverer
