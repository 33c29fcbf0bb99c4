"""At which hour would this customer notice a contact: a table of the book, drawn towards the customer's own tries.

For a medium, a weekday and a slot of two hours the book gives a rate; how far one customer's liking for a slot strays
from the book's gives the prior its weight in tries. Three reads out of three hardly move it, thirty out of thirty do:
the mean of a Beta posterior (empirical Bayes; Robbins 1956, Efron & Morris 1975, JASA 70). A try tells of the slots
beside it too, as far as the book shows that whoever is there at ten is often there at twelve. How readily a customer
notices anything at all is taken out first, or whoever reads everything would best be met at the hour he was met at.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from regua.columns import Columns, Numbers, height
from regua.vocabulary import SLOT_HOURS

SLOT_LENGTH_HOURS = 2
WEEKDAYS = 7
TRIES: tuple[str, ...] = tuple(f"tries_180d_{hour:02}" for hour in SLOT_HOURS)
REACHED: tuple[str, ...] = tuple(f"reached_180d_{hour:02}" for hour in SLOT_HOURS)
COUNTS: tuple[str, ...] = (*TRIES, *REACHED)
"""What the profile tells of a customer's hours."""

_LEAST_TRIES = 3.0
_LEAST_SHARE = 0.1
_NEWTON_STEPS = 12
_EDGE = 1e-4


def chances(table: Mapping[str, Any], columns: Columns) -> Numbers:
    """Return ``(n, slots)``: the chance that a contact in each slot of the decision's weekday is noticed.

    Parameters
    ----------
    table
        ``rate`` (7 weekdays × slots of this medium), ``usual`` (slots, all media together), ``weight`` (tries the
        prior is worth), ``spread`` (standard deviation of customers' readiness, in log-odds) and ``borrowed``
        (what a try in a neighbouring slot is worth in this one).
    columns
        ``day_of_week`` (1 Monday … 7 Sunday; the mean of the week where NULL) and the counts of :data:`COUNTS`.
    """
    return _chances(table, columns, *own(columns))


def _chances(table: Mapping[str, Any], columns: Columns, tries: Numbers, reached: Numbers) -> Numbers:
    rate, usual, weight = (np.asarray(table[name], np.float64) for name in ("rate", "usual", "weight"))
    weekday = columns.get("day_of_week")
    day = np.full(len(tries), np.nan) if weekday is None else np.asarray(weekday, np.float64)
    known = (day >= 1) & (day <= WEEKDAYS)
    place = np.where(known, day, 1).astype(np.int64) - 1
    book = np.where(known[:, None], rate[place], rate.mean(axis=0))
    ready = readiness(usual, tries, reached, float(table["spread"]))
    expected = sigmoid(logit(usual) + ready[:, None])
    borrowed = float(table["borrowed"])
    met, made = (own_counts + borrowed * beside(own_counts) for own_counts in (reached, tries))
    liking = logit((met + weight * expected) / (made + weight)) - logit(usual)
    return sigmoid(logit(book) + liking)


def readiness(usual: Numbers, tries: Numbers, reached: Numbers, spread: float) -> Numbers:
    """Return how much more readily than the book each customer notices anything, in log-odds, drawn towards zero.

    The most probable value where customers are normal around zero with standard deviation ``spread``.

    Examples
    --------
    >>> usual, tries = np.array([0.2, 0.2]), np.array([[0.0, 0.0], [9.0, 9.0]])
    >>> readiness(usual, tries, tries, 1.0).round(1).tolist()
    [0.0, 3.0]
    """
    base, ready = logit(usual), np.zeros(len(tries))
    for _ in range(_NEWTON_STEPS):
        chance = sigmoid(base + ready[:, None])
        slope = (reached - tries * chance).sum(axis=1) - ready / spread**2
        bend = (tries * chance * (1 - chance)).sum(axis=1) + 1 / spread**2
        step = np.clip(slope / bend, -1.0, 1.0)
        if not step.any():
            break  # nobody moves any more, and so nobody would in a later step
        ready = ready + step
    return ready


def beside(counts: Numbers) -> Numbers:
    """Add up the neighbours of each slot, ``(n, slots)``; the day has two ends.

    Examples
    --------
    >>> beside(np.array([[1.0, 10.0, 100.0]])).tolist()
    [[10.0, 101.0, 10.0]]
    """
    edge = np.zeros((len(counts), 1))
    return np.hstack([counts[:, 1:], edge]) + np.hstack([edge, counts[:, :-1]])


def logit(chance: Numbers) -> Numbers:
    """Return log-odds, of chances kept off 0 and 1."""
    kept = np.clip(chance, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(kept) - np.log1p(-kept))


def sigmoid(odds: Numbers) -> Numbers:
    """Return chances of log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def own(columns: Columns) -> tuple[Numbers, Numbers]:
    """Return the customers' tries and successes by slot, ``(n, slots)`` each; NULL is none."""
    rows = height(columns)
    made = []
    for names in (TRIES, REACHED):
        counts = [np.asarray(columns.get(name, np.zeros(rows)), np.float64) for name in names]
        made.append(np.nan_to_num(np.column_stack(counts)) if rows else np.empty((0, len(names))))
    tries, reached = made
    return np.maximum(tries, 0.0), np.clip(reached, 0.0, np.maximum(tries, 0.0))


def best_hour(table: Mapping[str, Any], columns: Columns) -> Numbers:
    """Return ``(n,)`` the local hour at which the best slot begins; NaN where neither book nor customer tell.

    The book tells where its slots differ by more than chance (``tells``); a customer does with three tries of which
    one was noticed, where own tries count for a tenth of the answer in some slot: nobody's do where customers were not
    shown to have hours of their own. The answer is the slot of the highest posterior mean: to ask of each customer
    alone that it be credibly better would give up most of what there is to gain. Of equal slots the earliest.
    """
    tries, reached = own(columns)
    counts_for = tries / (tries + np.asarray(table["weight"], np.float64))
    knows = (tries.sum(axis=1) >= _LEAST_TRIES) & (reached.sum(axis=1) >= 1) & (counts_for >= _LEAST_SHARE).any(axis=1)
    tells = knows | bool(table["tells"])
    if not tells.any():
        return np.full(len(tries), np.nan)
    best = np.argmax(_chances(table, columns, tries, reached), axis=1)
    return np.where(tells, np.asarray(SLOT_HOURS, np.float64)[best], np.nan)
