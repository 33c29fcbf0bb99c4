"""What is live changes by a request that a second person approved, and stops at one person's word, in every process."""

from collections.abc import Sequence
from pathlib import Path

from tests.trust import change_live, change_walk
from tests.trust.line import Line


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Let many hands at the change requests of one service, then change and stop what two processes decide by."""
    return [*change_walk.lines(folder / "walk", full=full), *change_live.lines(folder / "live", full=full)]
