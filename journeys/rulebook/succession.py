"""Does every rule follow itself in time? No two alike, none twice on one day, and no day in between without one."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from journeys.rulebook.grammar import Rule
from regua.errors import BookError, Place

_SAID_OF_A_RULE = {"id", "source", "status", "unit", "says"}


class Placed(NamedTuple):
    """A rule with the regions it speaks of, and where it stands.

    ``is_own``: the house's, which only tightens. ``is_narrow``: it, or its file, names regions and not whole countries.
    """

    section: str
    rule: Rule
    place: Place
    is_own: bool
    is_narrow: bool


def refuse_twins_and_gaps(placed: Sequence[Placed]) -> None:
    """Check the entries of each id, and of all ids against each other.

    Raises
    ------
    BookError
        An id holds twice on one day or leaves days between two entries without any, or two ids say the same.
    """
    families: dict[str, list[Placed]] = {}
    for one in placed:
        families.setdefault(one.rule.id, []).append(one)
    for family in families.values():
        family.sort(key=lambda one: one.rule.effective_from)
        for earlier, later in pairwise(family):
            _joined(earlier, later)
    _refuse_alike(placed)


def _joined(earlier: Placed, later: Placed) -> None:
    ends, begins = earlier.rule.until, later.rule.effective_from
    if earlier.section != later.section or ends is None or ends >= begins:
        raise BookError(
            f"rule {later.rule.id} stands twice, here and at {earlier.place}",
            expected="an id of its own, or an entry whose until comes before the next one's from",
            place=later.place,
        )
    if ends + timedelta(days=1) < begins:
        raise BookError(
            f"rule {later.rule.id} has a gap: nothing holds from {ends + timedelta(days=1)} "
            f"to {begins - timedelta(days=1)}",
            expected=f"an entry from {ends + timedelta(days=1)}, the day after {earlier.place} ends",
            place=later.place,
        )


def _refuse_alike(placed: Iterable[Placed]) -> None:
    seen: dict[Any, Placed] = {}
    for one in placed:
        content = one.rule.model_dump_json(exclude=_SAID_OF_A_RULE)
        twin = seen.setdefault((one.section, content), one)
        if twin is not one:
            raise BookError(
                f"rule {one.rule.id} says the same as {twin.rule.id} at {twin.place}",
                expected="each thing said once",
                place=one.place,
            )
