"""Bring the champion's calibration up to date: cases that matured → recalibrate → gates → cards → a new challenger.

Nothing is learned anew. Every booster keeps its bytes; a level and a slope change on those models that say too much or
too little of late, which takes minutes where a training takes an hour.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from features import catalog
from models.artifact import Artifact
from models.base import ModelSpec
from models.bundle import Bundle
from regua.clock import utc
from regua.errors import DataError
from regua.settings import Settings
from training import checkpoints, gating
from training import plan as plans
from training.cases import fingerprint
from training.course import digests
from training.judging import card, decisions, evaluate, fairness, gates, golden
from training.judging.card import About
from training.judging.evaluate import Verdict
from training.judging.results import GateResult
from training.learned import Learned, LearnReport
from training.modelling import Progress, nobody
from training.plan import Plan
from training.releasing import bundle
from training.stages import Begin, Stages
from training.teaching import fit
from training.teaching import recalibrate as teaching
from training.watching import matured, thresholds
from training.watching.matured import Matured
from training.watching.verdict import of_model

_STAGES = 5


def recalibrate(
    settings: Settings,
    as_of: datetime,
    *,
    models: Sequence[str] = (),
    plan: Plan | None = None,
    seed: int = 7,
    mlruns: Path | None = None,
    progress: Progress | None = None,
    began: Begin | None = None,
    by: str = "regua",
) -> LearnReport:
    """Recalibrate what of the champion says too much or too little; the release is a challenger.

    Parameters
    ----------
    as_of
        Nothing known later is used.
    models
        Artifacts, or whole models with all their arms; those that ``regua watch`` would recalibrate when empty.
    plan, seed, mlruns, progress, began, by
        As for :func:`training.learn.learn`.

    Returns
    -------
    What changed: the recalibrated models alone, judged on customers their new calibration had not seen.

    Raises
    ------
    BundleError
        There is no champion, or it is not as signed.
    DataError
        Nothing matured since its training, nothing is off, or nothing gained beyond chance; the words say which.
    """
    plan, say = plan or plans.read(), progress or (lambda _: None)
    stages = Stages(total=_STAGES + (mlruns is not None), began=began)
    with checkpoints.alone(settings.learning), stages.metered():
        with stages.stage("champion"):
            held = bundle.champion(settings)
        with stages.stage("cases"):
            chosen = _chosen(list(matured.cases(settings, held, as_of, plan, seed=seed)), held, models)
        with stages.stage("recalibrate"):
            tried = [_renewed(one, seed, say, is_alone=len(chosen) == 1) for one in chosen]
        with stages.stage("gates"):
            learned, found = _gated(settings, held, [one for one in tried if one], as_of, seed, plan)
        release = _release(settings, held, learned, found, as_of)
        report = LearnReport(release, utc(as_of), plan.name, seed, (), tuple(learned), (), (), None, gates=found)
        about = About(utc(as_of), plan.name, seed, by, digests(_data(settings, as_of, held)))
        with stages.stage("cards"):
            _cards(settings, held, report, about)
        if mlruns is not None:
            from training.releasing import register

            with stages.stage("experiment log"):
                cards = settings.cards / release
                run = register.log(report, settings.releases / release, mlruns, about=about, gates=found, cards=cards)
            report = replace(report, mlflow_run=run)
    return replace(report, stages=tuple(stages.done), share_outside_lightgbm=stages.share_outside_lightgbm())


def _chosen(found: list[Matured], champion: Bundle, models: Sequence[str]) -> list[Matured]:
    """Take the models asked for; when none is, those whose chances are off beyond chance."""
    if not found:
        raise DataError(
            "the champion has no booster that answers with a chance",
            expected="something to recalibrate",
            remedy="train again: regua learn",
        )
    if strangers := set(models) - {name for one in found for name in (one.spec.name, one.artifact.name)}:
        raise DataError(
            f"the champion has nothing to recalibrate under {', '.join(sorted(strangers))}",
            expected=", ".join(sorted({one.spec.name for one in found})),
            remedy="regua models lists them",
        )
    if not any(len(one.examples) for one in found):
        raise DataError(
            f"no outcome matured since the champion was trained, as of {champion.manifest['trained_as_of'][:16]}",
            expected="cases whose windows closed after that",
            remedy="wait: regua watch, a week from now",
        )
    if models:
        return [one for one in found if {one.spec.name, one.artifact.name} & set(models)]
    given = thresholds.read()
    if off := [one for one in found if _advice(one, given) == "recalibrate"]:
        return off
    raise DataError(
        "no model of the champion is off beyond chance",
        expected="one that regua watch would recalibrate",
        remedy="leave it, or name one: --model NAME",
    )


def _advice(one: Matured, given: thresholds.Thresholds) -> str:
    since = evaluate.figures(one.examples, one.artifact.predict(one.examples.columns))
    then = (one.artifact.body["metrics"].get("by_bucket") or {}).get("pooled", {})
    return of_model(one.artifact.name, then, since["pooled"], None, given).advice


def _renewed(one: Matured, seed: int, say: Progress, *, is_alone: bool) -> Learned | None:
    """Recalibrate one artifact; None where nothing was gained beyond chance, or an arm of many has too few cases."""
    say(f"{one.artifact.name}: {len(one.examples)} cases since the training")
    try:
        found = teaching.recalibrate(one.artifact, one.examples, seed=seed)
    except DataError as problem:
        if is_alone:
            raise
        say(problem.found)
        return None
    if not found.changed:
        return None
    verdict = evaluate.judge(found.proved, found.unseen)
    rows = {"train": 0, "calibrate": len(one.examples) - len(found.unseen), "test": len(found.unseen)}
    told: Mapping[str, Any] = {
        **one.artifact.body["metrics"],
        "by_bucket": verdict.figures,
        "scorecard": verdict.scorecard,
        "rows": rows,
        "observations": one.counts,
        "split": _SPLIT,
        "recalibrated": {"level": found.level, "slope": found.slope, "gain": found.gain.point},
    }
    artifact = fit.with_metrics(found.artifact, told)
    return Learned(one.spec, one.arm, artifact, verdict, one.counts, rows | {"split": _SPLIT}, None, found.unseen)


_SPLIT = "customers"


def _gated(
    settings: Settings, champion: Bundle, renewed: Sequence[Learned], as_of: datetime, seed: int, plan: Plan
) -> tuple[list[Learned], dict[str, tuple[GateResult, ...]]]:
    """Hold what was recalibrated to its gates; one that fails gives way to the champion's as it is."""
    people, known = fairness.people(settings), golden.profiles(settings, as_of, seed=seed)
    found: dict[str, tuple[GateResult, ...]] = {}
    for one in renewed:
        found[one.artifact.name] = gates.check(
            one,
            one.spec,
            champion=champion.models[one.artifact.name],
            golden=golden.asked_about(one.spec, known),
            people=people,
            siblings=[other for other in renewed if other.spec.name == one.spec.name],
            seed=seed,
        )
    kept = [one for one in renewed if not _failed(found[one.artifact.name])]
    if not kept:
        why = [f"{name}: {gate.words['en']}" for name, all_of in found.items() for gate in _failed(all_of)]
        raise DataError(
            "; ".join(why) or "nothing was gained beyond chance on customers the new calibration had not seen",
            expected="a calibration that is better than the champion's",
            remedy="leave the champion, or train again: regua learn",
        )
    return kept, found | gating.decisions_of(champion, kept, known, settings, plan, as_of)


def _failed(found: Sequence[GateResult]) -> list[GateResult]:
    return [gate for gate in found if gate.severity == "stands_in" and not gate.passed]


def _release(
    settings: Settings, champion: Bundle, learned: Sequence[Learned], found: gating.Results, as_of: datetime
) -> str:
    new = {one.artifact.name: one.artifact for one in learned}
    artifacts = [new.get(name, artifact) for name, artifact in champion.models.items()]
    told = [*new, decisions.OF_ALL]
    before = [gate for gate in champion.manifest.get("gates", ()) if gate["model"] not in told]
    return bundle.write(
        settings,
        artifacts,
        trained_as_of=as_of,
        catalog_digest=catalog.catalog_digest(),
        metrics={one.name: one.body["metrics"] for one in artifacts},
        gates=[
            *before,
            *({"model": name, "stood_in": False, **one.to_json()} for name in told for one in found.get(name, ())),
        ],
        cards=champion.manifest.get("cards", ()),
    )


def _cards(settings: Settings, champion: Bundle, report: LearnReport, about: About) -> None:
    """Write the cards of what changed beside those of what did not."""
    folder, before = settings.cards / report.release_id, settings.cards / champion.release_id
    if before.is_dir() and before != folder:
        shutil.copytree(before, folder, dirs_exist_ok=True)
    changed = {one.artifact.name: one for one in report.models}
    for spec in {one.spec.name: one.spec for one in report.models}.values():
        named = {arm: spec.artifact_name(arm) for arm in spec.each_arm}
        arms = [
            changed.get(name) or _as_it_was(spec, arm, champion.models[name])
            for arm, name in named.items()
            if name in champion.models
        ]
        card.write(folder, arms, report.gates, about, people=fairness.people(settings))


def _as_it_was(spec: ModelSpec, arm: str, artifact: Artifact) -> Learned:
    """Tell of an arm that did not change by the figures it carries."""
    told = artifact.body["metrics"]
    verdict = Verdict(told.get("by_bucket") or {}, told.get("scorecard"))
    folds = dict(told.get("rows") or {}) | ({"split": told["split"]} if told.get("split") else {})
    return Learned(spec, arm, artifact, verdict, told.get("observations") or {}, folds, None, nobody())


def _data(settings: Settings, as_of: datetime, champion: Bundle) -> str:
    import numpy as np

    known = fingerprint.of(settings).up_to(np.array([utc(as_of).replace(tzinfo=None)], "datetime64[us]"))
    return checkpoints.key(known, champion.release_id)
