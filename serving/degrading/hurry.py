"""Something is asked in a thread of its own, and whoever asks waits no longer than it can afford."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

Found = TypeVar("Found")


class _Told(Generic[Found]):
    """What becomes of some work, told once: a lock is all that is waited for."""

    __slots__ = ("_is_known", "found", "problem")

    def __init__(self) -> None:
        self.found: Found | None = None
        self.problem: BaseException | None = None
        self._is_known = threading.Lock()
        self._is_known.acquire()

    def settle(self) -> None:
        self._is_known.release()

    def within(self, seconds: float) -> Any:
        if not self._is_known.acquire(timeout=seconds):
            raise TimeoutError
        if self.problem is not None:
            raise self.problem
        return self.found


class Hurry:
    """One thread that reads for others, one reading at a time.

    A reading that hangs keeps nobody but the next readings, and those no longer than they can wait either: the thread
    is a daemon, and ends with the process.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked: SimpleQueue[tuple[Callable[[], Any], _Told[Any]]] = SimpleQueue()
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
        found: Found = self._begun(work).within(seconds)
        return found

    def begin(self, work: Callable[[], object]) -> bool:
        """Let something be done that nobody waits for; not where something before it is still being done."""
        if not self._turn.acquire(blocking=False):
            return False
        self._begun(work)
        return True

    def _begun(self, work: Callable[[], Found]) -> _Told[Found]:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        told: _Told[Found] = _Told()
        self._asked.put((work, told))
        return told

    def _run(self) -> None:
        while True:
            work, told = self._asked.get()
            try:
                told.found = work()
            except BaseException as problem:  # whoever asked is told, whatever it is
                told.problem = problem
            self._turn.release()
            told.settle()
