"""One at a time: a file that a process holds while it works, and lets go of however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(lock: Path, *, waits: bool = True) -> Iterator[None]:
    """Hold a lock file while the work lasts.

    Parameters
    ----------
    lock
        The file; made where it is missing, and left there.
    waits
        Wait for whoever holds it.

    Raises
    ------
    BlockingIOError
        Somebody else holds it, and ``waits`` is false.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
