"""All policies together, and what they come to on a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from journeys.language.reading import Document, understand
from journeys.language.strict import PURPOSES
from journeys.rulebook.grammar import FrequencyRule, HoldRule, HoursRule, PolicyFile, Rule, ZonesFile
from journeys.rulebook.hours import PermittedHours
from regua.errors import BookError
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel

REMEMBERED_DAYS = 512
AnyRule = TypeVar("AnyRule", bound=Rule)


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds on one day, for every guardrail.

    ``caps`` holds, by the column that counts a window's attempts, the limit in total and ``(channels,)`` by channel
    (infinite where there is none). ``needs_opt_in`` is ``(channels,)``; ``hold_masks`` is ``(channels, purposes)``, the
    hold bits that stop a message of a purpose on a channel. ``zone`` is that of the business day; ``sections`` holds
    the rules in force themselves, by the section they stand in.
    """

    hours: PermittedHours
    caps: Mapping[str, tuple[float, NDArray[np.float64]]]
    needs_opt_in: NDArray[np.bool_]
    hold_masks: NDArray[np.int64]
    critical: tuple[str, ...]
    promise_grace_days: int
    zone: str
    sections: Mapping[str, tuple[Rule, ...]]

    def stopped_by(self, bits: NDArray[np.int64], purpose: NDArray[np.integer[Any]] | None) -> NDArray[np.bool_]:
        """Say which messages holds stop, ``(channels, n)``; without a purpose, requests to pay."""
        stopped = np.zeros((len(CHANNELS), len(bits)), np.bool_)
        held = np.flatnonzero(bits)
        if len(held):
            masks = self.hold_masks[:, :1] if purpose is None else self.hold_masks.take(purpose[held], axis=1)
            stopped[:, held] = (bits[held] & masks) != 0
        return stopped

    def of(self, section: str, kind: type[AnyRule]) -> Iterator[AnyRule]:
        """List the rules of a section that are in force."""
        return (rule for rule in self.sections.get(section, ()) if isinstance(rule, kind))

    def rules_of_holds(self, bits: int, channel: int, purpose: int) -> tuple[str, ...]:
        """Name the rules on holds that stop a message of a purpose on a channel while these holds are open."""
        return tuple(
            rule.id
            for rule in self.of("holds", HoldRule)
            if rule.bits & bits and CHANNELS[channel] in rule.channels and rule.stops_purpose(PURPOSES[purpose])
        )


@dataclass(frozen=True, slots=True)
class Policies:
    """Every rule of every year; :meth:`on` gives those of a day."""

    files: tuple[PolicyFile, ...]
    hours: PermittedHours
    zone: str
    _days: dict[date, Policy] = field(default_factory=dict)

    def on(self, day: date) -> Policy:
        """Return the rules in force on a day; all of them apply, and the strictest decides."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= REMEMBERED_DAYS:
                self._days.clear()
            known = self._days[day] = self._compile(day)
        return known

    def rules(self) -> list[Rule]:
        """List every rule of every file."""
        return [rule for file in self.files for rule in _of_file(file)]

    def _compile(self, day: date) -> Policy:
        def in_force(rules: Sequence[AnyRule]) -> list[AnyRule]:
            return [rule for rule in rules if rule.in_force(day)]

        needs_opt_in = np.zeros(len(CHANNELS), np.bool_)
        masks = np.zeros((len(CHANNELS), len(PURPOSES)), np.int64)
        # A channel without a consent rule in force is a channel nobody has permitted.
        spoken: set[Channel] = set()
        for consent in in_force([rule for file in self.files for rule in file.consent]):
            spoken.update(consent.channels)
            if consent.needs == "opt_in":
                needs_opt_in[[CHANNELS.index(channel) for channel in consent.channels]] = True
        needs_opt_in[[index for index, channel in enumerate(CHANNELS) if channel not in spoken]] = True
        for hold in in_force([rule for file in self.files for rule in file.holds]):
            for purpose, name in enumerate(PURPOSES):
                if hold.stops_purpose(name):
                    masks[[CHANNELS.index(channel) for channel in hold.channels], purpose] |= hold.bits
        critical = [name for file in self.files for rule in in_force(file.critical) for name in rule.fields]
        grace = [rule.days for file in self.files for rule in in_force(file.promise_grace)]
        return Policy(
            hours=self.hours,
            caps=_caps(in_force([rule for file in self.files for rule in file.frequency])),
            needs_opt_in=needs_opt_in,
            hold_masks=masks,
            critical=tuple(dict.fromkeys(critical)),
            promise_grace_days=max(grace, default=0),
            zone=self.zone,
            sections=self._sections(day),
        )

    def _sections(self, day: date) -> Mapping[str, tuple[Rule, ...]]:
        found: dict[str, list[Rule]] = {"hours": [rule for rule in self.hours.rules if rule.in_force(day)]}
        for file in self.files:
            for section, rules in _sections(file).items():
                if section != "hours":
                    found.setdefault(section, []).extend(rule for rule in rules if rule.in_force(day))
        return {section: tuple(rules) for section, rules in found.items()}


def compile_policies(documents: Sequence[Document], zones: Document) -> Policies:
    """Compile the policy files and the table of zones.

    Raises
    ------
    BookError
        A rule's id stands twice, a region nobody knows, a hold without a rule, or not exactly one business zone.
    """
    read = [(understand(document, PolicyFile), document) for document in documents]
    known = understand(zones, ZonesFile).zones
    ids: dict[str, str] = {}
    hours: list[HoursRule] = []
    for file, document in read:
        for region in file.regions or ():
            if region not in known:
                raise BookError(f"unknown region {region!r}", expected="a region of zones.yaml", place=document.place())
        hours.extend(rule.model_copy(update={"regions": rule.regions or file.regions}) for rule in file.hours)
        for rule in _of_file(file):
            if rule.id in ids:
                raise BookError(f"rule {rule.id} stands twice", expected="an id of its own", place=document.place())
            ids[rule.id] = document.file
    files = tuple(file for file, _ in read)
    held = {kind for file in files for rule in file.holds for kind in rule.holds}
    if held != set(HOLD_BIT):
        lacking = ", ".join(sorted(set(HOLD_BIT) - held))
        raise BookError(f"no rule for the holds {lacking}", expected="a rule for every kind of hold")
    business = [file.zone for file in files if file.zone]
    if len(business) != 1:
        raise BookError(f"{len(business)} business zones", expected="one policy that names the zone")
    return Policies(files, PermittedHours(tuple(hours), known, business[0]), business[0])


def _caps(rules: Sequence[FrequencyRule]) -> dict[str, tuple[float, NDArray[np.float64]]]:
    """Join the limits of each window; the lowest counts."""
    caps: dict[str, tuple[float, NDArray[np.float64]]] = {}
    for rule in rules:
        window = f"attempts_{rule.days}d"
        in_total, by_channel = caps.get(window, (np.inf, np.full(len(CHANNELS), np.inf)))
        if rule.channels is None:
            in_total = min(in_total, rule.at_most)
        else:
            index = [CHANNELS.index(channel) for channel in rule.channels]
            by_channel[index] = np.minimum(by_channel[index], rule.at_most)
        caps[window] = (in_total, by_channel)
    return caps


def _of_file(file: PolicyFile) -> list[Rule]:
    return [rule for rules in _sections(file).values() for rule in rules]


def _sections(file: PolicyFile) -> Mapping[str, Sequence[Rule]]:
    return {
        "hours": file.hours,
        "frequency": file.frequency,
        "consent": file.consent,
        "holds": file.holds,
        "critical": file.critical,
        "promise_grace": file.promise_grace,
    }
