"""What did the last training of this home learn from, and what did it make of it? Read back, not learned again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from regua.errors import NotFoundError
from regua.settings import Settings
from training import gating, saving
from training.cases.datasets import Dataset
from training.course import TOLD
from training.judging.results import GateResult
from training.judging.split import Folds
from training.learned import Learned
from training.modelling import folds_of
from training.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Recalled:
    """A finished training, by model: its cases, who learned, calibrated and tested, and what each arm came to.

    ``learned`` are the models as they were judged, before a gate put something else in their place; ``gates`` say, by
    artifact, whether one did.
    """

    as_of: datetime
    plan: Plan
    seed: int
    cases: Mapping[str, Dataset] = field(repr=False)
    folds: Mapping[str, Folds] = field(repr=False)
    learned: Mapping[str, Sequence[Learned]] = field(repr=False)
    gates: Mapping[str, Sequence[GateResult]] = field(repr=False)


def last(settings: Settings) -> Recalled:
    """Read back the training of a home that finished last.

    Raises
    ------
    NotFoundError
        No training was finished here, or its checkpoints are gone.
    """
    runs = [path.parent for path in settings.learning.glob(f"*/{TOLD}") if _told(path.parent)["finished"]]
    found = [folder for run in runs for folder in run.glob("gates-*") if folder.is_dir() and _cases_of(run)]
    if not found:
        raise NotFoundError(
            f"no finished training in {settings.learning}",
            expected="what regua learn leaves there",
            remedy="regua learn",
        )
    gates = max(found, key=lambda folder: folder.stat().st_mtime_ns)
    run = gates.parent
    told = _told(run)
    plan, seed = Plan.model_validate(told["asked"]["plan"]), int(told["asked"]["seed"])
    cases_in = _cases_of(run)[-1]
    key = cases_in.name.removeprefix("cases-")
    cases = saving.read_datasets(cases_in, plan)
    folds = {name: folds_of(plan, data, seed) for name, data in cases.items()}
    learned = {
        name: saving.read_learned(run / f"teach-{name}-{key}", data, folds[name]) for name, data in cases.items()
    }
    as_of = datetime.fromisoformat(told["as_of"])
    return Recalled(as_of, plan, seed, cases, folds, learned, gating.read(gates))


def _told(run: Path) -> dict[str, Any]:
    told: dict[str, Any] = orjson.loads((run / TOLD).read_bytes())
    return told


def _cases_of(run: Path) -> list[Path]:
    """List the finished cases of a run, oldest first."""
    return sorted((path for path in run.glob("cases-*") if path.suffix != ".draft"), key=lambda p: p.stat().st_mtime_ns)
