"""The policy asked about: with what chance it would take each action in each round."""

from dataclasses import dataclass

import numpy as np

from regua.columns import Numbers
from regua.errors import DataError
from regua.vocabulary import NOTHING
from training import own_table
from training.offpolicy.log import BanditLog

_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A policy: its ``(n, actions)`` chances, and the mass it puts on actions that no log knows, ``(n,)``.

    Where a table gives only the chance of the action that was taken (``of_taken``), the rest of a row is unknown and
    estimators that need a reward model for every action are not answered.
    """

    name: str
    chance: Numbers | None
    of_taken: Numbers
    unknown: Numbers

    @classmethod
    def of(cls, name: str, chance: Numbers, log: BanditLog, unknown: Numbers | None = None) -> "Target":
        """Make a target whose chances are all known."""
        mine = chance[np.arange(len(log)), log.taken]
        return cls(name, chance, mine, np.zeros(len(log)) if unknown is None else unknown)


def uniform(log: BanditLog) -> Target:
    """Take every action of the log that is open with the same chance."""
    could = np.ones((len(log), len(log.actions))) if log.open is None else log.open.astype(np.float64)
    return Target.of("uniform", could / could.sum(axis=1, keepdims=True), log)


def always(log: BanditLog, action: str) -> Target:
    """Take one action in every round, tried before or not; where it is not open, leave in peace."""
    chance = np.zeros((len(log), len(log.actions)))
    if action not in log.actions:
        return Target.of(f"always {action}", chance, log, np.ones(len(log)))
    place = log.actions.index(action)
    chance[:, place] = 1.0
    if log.open is None or log.open[:, place].all():
        return Target.of(f"always {action}", chance, log)
    shut = ~log.open[:, place]
    chance[shut] = 0.0
    if NOTHING not in log.actions:
        return Target.of(f"always {action}", chance, log, shut.astype(np.float64))
    chance[shut, log.actions.index(NOTHING)] = 1.0
    return Target.of(f"{action} where open, else {NOTHING}", chance, log)


def of_column(log: BanditLog, name: str) -> Target:
    """Read the chance that the target takes the logged action, from a column of ``log.columns``."""
    mine = own_table.numbers(log.columns, name, "target")
    _sound(name, mine)
    return Target(f"column {name}", None, mine, np.zeros(len(log)))


def of_columns(log: BanditLog, prefix: str = "pi_") -> Target:
    """Read the target's chances from columns ``pi_<action>``; an action of the log without a column has chance 0.

    Raises
    ------
    DataError
        There is no such column, a chance is outside [0, 1], or a row does not add up to 1.
    """
    named = {name.removeprefix(prefix): name for name in log.columns if name.startswith(prefix)}
    if not named:
        raise DataError(f"no column {prefix}<action>", expected=f"{prefix}{log.actions[0]} and so on, adding up to 1")
    chance, unknown = np.zeros((len(log), len(log.actions))), np.zeros(len(log))
    for action, name in named.items():
        values = own_table.numbers(log.columns, name, "target")
        _sound(name, values)
        if action in log.actions:
            chance[:, log.actions.index(action)] = values
        else:
            unknown += values
    total = chance.sum(axis=1) + unknown
    if wrong := int((np.abs(total - 1) > _TOLERANCE).sum()):
        first = total[np.argmax(np.abs(total - 1) > _TOLERANCE)]
        raise DataError(f"{prefix} columns add up to {first:g} in one of {wrong:,} rows", expected="1 in every row")
    return Target.of(f"columns {prefix}*", chance, log, unknown)


def greedy(log: BanditLog, expected: Numbers) -> Target:
    """Take the action with the highest expected reward, by models that had not seen the customer.

    Parameters
    ----------
    expected
        ``(n, actions)`` cross-fitted expected rewards; ties go to the action the log took most often.
    """
    often = np.array([log.counts[action] for action in log.actions], np.float64)
    worth = expected + 1e-12 * often / often.sum()
    best = np.argmax(worth if log.open is None else np.where(log.open, worth, -np.inf), axis=1)
    chance = np.zeros(expected.shape)
    chance[np.arange(len(best)), best] = 1.0
    return Target.of("greedy", chance, log)


def _sound(name: str, values: Numbers) -> None:
    wrong = np.flatnonzero((values < 0) | (values > 1))
    if len(wrong):
        raise DataError(
            f"{name} is {values[wrong[0]]:g} in {len(wrong):,} rows", expected="the target's chance, from 0 to 1"
        )
