"""Hold what was learned to its gates, and put something known in the place of what did not pass."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import orjson

from models import SPECS
from models.artifact import Artifact
from models.bundle import Bundle
from regua.columns import Columns
from regua.errors import BundleError
from regua.records import canonical
from regua.settings import Settings
from training.cases.datasets import Dataset
from training.examples import Examples
from training.judging import decisions, gates, golden
from training.judging.fairness import People
from training.judging.results import GateResult
from training.judging.split import Folds
from training.learned import Learned
from training.modelling import stand_in
from training.plan import Plan
from training.releasing import bundle
from training.teaching import fit

Results = Mapping[str, Sequence[GateResult]]
"""What the gates found, by artifact name, and of all together by :data:`training.judging.decisions.OF_ALL`."""

_WORDS = "en"


def champion_of(settings: Settings) -> Bundle | None:
    """Return the champion to compare with; None where there is none that may serve."""
    try:
        return bundle.champion(settings)
    except BundleError:
        return None


def check(
    arms: Sequence[Learned],
    data: Dataset,
    folds: Folds,
    champion: Bundle | None,
    people: People,
    *,
    known: Columns | None = None,
    seed: int,
) -> dict[str, tuple[GateResult, ...]]:
    """Hold every arm of a model to its gates; ``known`` are profiles of golden customers, for the champion to agree."""
    standing = champion.models if champion else {}
    asked = golden.asked_about(data.spec, known) if known else None
    return {
        one.artifact.name: gates.check(
            one,
            one.spec,
            champion=standing.get(one.artifact.name),
            train=learning_cases(one, data, folds),
            golden=asked,
            people=people,
            siblings=arms,
            periods=periods(one, data, folds),
            seed=seed,
        )
        for one in arms
    }


def decisions_of(
    champion: Bundle, learned: Sequence[Learned], known: Columns, settings: Settings, plan: Plan, as_of: datetime
) -> dict[str, tuple[GateResult, ...]]:
    """Hold a whole release to the decisions of the champion, over the customers whose profiles are ``known``."""
    models = dict(champion.models) | {one.artifact.name: one.artifact for one in learned}
    allowed = plan.decisions_may_change
    found = decisions.check(champion, models, known, as_of=as_of, zone=settings.zone, allowed=allowed)
    return {decisions.OF_ALL: found} if found else {}


def learning_cases(one: Learned, data: Dataset, folds: Folds) -> Examples:
    """Return the cases an arm learned from."""
    return folds.weighted(data.examples).take((data.arm == one.arm) & folds.train)


def periods(one: Learned, data: Dataset, folds: Folds) -> tuple[Examples, Examples] | None:
    """Return everybody's cases of an arm in the learning and in the test period; None where time was not cut."""
    return gates.periods_of(data.examples.take(data.arm == one.arm), folds)


def passed(
    arms: Sequence[Learned], found: Results, data: Dataset, folds: Folds, champion: Bundle | None
) -> list[Learned]:
    """Return the arms as they go to work: one that failed a gate that ``stands_in`` gives way, and says so.

    The champion's model of the same name takes its place, or the documented prior where there is none.
    """
    return [_in_its_place(one, found.get(one.artifact.name, ()), data, folds, champion) for one in arms]


def at_work(
    taught: Mapping[str, Sequence[Learned]],
    found: Results,
    cut: Mapping[str, tuple[Dataset, Folds]],
    champion: Bundle | None,
) -> list[Learned]:
    """Return every model as it goes to work; those that were not taught, since the plan leaves them out, as priors."""
    learned: list[Learned] = []
    for name, spec in SPECS.items():
        if name in taught:
            learned += passed(taught[name], found, *cut[name], champion)
        else:
            learned += [stand_in(spec, arm, "not in the plan of this book") for arm in spec.each_arm]
    return learned


def write(folder: Path, found: Results) -> None:
    """Write what the gates found."""
    told = {name: [one.to_json() for one in results] for name, results in found.items()}
    (folder / "gates.json").write_bytes(canonical(told))


def read(folder: Path) -> dict[str, tuple[GateResult, ...]]:
    """Read what the gates found."""
    told = orjson.loads((folder / "gates.json").read_bytes())
    return {name: tuple(GateResult(**one) for one in results) for name, results in told.items()}


def _in_its_place(
    one: Learned, found: Sequence[GateResult], data: Dataset, folds: Folds, champion: Bundle | None
) -> Learned:
    failed = [gate for gate in found if gate.severity == "stands_in" and not gate.passed]
    if not failed:
        return one
    why = "; ".join(gate.words[_WORDS] for gate in failed)
    standing = champion.models.get(one.artifact.name) if champion else None
    if standing is not None and standing.kind != "prior" and _fits(standing, one.artifact):
        return replace(one, artifact=standing, stands_in=f"the champion's model, since: {why}")
    prior = fit.prior(one.spec, one.arm, learning_cases(one, data, folds), why)
    artifact = fit.with_metrics(prior, one.artifact.body["metrics"])
    return replace(one, artifact=artifact, stands_in=f"its prior, since: {why}")


def _fits(standing: Artifact, wanted: Artifact) -> bool:
    """Tell whether the champion's model answers the same question from the same facts."""
    same = ("spec", "answers", "scores")
    return standing.features == wanted.features and all(standing.body.get(k) == wanted.body.get(k) for k in same)
