"""What training brought: one record a model, and a report that people and machines can read."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.artifact import Artifact
from models.base import ModelSpec
from models.measure import MEASURES
from training.examples import Examples
from training.judging.evaluate import Verdict
from training.stages import Stage
from training.teaching.tune import Tuned

if TYPE_CHECKING:
    from training.judging.results import GateResult


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """One artifact with all that is known of how it came to be.

    ``counts`` says what became of every observation, ``folds`` how many cases learned, calibrated and tested.
    ``stands_in`` says what took the place of a model that failed a gate, and why; None where it goes to work itself.
    """

    spec: ModelSpec = field(repr=False)
    arm: str
    artifact: Artifact = field(repr=False)
    verdict: Verdict = field(repr=False)
    counts: Mapping[str, int]
    folds: Mapping[str, Any]
    tuned: Tuned | None = field(repr=False)
    test: Examples = field(repr=False)
    stands_in: str | None = None

    def summary(self) -> dict[str, Any]:
        """Return what a table shows of it."""
        pooled = self.verdict.figures.get("pooled", {})
        body = self.artifact.body
        return {
            "name": self.artifact.name,
            "kind": self.artifact.kind,
            "why": self.stands_in or body.get("why"),
            "probability": body["prior"]["probability"] if body["prior"] else None,
            "rows": dict(self.folds),
            "observations": dict(self.counts),
            "calibration": self.artifact.calibration.method,
            **{name: pooled.get(name) for name in MEASURES},
            "auc_low": pooled.get("auc_low"),
            "auc_high": pooled.get("auc_high"),
            "by_bucket": {bucket: dict(figure) for bucket, figure in self.verdict.figures.items()},
            "scorecard": None if self.verdict.scorecard is None else dict(self.verdict.scorecard),
        }


@dataclass(frozen=True, slots=True, eq=False)
class LearnReport:
    """What one training came to.

    Parameters
    ----------
    release_id
        The bundle that was written, a challenger.
    moments
        Snapshot moments learned from.
    missing_families
        Families of facts this book does not have; their features are NULL.
    unplanned
        Models the plan leaves out; a documented prior stands in for each.
    mlflow_run
        The parent run, None when nothing was registered.
    gates
        What every gate found, by artifact name.
    stages
        Seconds and peak memory of each stage.
    share_outside_lightgbm
        Of the time of all stages.
    profiles
        Pairs of customer and moment whose profile was ``reused`` from an earlier training or ``computed``, and the
        ``moments_computed``.
    settled
        Rows that the decision log brought into the tables first.
    """

    release_id: str
    trained_as_of: datetime
    plan: str
    seed: int
    moments: tuple[datetime, ...] = field(repr=False)
    models: tuple[Learned, ...] = field(repr=False)
    missing_families: tuple[str, ...]
    unplanned: tuple[str, ...] = field(repr=False)
    mlflow_run: str | None
    gates: "Mapping[str, Sequence[GateResult]]" = field(default_factory=dict, repr=False)
    stages: tuple[Stage, ...] = field(default=(), repr=False)
    share_outside_lightgbm: float = field(default=1.0, repr=False)
    profiles: Mapping[str, int] = field(default_factory=dict, repr=False)
    settled: int = field(default=0, repr=False)

    @property
    def seconds(self) -> float:
        """Of all stages."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def failed(self) -> "tuple[tuple[str, GateResult], ...]":
        """Artifact and gate of whatever was not passed."""
        return tuple((name, one) for name, found in self.gates.items() for one in found if not one.passed)

    @property
    def refused(self) -> "tuple[str, ...]":
        """Artifact and gate of what keeps the release from promotion, in a word each."""
        stood_in = {one.artifact.name for one in self.models if one.stands_in}
        return tuple(
            f"{name}, {one.gate}" for name, one in self.failed if one.severity == "refuses" and name not in stood_in
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return {
            "release_id": self.release_id,
            "refused": list(self.refused),
            "trained_as_of": self.trained_as_of.isoformat(),
            "plan": self.plan,
            "seed": self.seed,
            "moments": len(self.moments),
            "missing_families": list(self.missing_families),
            "unplanned": list(self.unplanned),
            "mlflow_run": self.mlflow_run,
            "models": [learned.summary() for learned in self.models],
            "gates": {name: [one.to_json() for one in found] for name, found in self.gates.items()},
            "stages": [asdict(stage) for stage in self.stages],
            "seconds": self.seconds,
            "peak_memory_mb": max((stage.peak_memory_mb for stage in self.stages), default=0),
            "share_outside_lightgbm": self.share_outside_lightgbm,
            "profiles": dict(self.profiles),
            "settled": self.settled,
        }
