"""What a part of the scoreboard hands back: promises, each with what was seen of it; what several turns saw adds up."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from itertools import chain
from typing import Any

SOME = "some"


@dataclass(frozen=True, slots=True)
class Line:
    """One promise: ``what`` was tried, the ``aim``, what was ``seen``, and whether that meets it.

    ``tried`` says how often, of so many ``asked`` at full size; 0 where a promise is tried once and for all. ``count``
    is what was seen as a number, where it is one; ``such`` an example of what was not to be seen.
    """

    what: str
    aim: str
    seen: str
    is_met: bool
    tried: int = 0
    asked: int = 0
    count: int | None = None
    such: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Write down what there is to say."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    @property
    def is_whole(self) -> bool:
        """Whether it was tried as often as is asked."""
        return self.tried >= self.asked

    def times(self, tried: int, asked: int) -> "Line":
        """Say how often it was tried, and how often it should be."""
        return replace(self, tried=tried, asked=max(tried, asked))


def count_line(what: str, seen: int, *, aim: int = 0, such: Sequence[str] = ()) -> Line:
    """Promise an exact number, usually that something never happens."""
    return Line(what, f"{aim:,}", f"{seen:,}", seen == aim, count=seen, such="; ".join(such[:3]))


def some_line(what: str, seen: int) -> Line:
    """Promise that there was something at all: without it the other promises say nothing."""
    return Line(what, SOME, f"{seen:,}", seen > 0, count=seen)


def each(lines: Iterable[Line], tried: int, asked: int) -> list[Line]:
    """Say of several lines how often they were tried, and how often they should be."""
    return [line.times(tried, asked) for line in lines]


def added(turns: Iterable[Sequence[Line]]) -> list[Line]:
    """Add up what several turns saw: lines of the same words are one promise."""
    same: dict[str, list[Line]] = {}
    for line in chain.from_iterable(turns):
        same.setdefault(line.what, []).append(line)
    return [reduce(_sum, lines) for lines in same.values()]


def _sum(one: Line, other: Line) -> Line:
    tried = one.tried + other.tried
    if one.count is None or other.count is None:
        return replace(other if one.is_met else one, tried=tried)
    count, is_met = one.count + other.count, one.is_met and other.is_met
    is_met = count > 0 if one.aim == SOME else is_met
    return replace(one, seen=f"{count:,}", count=count, is_met=is_met, tried=tried, such=one.such or other.such)
