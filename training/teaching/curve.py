"""Teach how much of a debt comes in, month by month: one booster of all the months that were seen.

A month is a case, its label the share of what was left that was paid in it; what a contract's later months will bring
does not matter for what its first have brought, so those not yet seen cost nothing but themselves (censoring). The
booster learns the share as a probability (cross entropy on a fraction: Papke & Wooldridge 1996, J. Appl. Econom. 11).

A month weighs as much as was still left at its beginning. What is left after ``k`` months is what was left before times
one less the hazard, and its mean is the product of such means only where hazards are means of cents, not of contracts.
Nothing is calibrated on people held back: a line found on few of them moved everybody down by a quarter of log-odds,
and a year multiplies its error twelve times. What the booster says of the months it learned from sums to what they
brought, and is left as it is; the judged is measured on later months of other people.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from models import calibrate
from models import curve as reading
from models.artifact import Artifact
from models.timing import MONTH_DAYS
from regua.columns import Array, take
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
_NOT_OURS = ("objective", "metric", "num_iterations")


def teach(lesson: Lesson) -> Taught:
    """Teach the curve; nothing where the months seen are too few for a booster.

    Months that ended after testing begins are not learned from by the judged: nobody had seen them by then. The final
    learns from every month there is.
    """
    folds = _folds(lesson)
    if fit.refusal(lesson.spec, lesson.examples.take(folds.train)) is not None:
        return Taught({}, {})
    lesson = replace(lesson, examples=by_rest(lesson))
    judged = _learn(lesson, np.flatnonzero(folds.train | folds.calibrate))
    final = _learn(lesson, np.arange(len(lesson.examples)))
    sample = take(lesson.examples.columns, slice(0, _GOLDEN_ROWS))
    test = np.flatnonzero(folds.test)
    figures = timing.judge(judged, lesson.examples.take(test), take(lesson.extras, test), folds.test_from)
    told = {"by_bucket": figures, "months": dict(folds.rows)}
    return Taught({"": fit.with_metrics(judged.proving(sample), told)}, {"": final.proving(sample)})


def _folds(lesson: Lesson) -> Folds:
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


def _learn(lesson: Lesson, rows: Array) -> Artifact:
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
    learned = lightgbm.train(dict(params), data, num_boost_round=int(lesson.params["num_iterations"]))
    text = learned.model_to_string()
    body = fit.body_of(lesson.spec, "", train, calibrate.IDENTITY, lesson.encoder) | {
        "kind": "booster",
        "params": {key: value for key, value in sorted(params.items()) if key != "num_threads"},
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
