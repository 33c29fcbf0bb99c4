"""Do limits let the steps through? Days of steps against caps and spacing, in the region that permits most."""

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

_DAYS = {"attempts_1d": 1, "attempts_24h": 1, "attempts_7d": 7}
_HOURS_A_DAY = 24


def findings(book: Book, day: date) -> Iterator[Finding]:
    """Find steps that no limit lets through, and steps closer together than limits and spacing allow."""
    policy = book.policies.on(day)
    limits, spacing = _limits(policy), _spacing(policy)
    for journey in book.journeys:
        yield from _impossible(journey, limits)
        yield from _crowded(journey, limits)
        yield from _close(journey, spacing)


def _limits(policy: Policy) -> Limits:
    """Return the widest limits on a customer's contacts of any region the house works in."""
    rows = [policy.places.names.index(name) for name in policy.places.possible]
    found: dict[int, tuple[float, NDArray[np.float64]]] = {}
    for cap in policy.caps:
        days = _DAYS.get(cap.column)
        if days is None:
            continue
        total, channels = found.get(days, (np.inf, np.full(len(CHANNELS), np.inf)))
        widest = cap.limits[rows].max(axis=0)
        if cap.by_channel:
            found[days] = total, np.minimum(channels, widest)
        else:
            # Counted together, a limit may still stop some channels only.
            found[days] = min(total, float(widest.max())), np.minimum(channels, widest)
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


def _spacing(policy: Policy) -> NDArray[np.float64]:
    """Return the hours each channel rests after a contact, in the region where they are fewest."""
    rows = [policy.places.names.index(name) for name in policy.places.possible]
    table = policy.spaces.get("contact")
    return np.zeros(len(CHANNELS)) if table is None else np.asarray(table[rows].min(axis=0))


def _close(journey: CompiledJourney, rests: NDArray[np.float64]) -> Iterator[Finding]:
    sent = [(position, step) for position, step in enumerate(journey.written.steps) if step.rungs]
    for (_, one), (position, other) in pairwise(sent):
        apart = (other.day - one.day) * _HOURS_A_DAY
        least = min(float(rests[CHANNELS.index(channel)]) for channel in channels_of(other))
        if 0 < apart < least:
            yield Finding.at(
                "R703",
                journey.document.place("steps", position, "day"),
                f"step {position + 1} of {journey.name} comes {apart} hours after the one before it; each of its "
                f"channels rests {least:g} hours after a contact",
                expected="a later day, or another channel to choose from",
            )
