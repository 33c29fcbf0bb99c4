"""Teach how much of a debt comes in, month by month: one booster of all the months that were seen.

A month is a case, its label the share of what was left that was paid in it; what a contract's later months will bring
does not matter for what its first have brought, so those not yet seen cost nothing but themselves (censoring). The
booster learns the share as a probability (cross entropy on a fraction: Papke & Wooldridge 1996, J. Appl. Econom. 11).

A month weighs as much as was still left at its beginning. What is left after ``k`` months is what was left before times
one less the hazard, and its mean is the product of such means only where hazards are means of cents, not of contracts.
A booster that learned from a person's months at many moments knows that person. Of people it learned from it is right
in every month; of others it says later months too high, for it cannot tell who of them will be left. So people are
divided, each part is asked of boosters that learned from the others (cross-fitting), and what they say decides how many
trees are learned and by how much the hazards of a stretch of months are moved. Everybody tells of it: a line found on
the few people of one fold moved all by a quarter of log-odds, and a year multiplies its error twelve times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models import calibrate
from models import curve as reading
from models.artifact import Artifact
from models.timing import MONTH_DAYS
from regua.columns import Array, Numbers, take
from regua.dice import draw, identity
from training.examples import Examples
from training.judging import timing
from training.judging.split import Folds
from training.teaching import fit
from training.teaching.lesson import Lesson, Taught

_GOLDEN_ROWS = 4
_SHARES = (0.6, 0.15)
"""Of people that learn and that calibrate; the rest are tested."""
_LEAST_REST = 1e-3
_TURNS = 3
_OF_TREES = (0.25, 0.375, 0.5, 0.75, 1.0)
_SPREAD = 0.5
"""How far a stretch is believed to be off before anything was seen, in log-odds: one standard deviation."""

_NOT_OURS = ("objective", "metric", "num_iterations")


def teach(lesson: Lesson) -> Taught:
    """Teach the curve; nothing where the months seen are too few for a booster.

    Months that ended after testing begins are not learned from by the judged: nobody had seen them by then. The final
    learns from every month there is.
    """
    folds = folds_of(lesson)
    if fit.refusal(lesson.spec, lesson.examples.take(folds.train)) is not None:
        return Taught({}, {})
    lesson = replace(lesson, examples=by_rest(lesson))
    judged = _levelled(lesson, np.flatnonzero(folds.train | folds.calibrate))
    final = _levelled(lesson, np.arange(len(lesson.examples)))
    sample = take(lesson.examples.columns, slice(0, _GOLDEN_ROWS))
    test = np.flatnonzero(folds.test)
    figures = timing.judge(judged, lesson.examples.take(test), take(lesson.extras, test), folds.test_from)
    told = {"by_bucket": figures, "months": dict(folds.rows)}
    return Taught({"": fit.with_metrics(judged.proving(sample), told)}, {"": final.proving(sample)})


def folds_of(lesson: Lesson) -> Folds:
    """Divide people by dice, and months by when they ended.

    A contract that is still in arrears at later moments is one that did not recover: to learn from those of the early
    moments alone, as other models may, would sort payers from the rest. The months of the tested people that ended
    in the test's time are measured, whenever they were observed.
    """
    folds = lesson.folds
    if folds.test_from is None:
        return folds
    begins = np.datetime64(folds.test_from.replace(tzinfo=None), "us")
    ends = lesson.examples.moment + (lesson.extras["month"] * MONTH_DAYS).astype("timedelta64[D]")
    luck = draw(identity(lesson.examples.customer), "fold of a curve", 0, lesson.seed)
    known, (learns, calibrates) = ends <= begins, np.cumsum(_SHARES)
    train, calibrate = known & (luck < learns), known & (luck >= learns) & (luck < calibrates)
    return replace(folds, train=train, calibrate=calibrate, test=luck >= calibrates)


def _levelled(lesson: Lesson, rows: Array) -> Artifact:
    """Learn from some months with as many trees, and moved by as much, as served people nobody had learned from."""
    most = int(lesson.params["num_iterations"])
    learned, months = lesson.examples.take(rows), lesson.extras["month"][rows]
    stretches = [np.flatnonzero(reading.stretch(months) == one) for one in reading.ASKED]
    best: tuple[float, int, list[float]] | None = None
    for trees, raw in _unseen(lesson, rows, sorted({max(1, round(most * share)) for share in _OF_TREES})).items():
        levels = [_level(learned.take(mine), raw[mine]) for mine in stretches]
        for mine, level in zip(stretches, levels, strict=True):
            raw[mine] += level
        loss = float(np.average(np.logaddexp(0.0, raw) - learned.label * raw, weights=learned.weight))
        best = min(best or (loss, trees, levels), (loss, trees, levels))
    assert best is not None  # noqa: S101 - there is always a share of the trees
    found = _learn(lesson, rows, best[1])
    return replace(found, body={**found.body, "levels": best[2]})


def _unseen(lesson: Lesson, rows: Array, trees: Sequence[int]) -> dict[int, Numbers]:
    """Ask of each person, by number of trees, boosters that had learned from others: log-odds, ``(len(rows),)``."""
    turn = np.floor(draw(identity(lesson.examples.customer[rows]), "turn of a curve", 0, lesson.seed) * _TURNS)
    told = {number: np.empty(len(rows)) for number in trees}
    for one in np.unique(turn):
        apart, asked = _learn(lesson, rows[turn != one], max(trees)), np.flatnonzero(turn == one)
        matrix = lesson.encoder.encode(take(lesson.examples.columns, rows[asked]))
        for number, raw in told.items():
            raw[asked] = reading.said(apart, matrix, lesson.extras["month"][rows[asked]], trees=number)
    return told


def _level(cases: Examples, raw: Numbers) -> float:
    return calibrate.level(raw, cases.label, cases.weight, spread=_SPREAD, of=cases.customer)


def _learn(lesson: Lesson, rows: Array, trees: int) -> Artifact:
    import lightgbm

    train, month = lesson.examples.take(rows), lesson.extras["month"][rows]
    params: Mapping[str, Any] = {
        **{name: value for name, value in lesson.params.items() if name not in _NOT_OURS},
        "objective": "cross_entropy",
        "monotone_constraints": [*(lesson.spec.monotone.get(name, 0) for name in lesson.encoder.features), 0],
    }
    data = lightgbm.Dataset(
        reading.in_month(lesson.encoder.encode(train.columns), month),
        label=train.label,
        weight=train.weight,
        categorical_feature=lesson.encoder.categorical,
        params=dict(fit.LAYOUT),
    )
    learned = lightgbm.train(dict(params), data, num_boost_round=trees)
    text = learned.model_to_string()
    body = fit.body_of(lesson.spec, "", train, calibrate.IDENTITY, lesson.encoder) | {
        "kind": "booster",
        "levels": [0.0] * len(reading.ASKED),
        "params": {key: value for key, value in sorted(params.items()) if key != "num_threads"}
        | {"num_iterations": trees},
    }
    # What is measured must be what is served, so the booster goes through its own text before anything else.
    return Artifact(lesson.spec.name, body, lesson.encoder, calibrate.IDENTITY, lightgbm.Booster(model_str=text), text)


def by_rest(lesson: Lesson) -> Examples:
    """Weigh each month, ``(n,)``, by the share of the followed debt that was still left when it began."""
    label, followed = lesson.examples.label, lesson.extras["followed"]
    order = np.lexsort((lesson.extras["month"], followed))
    kept = np.log(np.clip(1.0 - label[order], 1e-9, 1.0))
    before = np.cumsum(kept) - kept
    _, first, place = np.unique(followed[order], return_index=True, return_inverse=True)
    rest = np.empty(len(label))
    rest[order] = np.exp(before - before[first][place])
    return replace(lesson.examples, weight=lesson.examples.weight * np.maximum(rest, _LEAST_REST))
