"""What a part of the scoreboard hands back: promises, each with what was seen of it."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: ``what`` was tried and how often, the ``aim``, what was ``seen``, and whether that meets it."""

    what: str
    aim: str
    seen: str
    is_met: bool

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def count_line(what: str, seen: int, *, aim: int = 0) -> Line:
    """Promise an exact number, usually that something never happens."""
    return Line(what, f"{aim:,}", f"{seen:,}", seen == aim)
