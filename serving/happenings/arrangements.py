"""The arrangements of one customer, as the log tells them: made, paid instalment by instalment, kept or broken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from regua.episodes import name_of
from regua.records import Event
from regua.vocabulary import HOLD_BIT, ArrangementResolution, EventKind, HoldKind
from serving.happenings.counting import LOOK_BACK
from serving.happenings.effects import Row

ABOUT_ARRANGEMENTS = frozenset(
    {
        EventKind.ARRANGEMENT_MADE,
        EventKind.ARRANGEMENT_RESOLVED,
        EventKind.INSTALMENT_DUE,
        EventKind.INSTALMENT_PAID,
    }
)
_HELD = HoldKind.ARRANGEMENT_CURRENT


@dataclass(slots=True, eq=False)
class Instalment:
    """One instalment: when it falls due, and when Regua learned of it and of its payment."""

    due_on: date | None = None
    known_at: datetime | None = None
    paid_at: datetime | None = None


@dataclass(slots=True)
class Arrangement:
    """One arrangement: when Regua learned of it and of its end, and its instalments by their key."""

    made_at: datetime | None = None
    resolution: str | None = None
    resolved_at: datetime | None = None
    instalments: dict[str, Instalment] = field(default_factory=dict)


def arrange(row: Row, events: Sequence[Event], known_until: datetime) -> None:
    """Bring what a customer has agreed to up to the moment.

    Whoever is in an arrangement is held for it. One that ends is over, unless the profile or the log knows of another;
    how many instalments those others leave, the next profile tells. It also lets go: this one does not tell a pause for
    an arrangement from one that somebody placed.

    Parameters
    ----------
    events
        About arrangements, of the last seven days before the profile, and since; all there are, where one was named in
        that time.
    known_until
        The instant up to which the profile knows.
    """
    told = arrangements(events)
    for one in told.values():
        is_new = one.made_at is not None and one.made_at > known_until
        ended = one.resolved_at is not None and (is_new or one.resolved_at > known_until)
        if ended and one.resolution == ArrangementResolution.BROKEN:
            row.add("arrangements_broken_365d", 1)
    in_force = [one for one in told.values() if one.resolved_at is None]
    _instalments(row, [due for one in in_force for due in one.instalments.values()], known_until)
    made = [one.made_at for one in in_force if one.made_at is not None]
    if any(at > known_until - LOOK_BACK for at in made):
        row.set("has_arrangement", 1.0)
    elif not made and _are_over(row, told.values(), known_until):
        row.set("has_arrangement", 0.0)
        row.set("arrangement_instalments_left", 0.0)
        row.set("arrangement_instalments_missed", 0.0)
        row.set("days_to_instalment", np.nan)
    if row.get("has_arrangement") > 0:
        row.hold(_HELD)


def _are_over(row: Row, told: Iterable[Arrangement], known_until: datetime) -> bool:
    """Say whether the only arrangement that the profile knew has ended since."""
    ended = [one for one in told if one.resolved_at is not None and one.resolved_at > known_until]
    known = [one for one in ended if one.made_at is not None and one.made_at <= known_until]
    repeated = row.get("hold_bits_repeated")
    return bool(known) and not (repeated == repeated and int(repeated) & HOLD_BIT[_HELD])


def _instalments(row: Row, instalments: Sequence[Instalment], known_until: datetime) -> None:
    """Count the instalments of arrangements in force that became known or were paid since the profile."""
    new = [one for one in instalments if one.known_at is not None and one.known_at > known_until]
    for one in instalments:
        if one not in new and one.paid_at is not None and one.paid_at > known_until:
            # The earliest is paid first; when the one after it falls due, the next profile tells.
            for name in ("arrangement_instalments_left", "arrangement_instalments_missed"):
                row.set(name, float(np.maximum(row.get(name) - 1, 0.0)))  # NULL stays
            row.set("days_to_instalment", np.nan)
    # Those that are new come after all that were paid, or the order of the arrangements would show.
    for due in new:
        if due.paid_at is None and due.due_on is not None:
            row.add("arrangement_instalments_left", 1)
            row.least("days_to_instalment", (due.due_on - row.day.date).days)


def arrangements(events: Iterable[Event]) -> Mapping[str, Arrangement]:
    """Fold what was reported into arrangements, each named by its key; told twice it is one."""
    found: dict[str, Arrangement] = {}
    for event in sorted(events, key=lambda event: (event.known_at, event.happened_at, event.event_id)):
        key = name_of(event.kind, event.data)
        one = found.setdefault(key or event.event_id, Arrangement())
        if event.kind is EventKind.ARRANGEMENT_MADE:
            one.made_at = one.made_at or event.known_at
        elif event.kind is EventKind.ARRANGEMENT_RESOLVED:
            one.resolution = event.data.get("resolution")
            one.resolved_at = one.resolved_at or event.known_at
        else:
            instalment = one.instalments.setdefault(str(event.data.get("instalment_id")), Instalment())
            if event.kind is EventKind.INSTALMENT_DUE:
                instalment.known_at = instalment.known_at or event.known_at
                due_on = event.data.get("due_on")
                instalment.due_on = date.fromisoformat(str(due_on)) if due_on else None
            else:
                instalment.paid_at = instalment.paid_at or event.known_at
    return found
