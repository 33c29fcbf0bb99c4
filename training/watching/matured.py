"""What came of the cases whose windows closed since the champion was trained: the outcomes it could not have seen."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.artifact import Artifact
from models.base import ModelSpec
from models.bundle import Bundle
from models.measure import Figure
from regua.clock import utc
from regua.settings import Settings
from training.cases import datasets
from training.examples import Examples
from training.judging import evaluate
from training.plan import Plan

_EVERY_DAYS = 7
_CUSTOMERS = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Matured:
    """The cases of one artifact of the champion whose windows closed after its training; ``counts`` of all cases."""

    spec: ModelSpec
    arm: str
    artifact: Artifact
    examples: Examples
    counts: Mapping[str, int]


def figures(
    settings: Settings,
    champion: Bundle,
    as_of: datetime,
    plan: Plan,
    *,
    seed: int = 7,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Mapping[str, Figure]]:
    """Measure each artifact that answers with a chance on the cases whose outcome it could not have seen.

    A case counts when its window closed after the training and by ``as_of``; the champion's score of it is computed
    from the profile as of its observation, by the champion as it is.

    Parameters
    ----------
    champion
        The release at work.
    plan
        How this book's cases are found; its moments are taken weekly, back to the training.

    Returns
    -------
    Figures by bucket, ``pooled`` first, by artifact name. Who has no case since is there too, with none.
    """
    found = {}
    for one in cases(settings, champion, as_of, plan, seed=seed):
        if progress:
            progress(f"{one.artifact.name} since the training")
        found[one.artifact.name] = evaluate.figures(one.examples, one.artifact.predict(one.examples.columns))
    return found


def cases(settings: Settings, champion: Bundle, as_of: datetime, plan: Plan, *, seed: int = 7) -> Iterator[Matured]:
    """Find, for each artifact that answers with a chance, the cases whose outcome it could not have seen.

    The parameters are those of :func:`figures`.
    """
    trained = datetime.fromisoformat(champion.manifest["trained_as_of"])
    seen = _since_training(plan, trained, as_of, champion)
    customers = datasets.learned_from(settings, _CUSTOMERS, seed=seed)
    made = datasets.build(settings, seen, as_of, customers, seed=seed) if seen.models else {}
    for name, data in made.items():
        spec = seen.spec(name)
        ends = data.examples.moment + np.timedelta64(spec.window_days, "D")
        fresh = ends > np.datetime64(utc(trained).replace(tzinfo=None), "us")
        for arm in spec.each_arm:
            artifact = champion.models[spec.artifact_name(arm)]
            if artifact.booster is not None:
                yield Matured(spec, arm, artifact, data.examples.take(fresh & (data.arm == arm)), data.counts)


def _since_training(plan: Plan, trained: datetime, as_of: datetime, champion: Bundle) -> Plan:
    """Let a plan look at what the champion answers with a chance, and no further back than its training."""
    models = {name: one for name, one in plan.models.items() if set(_boosters(plan, name, champion))}
    longest = max((plan.spec(name).window_days for name in models), default=0)
    back = (utc(as_of) - trained).days + longest + 1
    moments = plan.moments.model_copy(update={"every_days": _EVERY_DAYS, "back_days": back})
    return plan.model_copy(update={"models": models, "moments": moments, "treatment_back_days": back})


def _boosters(plan: Plan, name: str, champion: Bundle) -> Iterator[str]:
    spec = plan.spec(name)
    for artifact in spec.artifact_names if spec.answers == "probability" else ():
        if artifact in champion.models and champion.models[artifact].booster is not None:
            yield artifact
