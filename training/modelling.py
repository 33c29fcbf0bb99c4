"""Learn one model from its cases: folds → leaks → tune → teach and calibrate → judge; or say why a prior stands in."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.artifact import Artifact
from models.base import ModelSpec
from models.encode import Encoder
from regua.columns import Flags
from regua.settings import Settings
from training.cases.datasets import Dataset
from training.examples import Examples
from training.judging import evaluate, leaks
from training.judging.evaluate import Verdict
from training.judging.split import Folds, out_of_time
from training.learned import Learned
from training.plan import Plan
from training.teaching import arms, fit, own_facts, tune
from training.teaching.lesson import Lesson
from training.teaching.teachers import teacher_of
from training.teaching.tune import Tuned

Progress = Callable[[str], None]


def folds_of(plan: Plan, data: Dataset, seed: int) -> Folds:
    """Cut a model's cases by time and by customer; the same cases and seed give the same folds."""
    return out_of_time(data.examples.moment, data.examples.customer, data.spec.window_days, plan.split, seed=seed)


def learn_model(
    settings: Settings,
    plan: Plan,
    data: Dataset,
    encoder: Encoder,
    *,
    seed: int,
    trials: int,
    minutes: float | None = None,
    storage: Path | None,
    say: Progress,
) -> list[Learned]:
    """Learn all arms of one model: settings are searched once, on all arms together.

    Parameters
    ----------
    minutes
        Search until they have passed, instead of by trials; None counts trials.
    storage
        Where the search is kept, so that it goes on when it was cut short.

    Raises
    ------
    DataError
        A fact gives the answer away.
    """
    spec, examples = data.spec, data.examples
    folds = folds_of(plan, data, seed)
    train = folds.weighted(examples).take(folds.train)
    leaks.refuse(spec, train, seed=seed)
    tuned: Tuned | None = None
    if spec.answers == "probability" and fit.refusal(spec, train) is None:
        tuned = tune.search(
            spec,
            encoder,
            arms.light(own_facts.in_one_place(spec, train, data.arm[folds.train])) if spec.arms else train,
            trials=trials,
            rows=plan.tuning_rows,
            trees=plan.trees_maximum,
            seed=seed,
            threads=settings.threads,
            minutes=minutes,
            storage=storage,
            progress=say,
        )
    say(f"{spec.name}: fitting {len(spec.arms) or 1} on {len(train)} cases")
    params = (tuned or tune.untuned(seed=seed, threads=tune.worth_having(settings.threads, len(train)))).params
    taught = teacher_of(spec)(
        Lesson(spec, examples, data.arm, data.extras, folds, encoder, params, seed=seed, threads=settings.threads)
    )
    with ThreadPoolExecutor(settings.threads) as pool:
        judged = pool.map(
            lambda arm: _judged(
                data, folds, data.arm == arm, arm, taught.judged.get(arm), tuned, taught.why.get(arm, "")
            ),
            spec.each_arm,
        )
        return [_released(one, taught.final.get(one.arm)) for one in judged]


def stand_in(spec: ModelSpec, arm: str, why: str) -> Learned:
    """Put the documented prior in the place of a model that is not learned."""
    return Learned(spec, arm, fit.prior(spec, arm, nobody(), why), Verdict({}, None), {}, {}, None, nobody())


def nobody() -> Examples:
    """Return no cases at all."""
    return Examples({}, np.empty(0), np.empty(0), np.empty(0, "datetime64[us]"), np.empty(0, object))


def _released(judged: Learned, final: Artifact | None) -> Learned:
    """Put the artifact that goes to work beside the figures of the one that was judged."""
    if final is None or judged.artifact.kind == "prior":
        return judged
    return replace(judged, artifact=fit.with_metrics(final, judged.artifact.body["metrics"]))


def _judged(
    data: Dataset, folds: Folds, mine: Flags, arm: str, artifact: Artifact | None, tuned: Tuned | None, why: str = ""
) -> Learned:
    spec = data.spec
    examples = folds.weighted(data.examples)
    train, calibrate, test = (examples.take(mine & fold) for fold in (folds.train, folds.calibrate, folds.test))
    if artifact is None:
        why = why or fit.refusal(spec, train) or "too little to learn from in all arms together"
        artifact = fit.prior(spec, arm, train, why)
    verdict = _verdict(spec, artifact, train, test)
    rows = {"train": len(train), "calibrate": len(calibrate), "test": len(test)}
    told: Mapping[str, Any] = {
        **artifact.body["metrics"],
        "by_bucket": verdict.figures,
        "scorecard": verdict.scorecard,
        "rows": rows,
        "observations": data.counts,
        "split": folds.how,
        "test_from": folds.test_from.isoformat() if folds.test_from else None,
    }
    artifact = fit.with_metrics(artifact, told)
    return Learned(spec, arm, artifact, verdict, data.counts, rows | {"split": folds.how}, tuned, test)


def _verdict(spec: ModelSpec, artifact: Artifact, train: Examples, test: Examples) -> Verdict:
    """Measure a probability; what answers otherwise was measured by its teacher, who knows what it answers."""
    if spec.answers != "probability":
        return Verdict(artifact.body["metrics"].get("by_bucket") or {}, None)
    rival = train if not spec.arms and artifact.booster is not None else None
    return evaluate.judge(artifact, test, rival_learns_from=rival)
