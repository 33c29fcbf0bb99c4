"""The clock of a sandbox: it stands where the store says, for all processes, until somebody moves it."""

from datetime import datetime

from regua.clock import Clock
from serving.store import Store


class SandboxClock:
    """The newest test clock of a portfolio; before there is one, the clock the service was opened with.

    Parameters
    ----------
    store
        Where test clocks are kept: asked each time, so that every process moves at once.
    before
        The clock that says the moment as long as nobody has set one.
    """

    def __init__(self, store: Store, before: Clock) -> None:
        self._store, self._before = store, before

    def now(self) -> datetime:
        """Return the present instant of the sandbox, aware, in UTC."""
        kept = self._store.sandbox.clock()
        return kept.at if kept else self._before.now()
