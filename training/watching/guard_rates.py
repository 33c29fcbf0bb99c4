"""How often does each guardrail stop a contact, this week against the weeks before?

A guardrail that suddenly stops everything, or nothing, tells of a broken feed before any model does.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from regua.clock import utc
from regua.sealing import readable
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


def rates(log: Path, as_of: datetime) -> list[Rate]:
    """Count, for every guardrail, the decisions it stopped some way of, in the last week and the four before.

    Parameters
    ----------
    log
        The decision log of a home; where there is none, nothing was stopped.

    Returns
    -------
    By guardrail, those that stop most now first.
    """
    if not log.is_file():
        return []
    middle, first = utc(as_of) - timedelta(days=NOW_DAYS), utc(as_of) - timedelta(days=NOW_DAYS + BEFORE_DAYS)
    before, due_before = _count(log, first, middle)
    now, due_now = _count(log, middle, utc(as_of))
    found = [Rate(name, before[name], due_before, now[name], due_now) for name in before.keys() | now.keys()]
    return sorted(found, key=lambda rate: (-rate.now, rate.guardrail))


def _count(log: Path, since: datetime, until: datetime) -> tuple[Counter[str], int]:
    stopped: Counter[str] = Counter()
    due = 0
    for ways in _ways(log, since, until):
        due += 1
        stopped.update({name for way in ways for name in way})
    return stopped, due


def _ways(log: Path, since: datetime, until: datetime) -> Iterator[list[list[str]]]:
    """Give, for each decision with a contact due, what stopped each of its ways."""
    query = "SELECT unsealed(body) FROM decisions WHERE decided_at > ? AND decided_at <= ? ORDER BY seq"
    with sqlite3.connect(f"file:{log}?mode=ro", uri=True) as sqlite:
        readable(sqlite, log)
        for (body,) in sqlite.execute(query, (_text(since), _text(until))):
            told = orjson.loads(body)["alternatives"] if body is not None else ()
            ways = [way["blocked_by"] for way in told if way["action"] != "nothing"]
            if ways:
                yield ways


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
