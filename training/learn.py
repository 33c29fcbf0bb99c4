"""Learn again from everything that was known by a moment: the whole way from history to a new challenger.

snapshots → facts → labels → folds → tune → fit → calibrate → judge → release → challenger
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from features import catalog
from models import SPECS, ModelSpec
from models.artifact import Artifact
from models.encode import Encoder
from models.families import FAMILIES, TEXT_FEATURES
from regua.clock import utc
from regua.columns import Columns
from regua.errors import DataError
from regua.settings import Settings
from training.cases import datasets
from training.cases.datasets import Dataset
from training.examples import Examples
from training.judging import evaluate, leaks
from training.judging.evaluate import Verdict
from training.judging.split import Folds, out_of_time
from training.learned import Learned, LearnReport
from training.plan import Plan, read
from training.releasing import bundle
from training.teaching import arms, fit, tune
from training.teaching.tune import Tuned

Progress = Callable[[str], None]


def learn(
    settings: Settings,
    as_of: datetime,
    *,
    plan: Plan | None = None,
    seed: int = 7,
    trials: int | None = None,
    mlruns: Path | None = None,
    progress: Progress | None = None,
) -> LearnReport:
    """Train every model of a plan as of a moment; the release is a challenger until somebody promotes it.

    Parameters
    ----------
    as_of
        The moment of training: nothing known later is used, and no outcome whose window was still open.
    plan
        What to learn and from which stretch of history; the default plan when None.
    seed
        Key of all chance. The same data, plan, seed and number of threads give the same bytes.
    trials
        Settings to try for each model; the plan's when None.
    mlruns
        Folder of the experiment log; None logs nothing.
    progress
        Told in words what is being done.

    Raises
    ------
    DataError
        No contract was ever in arrears at the plan's moments, or a fact gives an answer away.
    """
    plan, say = plan or read(), progress or _quiet
    check_catalogue()
    moments = plan.grid(as_of)
    say(f"cases at {len(moments)} moments and before each choice, and what was known of them")
    customers = datasets.learned_from(settings, plan.customers_maximum, seed=seed)
    cases = datasets.build(settings, plan, as_of, customers, seed=seed)
    if not any(len(data.examples) for data in cases.values()):
        raise DataError(
            f"no contract was in arrears at the {len(moments)} moments before {utc(as_of):%Y-%m-%d}",
            expected="invoices past due in that stretch of history",
            remedy="choose another moment with --as-of, or a plan with other moments",
        )
    words = tuple(dict.fromkeys(f for spec in SPECS.values() for f in spec.features))
    encoder = Encoder.learn(words, datasets.words_seen(cases))
    learned: list[Learned] = []
    for name, spec in SPECS.items():
        if name in cases:
            learned += _learn_model(settings, plan, cases[name], encoder, seed, trials or plan.trials, say)
        else:
            learned += [_stand_in(spec, arm, {}, "not in the plan of this book") for arm in spec.arms or ("",)]
    release = bundle.write(
        settings,
        [one.artifact for one in learned],
        trained_as_of=as_of,
        catalog_digest=catalog.catalog_digest(),
        metrics={one.artifact.name: one.artifact.body["metrics"] for one in learned},
    )
    unplanned = tuple(name for name in SPECS if name not in plan.models)
    report = LearnReport(
        release,
        utc(as_of),
        plan.name,
        seed,
        tuple(moments),
        tuple(learned),
        missing_families(*(data.examples.columns for data in cases.values())),
        unplanned,
        None,
    )
    if mlruns is not None:
        from training.releasing import register

        say("experiment log")
        report = replace(report, mlflow_run=register.log(report, settings.releases / release, mlruns))
    return report


def check_catalogue() -> None:
    """Hold the models to the profile catalogue.

    Raises
    ------
    DataError
        A model lists a feature that the catalogue lacks or keeps from models.
    """
    allowed = set(catalog.predictors())
    for spec in SPECS.values():
        if strangers := [name for name in spec.features if name not in allowed]:
            raise DataError(
                f"model {spec.name} lists {', '.join(strangers)}",
                expected="features of the catalogue with predicts: true",
                remedy="take them out of models/families.py, or let the catalogue allow them",
            )


def missing_families(*facts: Columns) -> tuple[str, ...]:
    """Name the families of facts that a book does not have at all."""
    return tuple(
        family
        for family, features in FAMILIES.items()
        if not any(_known(name, columns) for columns in facts for name in features if name in columns)
    )


def _learn_model(
    settings: Settings, plan: Plan, data: Dataset, encoder: Encoder, seed: int, trials: int, say: Progress
) -> list[Learned]:
    """Learn all arms of one model: settings are searched once, on all arms together."""
    spec, examples = data.spec, data.examples
    folds = out_of_time(
        examples.moment, examples.customer, spec.gap_days + spec.performance_days, plan.split, seed=seed
    )
    train = examples.take(folds.train)
    leaks.refuse(spec, train, seed=seed)
    tuned: Tuned | None = None
    if fit.refusal(spec, train) is None:
        tuned = tune.search(
            spec,
            encoder,
            arms.light(train) if spec.arms else train,
            trials=trials,
            rows=plan.tuning_rows,
            trees=plan.trees_maximum,
            seed=seed,
            threads=settings.threads,
            progress=say,
        )
    say(f"{spec.name}: fitting {len(spec.arms) or 1} on {len(train)} cases")
    made: Mapping[str, Artifact] = {}
    final: Mapping[str, Artifact] = {}
    if tuned is not None and spec.arms:
        threads = settings.threads
        judged = arms.fit_all(spec, encoder, examples, data.arm, folds, tuned.params, threads=threads)
        final = arms.fit_on_everything(spec, encoder, examples, data.arm, tuned.params, judged, threads=threads)
        made = judged.artifacts
    elif tuned is not None:
        made = {"": fit.booster(spec, "", encoder, train, examples.take(folds.calibrate), tuned.params)}
    with ThreadPoolExecutor(settings.threads) as pool:
        learned = list(
            pool.map(lambda arm: _judged(data, folds, data.arm == arm, arm, made.get(arm), tuned), spec.arms or ("",))
        )
    return [_released(one, final[one.arm]) if one.arm in final and one.arm in made else one for one in learned]


def _released(judged: Learned, final: Artifact) -> Learned:
    """Put the artifact that learned from every case beside the figures of the one that was judged."""
    return replace(judged, artifact=fit.with_metrics(final, judged.artifact.body["metrics"]))


def _judged(
    data: Dataset, folds: Folds, mine: Any, arm: str, artifact: Artifact | None, tuned: Tuned | None
) -> Learned:
    spec = data.spec
    train, calibrate, test = (data.examples.take(mine & fold) for fold in (folds.train, folds.calibrate, folds.test))
    if artifact is None:
        why = fit.refusal(spec, train) or "too little to learn from in all arms together"
        artifact = fit.prior(spec, arm, train, why)
    rival = train if not spec.arms and artifact.booster is not None else None
    verdict = evaluate.judge(artifact, test, rival_learns_from=rival)
    rows = {"train": len(train), "calibrate": len(calibrate), "test": len(test)}
    told = {
        "by_bucket": verdict.figures,
        "scorecard": verdict.scorecard,
        "rows": rows,
        "observations": data.counts,
        "split": folds.how,
        "test_from": folds.test_from.isoformat() if folds.test_from else None,
    }
    artifact = fit.with_metrics(artifact, told)
    return Learned(spec, arm, artifact, verdict, data.counts, rows | {"split": folds.how}, tuned, test)


def _stand_in(spec: ModelSpec, arm: str, counts: Mapping[str, int], why: str) -> Learned:
    nobody = Examples({}, np.empty(0), np.empty(0), np.empty(0, "datetime64[us]"), np.empty(0, object))
    artifact = fit.prior(spec, arm, nobody, why)
    return Learned(spec, arm, artifact, Verdict({}, None), counts, {}, None, nobody)


def _known(name: str, facts: Columns) -> bool:
    column = facts[name]
    if name in TEXT_FEATURES:
        return any(word is not None for word in column)
    # A count that is zero for everybody says that the book does not record such events.
    return bool(np.any(np.nan_to_num(column) != 0))


def _quiet(_: str) -> None:
    return None
