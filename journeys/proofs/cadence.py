"""Do limits let the steps through? Days of steps against caps and spacing, in the region that permits most."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from journeys.book import Book
from journeys.book.journeys import CompiledJourney
from journeys.proofs.finding import Finding
from journeys.proofs.sending import channels_of
from journeys.rulebook.policies import Policy
from regua.vocabulary import CHANNELS

Limits = Mapping[int, tuple[float, NDArray[np.float64]]]
"""By days of the window: the limit in total, and by channel."""

_HOURS_A_DAY = 24


def findings(book: Book, day: date) -> Iterator[Finding]:
    """Find steps that no limit lets through, and steps closer together than limits and spacing allow."""
    policy = book.policies.on(day)
    limits, spacing = _limits(policy), tuple(_spacing(policy))
    for journey in book.journeys:
        yield from _impossible(journey, limits)
        yield from _crowded(journey, limits)
        yield from _close(journey, spacing)


def _limits(policy: Policy) -> Limits:
    """Return the widest limits of any region the house works in."""
    rows = [policy.places.names.index(name) for name in policy.places.possible]
    found: dict[int, tuple[float, NDArray[np.float64]]] = {}
    for column, (in_total, by_channel) in policy.caps.items():
        match = re.fullmatch(r"attempts_(\d+)(d|h)", column)
        if match is None:
            continue
        days = int(match[1]) if match[2] == "d" else max(1, int(match[1]) // _HOURS_A_DAY)
        total, channels = found.get(days, (np.inf, np.full(len(CHANNELS), np.inf)))
        found[days] = min(total, float(in_total[rows].max())), np.minimum(channels, by_channel[rows].max(axis=0))
    return found


def _impossible(journey: CompiledJourney, limits: Limits) -> Iterator[Finding]:
    for position, step in enumerate(journey.written.steps):
        channels = channels_of(step)
        closed = [
            channel
            for channel in channels
            if any(min(total, by[CHANNELS.index(channel)]) < 1 for total, by in limits.values())
        ]
        if channels and len(closed) == len(channels):
            yield Finding.at(
                "R701",
                journey.document.place("steps", position, "try"),
                f"step {position + 1} of {journey.name} is never let through: no {', '.join(closed)} is allowed",
                expected="a channel with a limit of one contact at least",
            )


def _crowded(journey: CompiledJourney, limits: Limits) -> Iterator[Finding]:
    """Look at the steps of every stretch of days; on one day one step is taken, by any of its channels."""
    by_day: dict[int, tuple[int, set[str]]] = {}
    for position, step in enumerate(journey.written.steps):
        if step.rungs:
            first, channels = by_day.setdefault(step.day, (position, set()))
            channels.update(channels_of(step))
    days = sorted(by_day)
    for window, (total, by_channel) in sorted(limits.items()):
        for start, first in enumerate(days):
            stretch = [day for day in days[start:] if day < first + window]
            taken = _most_taken([by_day[day][1] for day in stretch], by_channel)
            if len(stretch) > min(total, taken):
                position = by_day[stretch[-1]][0]
                yield Finding.at(
                    "R702",
                    journey.document.place("steps", position, "day"),
                    f"{journey.name} has {len(stretch)} steps from day {first} to day {stretch[-1]}; limits let "
                    f"{int(min(total, taken))} through in {window} days",
                    expected="steps further apart, or more channels to choose from: what is blocked comes late",
                )
                break


def _most_taken(steps: Sequence[set[str]], by_channel: NDArray[np.float64]) -> int:
    """Count the steps that can be taken, each by one of its channels, none more often than its limit."""
    taken_by: dict[tuple[str, int], int] = {}

    def takes(step: int, seen: set[tuple[str, int]]) -> bool:
        for channel in sorted(steps[step]):
            limit = by_channel[CHANNELS.index(channel)]
            for place in range(int(min(limit, len(steps)))):
                slot = (channel, place)
                if slot not in seen:
                    seen.add(slot)
                    if slot not in taken_by or takes(taken_by[slot], seen):
                        taken_by[slot] = step
                        return True
        return False

    return sum(takes(step, set()) for step in range(len(steps)))


def _spacing(policy: Policy) -> Iterator[tuple[str, frozenset[str], float]]:
    """List the rules on the time between two contacts: id, channels, hours."""
    sections = policy.sections.get("spacing", ())
    for rule in {rule.id: rule for rules in sections for rule in rules}.values():
        if getattr(rule, "after", None) == "contact":
            at_least = rule.at_least  # type: ignore[attr-defined]
            hours = at_least.total_seconds() / 3_600 if hasattr(at_least, "total_seconds") else float(at_least)
            yield rule.id, frozenset(map(str, rule.channels)), hours  # type: ignore[attr-defined]


def _close(journey: CompiledJourney, spacing: Sequence[tuple[str, frozenset[str], float]]) -> Iterator[Finding]:
    sent = [(position, step) for position, step in enumerate(journey.written.steps) if step.rungs]
    for (_, one), (position, other) in pairwise(sent):
        for rule, channels, hours in spacing:
            both = channels_of(one) + channels_of(other)
            apart = (other.day - one.day) * _HOURS_A_DAY
            if 0 < apart < hours and channels.issuperset(both) and len(set(both)) == 1:
                yield Finding.at(
                    "R703",
                    journey.document.place("steps", position, "day"),
                    f"step {position + 1} of {journey.name} comes {apart} hours after the one before it, by the same "
                    f"channel; {rule} asks for {hours:g}",
                    expected="a later day, or another channel to choose from",
                )
                break
