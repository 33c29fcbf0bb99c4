"""How a decision is meant: for real, beside what is real, or not at all."""

from enum import StrEnum


class Mode(StrEnum):
    """What a decision does beside being answered.

    ``live`` is logged, moves the customer's position and issues a permit for its contact; ``shadow`` is logged apart,
    moves nobody and permits nothing; ``dry_run`` leaves no trace.
    """

    LIVE = "live"
    SHADOW = "shadow"
    DRY_RUN = "dry_run"
