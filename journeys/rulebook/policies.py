"""All policies together: files layered by place and date, and what each section comes to on a day."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from journeys.language.strict import PURPOSES
from journeys.rulebook import (
    affordability,
    channel_health,
    consent,
    critical,
    frequency,
    holds,
    promise_grace,
    spacing,
    vulnerable,
    wording,
)
from journeys.rulebook.files import PolicyFile
from journeys.rulebook.frequency import Caps
from journeys.rulebook.grammar import AnyRule, Rule
from journeys.rulebook.here import Here
from journeys.rulebook.holds import HoldRule
from journeys.rulebook.hours import PermittedHours
from journeys.rulebook.places import Places
from journeys.rulebook.row import NOWHERE, Row, word
from journeys.rulebook.spacing import Spaces
from journeys.rulebook.vulnerable import Care
from regua.columns import Columns, text
from regua.vocabulary import CHANNELS, HoldKind

Compiled = TypeVar("Compiled")
SATURDAY = 5
MOST_REMEMBERED = 8_192
"""Answers about holds kept by policy: thousands of customers share a few."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds on one day, for every guardrail.

    Every table has a row for each region, in the order of ``places.names``, and a last one for the unknown region, the
    strictest of all that are possible: the code -1 finds it. ``caps`` are :data:`frequency.Caps`; ``needs_opt_in`` is
    ``(regions + 1, channels)``; ``hold_masks`` is ``(regions + 1, channels, purposes)``, the hold bits that stop a
    message of a purpose on a channel; ``critical`` names columns and ``critical_in`` says ``(regions + 1, names)``
    where they are; ``promise_grace_days`` is ``(regions + 1,)``. ``hold_ends`` are the days after which the law itself
    ends a hold; ``spaces`` the hours after a contact or conversation; ``care`` that for the vulnerable;
    ``income_floors`` cents, NaN without a rule; ``needs_health`` ``(regions + 1, channels)`` where a channel of unknown
    health is not used; ``refused`` ``(regions + 1, purposes, channels)`` what a channel does not carry. ``sections``
    holds the rules in force by section and region.
    """

    places: Places
    hours: PermittedHours
    zone: str
    caps: Caps
    needs_opt_in: NDArray[np.bool_]
    hold_masks: NDArray[np.int64]
    critical: tuple[str, ...]
    critical_in: NDArray[np.bool_]
    promise_grace_days: NDArray[np.float64]
    hold_ends: Mapping[HoldKind, NDArray[np.float64]]
    spaces: Spaces
    care: Care
    income_floors: NDArray[np.float64]
    needs_health: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    sections: Mapping[str, tuple[tuple[Rule, ...], ...]]
    _of_holds: dict[tuple[int, int, int, int], tuple[str, ...]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    _here: dict[int, Here] = field(init=False, default_factory=dict, compare=False, repr=False)

    def codes(self, columns: Columns) -> NDArray[np.intp]:
        """Return each customer's row of every table: ``region_code``, or what ``region`` amounts to."""
        codes = columns.get("region_code")
        return self.places.codes(text(columns, "region")) if codes is None else codes

    def code(self, row: Row) -> int:
        """Return one customer's row of every table."""
        code = row.get("region_code")
        return self.places.code(word(row, "region")) if code is None else int(code)

    def here(self, row: Row) -> Here:
        """Return one customer's row of every table as plain values."""
        code = self.code(row)
        known = self._here.get(code)
        if known is None:
            known = self._here[code] = Here.of(self, code)
        return known

    def of(self, section: str, kind: type[AnyRule], code: int) -> Iterator[AnyRule]:
        """List the rules of a section that are in force in a region; in the unknown one, those of all possible."""
        return (rule for rule in self.sections[section][code] if isinstance(rule, kind))

    def stopped_by(
        self, bits: NDArray[np.int64], purpose: NDArray[np.integer[Any]] | None, codes: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Say which messages holds stop, ``(channels, n)``; without a purpose, requests to pay."""
        stopped = np.zeros((len(CHANNELS), len(bits)), np.bool_)
        held = bits.nonzero()[0]
        if len(held):
            # Where most are held, all are asked: that is cheaper than picking them.
            rows = slice(None) if 2 * len(held) > len(bits) else held
            asked = None if purpose is None else purpose[rows]
            table, places = by_purpose(self.hold_masks.transpose(0, 2, 1), codes[rows], asked)
            here = bits[rows]
            for channels, masks in by_channel(table, places):
                hit = (here & masks) != 0
                for channel in channels:
                    stopped[channel, rows] = hit
        return stopped

    def stopped_alone(self, bits: int, row: Row) -> Sequence[bool]:
        """Say by channel which messages holds stop of one customer."""
        if not bits:
            return NOWHERE
        return [bits & mask != 0 for mask in self.here(row).hold_masks[int(row.get("purpose") or 0)]]

    def business_days(self, code: int, days: int, until: date) -> int:
        """Count the business days of the last so many days up to a day: no weekend, no holiday of a possible region."""
        regions, calendar = self.places.candidates(self.places.region(code)), self.hours.calendar
        past = (until - timedelta(days=ago) for ago in range(days))
        return sum(day.weekday() < SATURDAY and not calendar.is_holiday(day, regions) for day in past)

    def rules_of_holds(self, bits: int, channel: int, purpose: int, code: int) -> tuple[str, ...]:
        """Name the rules on holds that stop a message of a purpose on a channel while holds are open."""
        key = (bits, channel, purpose, code)
        known = self._of_holds.get(key)
        if known is None:
            if len(self._of_holds) >= MOST_REMEMBERED:
                self._of_holds.clear()
            known = self._of_holds[key] = tuple(
                rule.id
                for rule in self.of("holds", HoldRule, code)
                if rule.bits & bits and CHANNELS[channel] in rule.channels and rule.stops_purpose(PURPOSES[purpose])
            )
        return known


def at_hand(codes: NDArray[np.intp]) -> NDArray[np.intp]:
    """List the rows of the regions that some customer is from."""
    return np.bincount(codes + 1).nonzero()[0] - 1


def spread(table: NDArray[Any], codes: NDArray[np.intp]) -> NDArray[Any]:
    """Take each customer's row of a table; a single row for all where the regions at hand are alike in it."""
    if len(codes) > len(table):
        there = table[at_hand(codes)]
        first = there[:1]
        if ((there == first) | ((there != there) & (first != first))).all():
            return first
    return table[codes]


def by_channel(table: NDArray[Any], codes: NDArray[np.intp]) -> Iterator[tuple[list[int], Any]]:
    """Take each customer's row of a ``(regions + 1, channels)`` table, channels that are alike together.

    Yields
    ------
    Channels, and what the table says of them: one figure where the regions at hand are alike, otherwise ``(n,)``.
    """
    if not len(codes):
        return
    alike: dict[tuple[Any, ...], list[int]] = {}
    for channel, said in enumerate(zip(*table[at_hand(codes)].tolist(), strict=True)):
        alike.setdefault(said, []).append(channel)
    for said, channels in alike.items():
        yield channels, said[0] if said.count(said[0]) == len(said) else table[:, channels[0]].take(codes)


def by_purpose(
    table: NDArray[Any], codes: NDArray[np.intp], purpose: NDArray[np.integer[Any]] | None
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Lay a ``(regions + 1, purposes, channels)`` table flat, and find each customer's row; no purpose: collection."""
    places = np.where(codes < 0, codes + len(table), codes) * table.shape[1]
    return table.reshape(-1, table.shape[2]), places if purpose is None else places + purpose


def on_every_channel(stopped: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say for every channel what ``(n,)`` says of the customer, ``(n, channels)``."""
    return np.repeat(stopped[None], len(CHANNELS), axis=0).T


@dataclass(frozen=True, slots=True)
class Policies:
    """Every rule of every year; :meth:`on` gives those of a day.

    ``sections`` holds every rule of any date by section, each with the regions it speaks of.
    """

    files: tuple[PolicyFile, ...]
    sections: Mapping[str, tuple[Rule, ...]]
    hours: PermittedHours
    zone: str
    _turns: tuple[date, ...] = field(init=False)
    _known: dict[int, Policy] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        turns = {rule.effective_from for rule in self.rules()}
        turns |= {rule.until + timedelta(days=1) for rule in self.rules() if rule.until}
        object.__setattr__(self, "_turns", tuple(sorted(turns)))

    def on(self, day: date) -> Policy:
        """Return the rules in force on a day; all of them apply, and the strictest decides."""
        # Between two days on which a rule comes or goes, every day has the same rules.
        span = bisect_right(self._turns, day)
        known = self._known.get(span)
        if known is None:
            known = self._known[span] = self._compile(day)
        return known

    def rules(self) -> list[Rule]:
        """List every rule of every file."""
        return [rule for rules in self.sections.values() for rule in rules]

    @property
    def places(self) -> Places:
        """The regions there are."""
        return self.hours.places

    def _compile(self, day: date) -> Policy:
        places = self.places
        names, possible = places.names, [places.names.index(name) for name in places.possible]
        here: dict[str, tuple[tuple[Rule, ...], ...]] = {}
        for section, rules in self.sections.items():
            in_force = [rule for rule in rules if rule.in_force(day)]
            each = [tuple(rule for rule in in_force if rule.speaks_of(name)) for name in names]
            anywhere = tuple(rule for rule in in_force if any(rule.speaks_of(name) for name in places.possible))
            here[section] = (*each, anywhere)

        def compiled(section: str, compile_section: Callable[[Any, Sequence[int]], Compiled]) -> Compiled:
            return compile_section(here[section][:-1], possible)

        figures, figures_in = compiled("critical", critical.compile_section)
        return Policy(
            places=places,
            hours=self.hours,
            zone=self.zone,
            caps=compiled("frequency", frequency.compile_section),
            needs_opt_in=compiled("consent", consent.compile_section),
            hold_masks=compiled("holds", holds.compile_section),
            critical=figures,
            critical_in=figures_in,
            promise_grace_days=compiled("promise_grace", promise_grace.compile_section),
            hold_ends=compiled("holds", holds.compile_ends),
            spaces=compiled("spacing", spacing.compile_section),
            care=compiled("vulnerable", vulnerable.compile_section),
            income_floors=compiled("affordability", affordability.compile_section),
            needs_health=compiled("channel_health", channel_health.compile_section),
            refused=compiled("wording", wording.compile_section),
            sections=here,
        )
