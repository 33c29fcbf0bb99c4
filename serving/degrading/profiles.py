"""Profiles within a budget of time: the online rows if they come in time, else the last snapshot, else nobody's."""

import logging
from collections.abc import Sequence
from datetime import datetime
from time import monotonic

import numpy as np

from regua.columns import Columns
from regua.errors import NotFoundError, ReguaError
from regua.settings import Settings
from serving.deciding.profiles import OnlineStore, Profiles, SnapshotProfiles, found
from serving.degrading.breaker import Breaker
from serving.degrading.hurry import Hurry

_LOG = logging.getLogger("regua.profiles")
FIRST_BUDGET_SECONDS = 5.0
"""For the first reading, which opens the store; once it kept somebody waiting in vain, others wait as usual."""
BUDGET_A_CUSTOMER_SECONDS = 0.0005
LOOKS_SECONDS = 30.0
"""While the online rows are away: how often it is looked whether there is a newer snapshot."""
_LATE = "not read in time"
AWAY, FROM_SNAPSHOT = "away", "from_snapshot"
"""Columns beside a profile that was not read as usual: 1 where nothing is known, and where the last snapshot is."""


class SteadyProfiles:
    """The online rows, read within a budget; after five failures in a row they are left alone.

    From then on nobody waits for them: after each pause one reading is tried beside the requests, for the customers of
    the one that began it, and if it comes within the budget all are led to the online rows again. One that hangs holds
    up the next of its kind, and nothing else.

    What stands in is the last snapshot, which is read beside the requests when the online rows first fail; until it is
    there, and for whom it does not know, the row is :data:`AWAY`. Each feature is held to its own limit in either.

    Parameters
    ----------
    online
        The rows as usual.
    last
        The last snapshot.
    budget_s
        How long a reading may take, before half a millisecond a customer.
    """

    def __init__(self, online: Profiles, last: Profiles, budget_s: float) -> None:
        self._online, self._budget_s = online, budget_s
        self._breaker, self._hurry = Breaker(), Hurry("online profiles")
        self._last = _Beside(last)
        self._is_warm, self._first_s = False, FIRST_BUDGET_SECONDS
        self.problem: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> "SteadyProfiles":
        """Read a home's profiles steadily."""
        return cls(OnlineStore(settings), SnapshotProfiles(settings), settings.profile_budget_ms / 1_000)

    def read(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        """Return one row a customer in the order asked; :data:`AWAY` and :data:`FROM_SNAPSHOT` say if it stands in.

        Raises
        ------
        UnavailableError
            Nothing was ever put online: that is no fault that passes.
        """
        if self._breaker.is_open:
            if self._breaker.probes():
                self._hurry.begin(lambda: self._probe(customer_ids, at))
            return self._stood_in(customer_ids, at)
        try:
            rows = self._hurry.within(self._budget_of(customer_ids), lambda: self._online.read(customer_ids, at))
        except Exception as problem:  # rows that cannot be read are away, whatever a library raises of them
            if not self._is_warm and isinstance(problem.__cause__, NotFoundError):
                raise
            self._failed(problem)
            return self._stood_in(customer_ids, at)
        self._succeeded()
        return rows

    def _probe(self, customer_ids: Sequence[str], at: datetime) -> None:
        """Try a reading that nobody waits for."""
        began = monotonic()
        try:
            self._online.read(customer_ids, at)
        except Exception as problem:
            self.problem = _why(problem)
        else:
            if monotonic() - began <= self._budget_of(customer_ids):
                self._succeeded()
            else:
                self.problem = _LATE

    def _budget_of(self, customer_ids: Sequence[str]) -> float:
        return max(self._usual_s(customer_ids), self._first_s)

    def _usual_s(self, customer_ids: Sequence[str]) -> float:
        return self._budget_s + BUDGET_A_CUSTOMER_SECONDS * len(customer_ids)

    def _succeeded(self) -> None:
        self._is_warm, self._first_s, self.problem = True, 0.0, None
        self._breaker.succeeded()

    def _failed(self, problem: Exception) -> None:
        self.problem = _why(problem)
        if isinstance(problem, TimeoutError):
            self._first_s = 0.0  # it may be opened yet, but nobody else waits for that
        self._last.look()
        if self._breaker.failed():
            _LOG.warning("the online profiles are left alone for a while: %s", self.problem)

    def _stood_in(self, customer_ids: Sequence[str], at: datetime) -> Columns:
        self._last.look()
        rows = self._last.read(customer_ids, at, self._usual_s(customer_ids))
        if rows is None:
            nobody = np.full(len(customer_ids), -1, dtype=np.int64)
            never = np.full(len(nobody), np.datetime64("NaT"), "datetime64[us]")
            rows = found(customer_ids, {}, nobody, never)
            # The columns a consumer looks at without asking whether they are there.
            rows["contract_id"] = np.full(len(nobody), None, dtype=object)
        known = rows["has_profile"] > 0
        return {**rows, AWAY: (~known).astype(np.float64), FROM_SNAPSHOT: known.astype(np.float64)}


def _why(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return _LATE
    return problem.found if isinstance(problem, ReguaError) else type(problem).__name__


class _Beside:
    """The last snapshot, read in a thread of its own: a large one takes seconds, and nobody waits for it."""

    def __init__(self, last: Profiles) -> None:
        self._last, self._hurry = last, Hurry("last snapshot")
        self._looked: float | None = None
        self._is_there = self._is_late = False

    def look(self) -> None:
        """Begin to read it, or to look whether there is a newer one."""
        now = monotonic()
        if (self._looked is None or now - self._looked > LOOKS_SECONDS) and self._hurry.begin(self._read):
            self._looked = now

    def read(self, customer_ids: Sequence[str], at: datetime, budget_s: float) -> Columns | None:
        """Return rows of the snapshot that was read; None before, and while a newer one is being read.

        The first who asks meanwhile waits for it as long as it can, as a small one is there by then; nobody after it.
        """
        if self._is_late and self._hurry.is_busy:
            return None
        try:
            rows = self._hurry.within(budget_s, lambda: self._last.read(customer_ids, at) if self._is_there else None)
        except TimeoutError:
            self._is_late = True
            return None
        except Exception:  # it is what stands in already: behind it there is nobody
            return None
        self._is_late = False
        return rows

    def _read(self) -> None:
        from regua.clock import SystemClock

        try:
            self._last.read([], SystemClock().now())
        except Exception as problem:
            _LOG.warning("the last snapshot cannot be read either: %s", type(problem).__name__)
        else:
            self._is_there = True
