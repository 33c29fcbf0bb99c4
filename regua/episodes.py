"""One name, several times: what begins anew after it ended is something else, though its name is the same.

A CRM that lifts a hold and places it again, or opens a dispute once more, often keeps its identifier. Each time is an
episode with a name of its own: that of the first is the name itself, that of the second the name and ``#2``.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from regua.clock import utc
from regua.records import Event
from regua.vocabulary import EventKind

PROMISE, DISPUTE, HOLD, ARRANGEMENT, SIGNAL = "promise_id", "dispute_id", "hold_id", "arrangement_id", "signal_id"
NAMES: Mapping[EventKind, str] = {
    EventKind.PROMISE_MADE: PROMISE,
    EventKind.PROMISE_RESOLVED: PROMISE,
    EventKind.DISPUTE_OPENED: DISPUTE,
    EventKind.PAYMENT_CLAIMED: DISPUTE,
    EventKind.DISPUTE_RESOLVED: DISPUTE,
    EventKind.HOLD_PLACED: HOLD,
    EventKind.HOLD_LIFTED: HOLD,
    EventKind.ARRANGEMENT_MADE: ARRANGEMENT,
    EventKind.INSTALMENT_DUE: ARRANGEMENT,
    EventKind.INSTALMENT_PAID: ARRANGEMENT,
    EventKind.ARRANGEMENT_RESOLVED: ARRANGEMENT,
    EventKind.SIGNAL_RAISED: SIGNAL,
    EventKind.SIGNAL_CLEARED: SIGNAL,
}
"""Under which word an event names what it is about."""
BEGINS = frozenset(
    {
        EventKind.PROMISE_MADE,
        EventKind.DISPUTE_OPENED,
        EventKind.PAYMENT_CLAIMED,
        EventKind.HOLD_PLACED,
        EventKind.ARRANGEMENT_MADE,
        EventKind.SIGNAL_RAISED,
    }
)
ENDS = frozenset(
    {
        EventKind.PROMISE_RESOLVED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.HOLD_LIFTED,
        EventKind.ARRANGEMENT_RESOLVED,
        EventKind.SIGNAL_CLEARED,
    }
)
FOREVER = datetime.max.replace(tzinfo=UTC)
APART = timedelta(minutes=5)
"""How far reporters' clocks may be apart: a beginning told to be no later than that after an end is what it ended."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one event tells: the kind of it, whose and which thing it is about, and when it happened."""

    kind: EventKind
    customer_id: str
    name: str
    happened_at: datetime


def episodes(told: Sequence[Telling]) -> list[str]:
    """Name the episode each of some events is of, whatever the order they are told in.

    Parameters
    ----------
    told
        Of kinds in :data:`NAMES`; of whatever is named, all that is known.

    Examples
    --------
    >>> noon, hour = datetime(2026, 3, 4, 12), timedelta(hours=1)
    >>> placed = [Telling(EventKind.HOLD_PLACED, "ana", "h1", at) for at in (noon + 2 * hour, noon)]
    >>> episodes([*placed, Telling(EventKind.HOLD_LIFTED, "ana", "h1", noon + hour)])
    ['h1#2', 'h1', 'h1']
    """
    names = [one.name for one in told]
    by_name = defaultdict[tuple[str, str, str], list[int]](list)
    for index, one in enumerate(told):
        by_name[NAMES[one.kind], one.customer_id, one.name].append(index)
    for own in by_name.values():
        number, ended_at = 1, None
        for index in sorted(own, key=lambda index: _place(told[index])):
            one = told[index]
            if one.kind in BEGINS and ended_at is not None and one.happened_at > ended_at + APART:
                number, ended_at = number + 1, None
            elif one.kind in ENDS:
                ended_at = one.happened_at
            names[index] = numbered(one.name, number)
    return names


def _place(one: Telling) -> tuple[datetime, bool]:
    # What is said of a thing meanwhile may be said, by another clock, a little before it begins.
    is_meanwhile = one.kind not in BEGINS | ENDS
    return one.happened_at + APART if is_meanwhile else one.happened_at, one.kind in ENDS


def lasting(happened_at: datetime, data: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Say from when until when something is told to last; what is told anew of one episode counts if this is greater.

    So the later to begin counts, and of two at one instant the longer.

    Examples
    --------
    >>> noon = datetime(2026, 3, 4, 12, tzinfo=UTC)
    >>> lasting(noon, {"promised_for": "2026-03-10"}) < lasting(noon, {}) < lasting(noon + timedelta(hours=1), {})
    True
    """
    until = next((data[word] for word in ("ends_at", "promised_for", "due_on") if data.get(word)), None)
    return happened_at, utc(datetime.fromisoformat(str(until))) if until else FOREVER


def numbered(name: str, number: int) -> str:
    """Name one of several that have a name in common; the first keeps it."""
    return name if number == 1 else f"{name}#{number}"


def told_apart(events: Sequence[Event]) -> Sequence[Event]:
    """Give each event the name of its episode in the place of that of what it is about."""
    if not any(event.kind in ENDS for event in events):
        return events
    about = {index: name_of(event.kind, event.data) for index, event in enumerate(events)}
    at = [index for index, name in about.items() if name is not None]
    told = [Telling(events[i].kind, events[i].customer_id, str(about[i]), events[i].happened_at) for i in at]
    renamed = list(events)
    for index, name in zip(at, episodes(told), strict=True):
        if name != about[index]:
            event = events[index]
            renamed[index] = replace(event, data={**event.data, NAMES[event.kind]: name})
    return renamed


def name_of(kind: EventKind, data: Mapping[str, Any]) -> str | None:
    """Say what the thing is called that an event is about; None where it names none, or its kind has none."""
    word = NAMES.get(kind)
    name = data.get(word) if word is not None else None
    return None if name is None else str(name)
