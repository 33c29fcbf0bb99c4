"""What a card tells, gathered before anybody words it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from models.base import ModelSpec
from models.families import FAMILIES
from models.measure import Figure
from regua.columns import Array
from regua.vocabulary import ARREARS_BUCKETS
from training.examples import Examples
from training.judging import decisions, fairness
from training.judging.fairness import People
from training.judging.gates import LEAST_TESTED
from training.judging.results import GateResult
from training.learned import Learned

_LIBRARIES = ("lightgbm", "numpy", "scikit-learn", "optuna")
_OTHER_FIGURES = 24
_TOLD_ELSEWHERE = ("by_bucket", "scorecard", "rows", "observations", "split", "test_from")


@dataclass(frozen=True, slots=True)
class About:
    """Facts of a training that every card of it shares.

    ``digests`` are of the ``data``, the profile ``catalogue`` and the ``book``; ``versions`` of the libraries that
    matter, those installed where empty; ``by`` is who trained. ``customers`` counts those learned from.
    """

    trained_as_of: datetime
    plan: str
    seed: int
    by: str
    digests: Mapping[str, str]
    versions: Mapping[str, str] = field(default_factory=dict)
    moments: tuple[datetime, ...] = ()
    missing_families: tuple[str, ...] = ()
    customers: int | None = None


def gather(
    arms: Sequence[Learned],
    gates: Mapping[str, Sequence[GateResult]],
    about: About,
    train: Mapping[str, Examples],
    people: People | None,
) -> dict[str, Any]:
    """Gather the facts of one model's card as plain data."""
    spec = arms[0].spec
    seen = [part for one in arms for part in (one.test, train.get(one.arm)) if part is not None and len(part)]
    return {
        "model": spec.name,
        "spec": _spec(spec),
        "about": _about(about),
        "data": _data(arms, about, seen),
        "features": {
            family: [name for name in names if name in spec.features]
            for family, names in FAMILIES.items()
            if set(names) & set(spec.features)
        },
        "constraints": dict(spec.monotone),
        "measures": {one.artifact.name: _by_bucket(one.verdict.figures) for one in arms},
        "scorecard": next((_by_bucket(one.verdict.scorecard_by_bucket) for one in arms if one.verdict.scorecard), {}),
        "other_figures": {one.artifact.name: _others(one) for one in arms},
        "calibration": {one.artifact.name: one.artifact.calibration.method for one in arms},
        "kinds": {one.artifact.name: one.artifact.kind for one in arms},
        "tuning": _tuning(arms),
        "fairness": _fairness(arms, people),
        "gates": _gates(arms, gates),
        "priors": {one.artifact.name: _prior(one) for one in arms},
        "limits": _limits(arms, about),
    }


def _by_bucket(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Put the buckets first, from the shallowest arrears on, and what flatters the ranking last."""
    return {name: figures[name] for name in (*map(str, ARREARS_BUCKETS), "pooled") if name in figures}


def _gates(arms: Sequence[Learned], gates: Mapping[str, Sequence[GateResult]]) -> dict[str, list[dict[str, Any]]]:
    """List the results of this model's artifacts, then what was asked of the whole release, of others apart."""
    told = {one.artifact.name: gates.get(one.artifact.name, ()) for one in arms}
    whole = {"decisions", f"decisions/{arms[0].spec.name}"}
    if of_all := [one for one in gates.get(decisions.OF_ALL, ()) if one.gate in whole]:
        told[decisions.OF_ALL] = of_all
    return {name: [one.to_json() for one in results] for name, results in told.items()}


def _spec(spec: ModelSpec) -> dict[str, Any]:
    names = ("unit", "target", "observation", "gap_days", "performance_days", "answers", "used_by")
    return {name: getattr(spec, name) for name in names} | {"arms": list(spec.arms)}


def _about(about: About) -> dict[str, Any]:
    return asdict(about) | {
        "trained_as_of": about.trained_as_of.isoformat(),
        "versions": dict(about.versions) or {name: version(name) for name in _LIBRARIES},
        "moments": [moment.isoformat() for moment in about.moments],
        "missing_families": list(about.missing_families),
    }


def _data(arms: Sequence[Learned], about: About, seen: Sequence[Examples]) -> dict[str, Any]:
    folds = [one.folds for one in arms if one.folds]
    edges = [edge for part in seen for edge in (part.moment.min(), part.moment.max())]
    known = [about.moments[0].date(), about.moments[-1].date()] if about.moments else []
    return {
        "period": [_day(min(edges)), _day(max(edges))] if edges else [day.isoformat() for day in known],
        "rows": {name: sum(int(fold.get(name, 0)) for fold in folds) for name in ("train", "calibrate", "test")},
        "customers": len(_customers(seen)) or about.customers or 0,
        "observations": dict(next((one.counts for one in arms if one.counts), {})),
        "split": next((fold["split"] for fold in folds if "split" in fold), None),
    }


def _customers(seen: Sequence[Examples]) -> Array:
    return np.unique(np.concatenate([part.customer.astype(str) for part in seen])) if seen else np.empty(0)


def _day(moment: np.datetime64) -> str:
    return str(moment.astype("datetime64[D]"))


def _others(one: Learned) -> dict[str, float]:
    """List the scalars a teacher measured beyond the usual, such as those of a curve or of an effect."""
    found: dict[str, float] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, inner in value.items():
                walk(f"{prefix}/{key}" if prefix else str(key), inner)
        elif isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
            found[prefix] = float(value)

    walk("", {key: value for key, value in one.artifact.body["metrics"].items() if key not in _TOLD_ELSEWHERE})
    return dict(list(found.items())[:_OTHER_FIGURES])


def _tuning(arms: Sequence[Learned]) -> dict[str, Any] | None:
    tuned = next((one.tuned for one in arms if one.tuned is not None and one.tuned.trials), None)
    if tuned is None:
        return None
    return {
        "trials": len(tuned.trials),
        "pruned": tuned.pruned,
        "log_loss": tuned.log_loss,
        "importance": dict(tuned.importance),
        "gain": None if tuned.gain is None else asdict(tuned.gain),
        "kept_defaults": tuned.kept_defaults,
        "params": {key: value for key, value in sorted(tuned.params.items()) if key != "num_threads"},
    }


def _fairness(arms: Sequence[Learned], people: People | None) -> dict[str, list[dict[str, Any]]]:
    if people is None:
        return {}
    return {
        one.artifact.name: [
            asdict(group) for group in fairness.report(one.test, one.artifact.predict(one.test.columns), people)
        ]
        for one in arms
        if one.artifact.kind != "prior" and one.spec.answers == "probability" and len(one.test)
    }


def _prior(one: Learned) -> dict[str, Any]:
    believed = one.spec.prior[one.arm]
    return asdict(believed) | {"in_use": one.artifact.kind == "prior", "why": one.artifact.body.get("why")}


def _limits(arms: Sequence[Learned], about: About) -> dict[str, list[str]]:
    few = [
        " ".join(part for part in (one.arm, "" if bucket == "pooled" else bucket) if part)
        for one in arms
        for bucket, figure in one.verdict.figures.items()
        if _is_thin(figure)
    ]
    priors = [one.arm or one.spec.name for one in arms if one.artifact.kind == "prior"]
    return {"few": [name for name in few if name], "missing": list(about.missing_families), "priors": priors}


def _is_thin(figure: Figure) -> bool:
    """Say whether a figure counts answers, and too few of the rarer kind."""
    if "positives" not in figure:
        return False
    rows, yes = figure["rows"] or 0, figure["positives"] or 0
    return min(yes, rows - yes) < LEAST_TESTED
