"""Something is asked in a thread of its own, and whoever asks waits no longer than it can afford."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Found = TypeVar("Found")


class Hurry:
    """One thread that reads for others, one reading at a time.

    A reading that hangs keeps nobody but the next readings, and those no longer than they can wait either. The thread
    ends with the process: a pool's would be waited for.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self._turn = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something is being read, or hangs."""
        return self._turn.locked()

    def within(self, seconds: float, work: Callable[[], Found]) -> Found:
        """Return what some work returns or raises, if it ends in time.

        Raises
        ------
        TimeoutError
            It did not, or one before it still hangs; it may end later, and nobody will know.
        """
        if not self._turn.acquire(timeout=seconds):
            raise TimeoutError(f"the {self._name} before this one still hangs")
        return self._begun(work).result(seconds)

    def begin(self, work: Callable[[], object]) -> bool:
        """Let something be done that nobody waits for; not where something before it is still being done."""
        if not self._turn.acquire(blocking=False):
            return False
        self._begun(work)
        return True

    def _begun(self, work: Callable[[], Found]) -> Future[Found]:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        told: Future[Found] = Future()
        self._asked.put((work, told))
        return told

    def _run(self) -> None:
        while True:
            work, told = self._asked.get()
            try:
                found = work()
            except BaseException as problem:  # whoever asked is told, whatever it is
                self._turn.release()
                told.set_exception(problem)
            else:
                self._turn.release()
                told.set_result(found)
