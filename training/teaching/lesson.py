"""One model's lesson, and what a teacher gives back: the same shape whatever the model answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.artifact import Artifact
from models.base import ModelSpec
from models.encode import Encoder
from regua.columns import Array, Columns
from training.examples import Examples
from training.judging.split import Folds


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Everything a teacher may look at; ``params`` are LightGBM's, as the search left them.

    ``arm`` and ``extras`` stand in the order of ``examples``. Trees are learned on ``folds.train``, calibrated on
    ``folds.calibrate``; ``folds.test`` is for the judge alone.
    """

    spec: ModelSpec
    examples: Examples
    arm: Array
    extras: Columns
    folds: Folds
    encoder: Encoder
    params: Mapping[str, Any]
    seed: int
    threads: int


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """Artifacts by arm: ``judged`` learned without the test fold; ``final`` goes to work, and may be the same.

    An arm too poor to learn from is absent, and a documented prior stands in for it; ``why`` may say what was lacking.
    """

    judged: Mapping[str, Artifact]
    final: Mapping[str, Artifact]
    why: Mapping[str, str] = field(default_factory=dict)


Teacher = Callable[[Lesson], Taught]
