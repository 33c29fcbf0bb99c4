"""When does the money come? The recovery curve on fines; one the log leaves before its year tells what was seen."""

from datetime import date, datetime

import numpy as np

from models.encode import Encoder
from models.resample import weighted_mean
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
_ROWS = 120_000
_BACK_DAYS = 1_461
"""Fines since 2005: what was known of 2006 already said that late months were paid several times as often as before."""

_CALIBRATE_FROM = date(2006, 7, 1)


def findings(settings: Settings, log_ends: datetime, say: Say) -> list[Finding]:
    """Teach the curve from the months of 2005 and 2006; judge it by fines of 2007, of people it did not learn from."""
    say("the hazard of payment, month by month")
    plan = plans.read(plans.PLANS / "road_fines.yaml")
    # On a monthly grid a fine is met once in its first month; its later months are rows of their own.
    mine = ModelPlan(observed_days_past_due=(1, 30), rows_maximum=_ROWS)
    moments = plan.moments.model_copy(update={"back_days": _BACK_DAYS})
    plan = plan.model_copy(update={"models": {NAME: mine}, "moments": moments})
    data = datasets.build(settings, plan, log_ends, seed=contest.SEED)[NAME]
    examples, spec = data.examples, data.spec
    split = plan.split.model_copy(update={"calibrate_from": _CALIBRATE_FROM})
    folds = out_of_time(examples.moment, examples.customer, spec.performance_days, split, seed=contest.SEED)
    encoder = Encoder.learn(spec.features, examples.columns)
    params = tune.untuned(seed=contest.SEED, threads=contest.THREADS).params
    lesson = Lesson(spec, examples, data.arm, data.extras, folds, encoder, params, contest.SEED, contest.THREADS)
    taught = curve.teach(lesson)
    if "" not in taught.judged:
        return [Finding(DATA, "recovery curve", float("nan"), words="too few months to learn from")]
    folds = curve.folds_of(lesson)
    assert folds.test_from is not None
    since = np.datetime64(folds.test_from.replace(tzinfo=None), "us")
    asked = np.flatnonzero(folds.test & (examples.moment >= since))
    scores = taught.judged[""].scores(take(examples.columns, asked))
    known = curve.by_rest(lesson).take(folds.train | folds.calibrate)
    usual = _kaplan_meier(known, data.extras["month"][folds.train | folds.calibrate])
    counts = ", ".join(f"{why} {count:,}" for why, count in data.counts.items())
    found = []
    for horizon, said in zip(HORIZONS, scores.values(), strict=True):
        came = _came(examples.take(asked), take(data.extras, asked), horizon)
        found += _beside(horizon, said, came, usual[horizon - 1], examples.customer[asked], counts)
    return found


def _kaplan_meier(known: Examples, month: Array) -> Numbers:
    """Return ``(12,)`` the share in by each month if all were alike: means of the months seen, multiplied."""
    rows = [month == one for one in range(1, 13)]
    paid = [np.average(known.label[mine], weights=known.weight[mine]) if mine.any() else 0.0 for mine in rows]
    return np.asarray(1.0 - np.cumprod(1.0 - np.array(paid)))


def _came(examples: Examples, extras: Columns, horizon: int) -> Numbers:
    """Return the share that had come in by a month, of each contract at its first month; NaN where it is not known.

    It is known where so many months have passed, and the debt was followed through them or paid up before. Of those
    for whom fewer have passed, only who paid would be known: they are left out.
    """
    month, followed = extras["month"], extras["followed"]
    came = np.full(len(examples), np.nan)
    order = np.lexsort((month, followed))
    starts = np.flatnonzero(np.diff(followed[order], prepend=-1.0))
    for rows in np.split(order, starts[1:]):
        inside = rows[month[rows] <= horizon]
        left = float(np.prod(1 - examples.label[inside])) if len(inside) else 1.0
        if extras["months_over"][rows[0]] >= horizon and (month[rows].max() >= horizon or left <= 0):
            came[rows[0]] = 1 - left
    return came


def _beside(horizon: int, said: Numbers, came: Numbers, mean: float, customer: Array, counts: str) -> list[Finding]:
    seen: Array = ~np.isnan(came)
    said, came = said[seen], came[seen]
    each = (said - came) ** 2
    error = weighted_mean(each, np.ones(len(each)), customer[seen])
    gain = weighted_mean(each - (mean - came) ** 2, np.ones(len(each)), customer[seen])
    happened = weighted_mean(came, np.ones(len(each)), customer[seen])
    tenth = np.searchsorted(np.quantile(said, np.linspace(0.1, 0.9, 9)), said)
    gaps = [abs(float((said - came)[tenth == one].mean())) for one in np.unique(tenth)]
    better = "better" if gain.high < 0 else "worse" if gain.low > 0 else "equal"
    level = f"{gain.point:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}] beside it: {better}; calibration error "
    level += f"{np.mean(gaps):.3f} by tenths"
    n = f"(n={int(seen.sum()):,}, people not learned from)"
    return [
        Finding(
            DATA,
            f"recovery curve: squared error of the share in after {horizon} months {n}",
            error.point,
            error.low,
            error.high,
            beside=float(np.mean((mean - came) ** 2)),
            beside_what="if everybody is given the curve of before (Kaplan-Meier)",
            words=f"{level}; {counts}" if horizon == HORIZONS[-1] else level,
        ),
        Finding(
            DATA,
            f"recovery curve: share in after {horizon} months, fines of 2007",
            happened.point,
            happened.low,
            happened.high,
            beside=float(said.mean()),
            beside_what=f"said; {mean:.3f} by the curve of before",
        ),
    ]
