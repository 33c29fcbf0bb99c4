"""How a decision is meant: for real, beside what is real, or not at all."""

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What a decision does beside being answered.

    ``live`` is logged, moves the customer's position and issues a permit for its contact; ``shadow`` is logged apart,
    moves nobody and permits nothing; ``dry_run`` leaves no trace.
    """

    LIVE = "live"
    SHADOW = "shadow"
    DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True)
class How:
    """How decisions are asked for: what they are meant for, and whether their permits are taken at once."""

    mode: Mode = Mode.LIVE
    auto_claim: bool = False


AS_USUAL = How()
"""Live, and each permit claimed by a second call."""
