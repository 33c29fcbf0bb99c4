"""When does the money come? The recovery curve on fines; one the log leaves before its year tells what was seen."""

from datetime import datetime

import numpy as np

from models.encode import Encoder
from regua.columns import Array, Columns, Numbers, take
from regua.settings import Settings
from tests.bench_models import contest
from tests.bench_models.contest import Say
from tests.bench_models.table import Finding
from training import plan as plans
from training.cases import datasets
from training.examples import Examples
from training.judging.split import out_of_time
from training.plan import ModelPlan
from training.teaching import curve, tune
from training.teaching.lesson import Lesson

DATA = "road fines"
NAME = "recovery_curve"
HORIZONS = (3, 12)


def findings(settings: Settings, log_ends: datetime, say: Say) -> list[Finding]:
    """Teach the curve before 2006 and judge it on the fines of 2007, month by month and after 3 and 12 months."""
    say("the hazard of payment, month by month")
    plan = plans.read(plans.PLANS / "road_fines.yaml")
    # On a monthly grid a fine is met once in its first month; its later months are rows of their own.
    plan = plan.model_copy(update={"models": {NAME: ModelPlan(observed_days_past_due=(1, 30))}})
    data = datasets.build(settings, plan, log_ends, seed=contest.SEED)[NAME]
    examples, spec = data.examples, data.spec
    split = plan.split.model_copy(update={"customers": (0.5, 0.2, 0.3)})
    folds = out_of_time(examples.moment, examples.customer, 0, split, seed=contest.SEED)
    encoder = Encoder.learn(spec.features, examples.columns)
    params = tune.untuned(seed=contest.SEED, threads=contest.THREADS).params
    lesson = Lesson(spec, examples, data.arm, data.extras, folds, encoder, params, contest.SEED, contest.THREADS)
    taught = curve.teach(lesson)
    if "" not in taught.judged:
        return [Finding(DATA, "recovery curve", float("nan"), words="too few months to learn from")]
    tested = examples.take(folds.test)
    learned = np.flatnonzero(folds.train | folds.calibrate)
    scores = taught.judged[""].scores(tested.columns)
    counts = ", ".join(f"{why} {count:,}" for why, count in data.counts.items())
    found = []
    for horizon, said in zip(HORIZONS, scores.values(), strict=True):
        came = _came(tested, take(data.extras, folds.test), horizon)
        before = _came(examples.take(learned), take(data.extras, learned), horizon)
        found.append(_beside(horizon, said, came, float(np.nanmean(before)), counts))
    return found


def _came(examples: Examples, extras: Columns, horizon: int) -> Numbers:
    """Return the share that had come in by a month, of each contract at its first month; NaN where it is not yet seen.

    A contract is fully seen when its months reach the horizon, or when nothing was left before.
    """
    month, followed = extras["month"], extras["followed"]
    came = np.full(len(examples), np.nan)
    order = np.lexsort((month, followed))
    starts = np.flatnonzero(np.diff(followed[order], prepend=-1.0))
    for rows in np.split(order, starts[1:]):
        inside = rows[month[rows] <= horizon]
        left = float(np.prod(1 - examples.label[inside])) if len(inside) else 1.0
        if month[rows].max() >= horizon or left <= 0:
            came[rows[0]] = 1 - left
    return came


def _beside(horizon: int, said: Numbers, came: Numbers, mean: float, counts: str) -> Finding:
    seen: Array = ~np.isnan(came)
    error, flat = (float(np.mean((guess - came[seen]) ** 2)) for guess in (said[seen], np.full(seen.sum(), mean)))
    tenth = np.searchsorted(np.quantile(said[seen], np.linspace(0.1, 0.9, 9)), said[seen])
    gaps = [abs(float((said[seen] - came[seen])[tenth == one].mean())) for one in np.unique(tenth)]
    level = f"said {said[seen].mean():.3f}, came {came[seen].mean():.3f}, calibration error {np.mean(gaps):.3f}"
    return Finding(
        DATA,
        f"recovery curve: squared error of the share in after {horizon} months (n={int(seen.sum()):,})",
        error,
        beside=flat,
        beside_what="if everybody is given the mean of before (Kaplan-Meier)",
        words=f"{level}; {counts}" if horizon == HORIZONS[-1] else level,
    )
