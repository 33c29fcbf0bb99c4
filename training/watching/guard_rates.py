"""How often does each guardrail stop a contact, this week against the weeks before?

A guardrail that suddenly stops everything, or nothing, tells of a broken feed before any model does.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from regua import decision_log
from regua.clock import utc
from regua.decision_log import DecisionLog
from regua.settings import Settings
from regua.vocabulary import NOTHING
from training.watching.thresholds import Thresholds

NOW_DAYS, BEFORE_DAYS = 7, 28
_SURE = 3.3
_LEAST_DUE = 100


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of the decisions with a contact due one guardrail stopped; ``due_*`` are the decisions."""

    guardrail: str
    stopped_before: int
    due_before: int
    stopped_now: int
    due_now: int

    @property
    def before(self) -> float:
        """The share stopped before."""
        return self.stopped_before / self.due_before if self.due_before else 0.0

    @property
    def now(self) -> float:
        """The share stopped now."""
        return self.stopped_now / self.due_now if self.due_now else 0.0

    def is_alarming(self, given: Thresholds) -> bool:
        """Say whether it stops far more, or far fewer, than before, and more so than chance."""
        if min(self.due_before, self.due_now) < _LEAST_DUE:
            return False
        together = (self.stopped_before + self.stopped_now) / (self.due_before + self.due_now)
        error = (together * (1 - together) * (1 / self.due_before + 1 / self.due_now)) ** 0.5
        low, high = sorted((self.before, self.now))
        return high - low > _SURE * error and high > given.guardrail_ratio * low


def rates(settings: Settings, as_of: datetime) -> list[Rate]:
    """Count, for every guardrail, the decisions it stopped some way of, in the last week and the four before.

    Parameters
    ----------
    settings
        Those of a home; where it has no decision log, nothing was stopped.

    Returns
    -------
    By guardrail, those that stop most now first.
    """
    middle, first = utc(as_of) - timedelta(days=NOW_DAYS), utc(as_of) - timedelta(days=NOW_DAYS + BEFORE_DAYS)
    with decision_log.opened(settings) as log:
        if log is None:
            return []
        before, due_before = _count(log, first, middle)
        now, due_now = _count(log, middle, utc(as_of))
    found = [Rate(name, before[name], due_before, now[name], due_now) for name in before.keys() | now.keys()]
    return sorted(found, key=lambda rate: (-rate.now, rate.guardrail))


def _count(log: DecisionLog, since: datetime, until: datetime) -> tuple[Counter[str], int]:
    """Count the decisions with a contact due, and by guardrail those it stopped some way of."""
    stopped: Counter[str] = Counter()
    due = 0
    for body in log.decided(since, until):
        ways = [way["blocked_by"] for way in body["alternatives"] if way["action"] != NOTHING]
        if ways:
            due += 1
            stopped.update({name for way in ways for name in way})
    return stopped, due
