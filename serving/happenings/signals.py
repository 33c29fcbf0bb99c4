"""What other systems noticed about one customer, as the log tells it: raised and cleared, each by its own name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from regua.episodes import name_of
from regua.records import Event
from regua.vocabulary import SIGNAL_BIT, EventKind, SignalKind
from serving.happenings.effects import Row

SIGNALS = frozenset({EventKind.SIGNAL_RAISED, EventKind.SIGNAL_CLEARED})


@dataclass(slots=True)
class Signal:
    """One thing that was noticed: when, and when Regua first and last learned of it, and of its end; None: not yet.

    ``is_any``: what was cleared without a name, and so stands for whatever the profile alone knows.
    """

    kind: SignalKind
    raised_at: datetime | None = None
    known_at: datetime | None = None
    told_at: datetime | None = None
    cleared_at: datetime | None = None
    is_any: bool = False

    def is_known(self, known_until: datetime) -> bool:
        """Say whether a profile that knows until an instant was told of it."""
        return self.is_any or (self.known_at is not None and self.known_at <= known_until)


def notice(row: Row, events: Sequence[Event], known_until: datetime) -> None:
    """Bring what other systems noticed up to the moment: of several of a kind in force the latest counts.

    One that is cleared is gone, unless the profile or the log knows of another of its kind: which of them is the latest
    then, the next profile tells. A clearing of what the log knows no raising of may be of one that is still to be told:
    it takes nothing away.

    Parameters
    ----------
    events
        Signals of the last seven days before the profile, and since; all there are, where one was named in that time.
    known_until
        The instant up to which the profile knows.
    """
    if not events:
        return
    told = signals(events)
    repeated = int(np.nan_to_num(row.get("signal_bits_repeated")))
    for kind in {one.kind for one in told}:
        own = [one for one in told if one.kind == kind]
        known = [one for one in own if one.is_known(known_until)]
        in_force = [one for one in own if one.known_at is not None and one.cleared_at is None]
        is_over = any(one.cleared_at is not None and one.cleared_at > known_until for one in known)
        if is_over and not repeated & SIGNAL_BIT[kind] and not any(one in known for one in in_force):
            row.set(f"days_since_{kind}", np.nan)
        for one in in_force:
            if one.raised_at is not None and one.told_at is not None and one.told_at > known_until:
                row.least(f"days_since_{kind}", row.days_since(one.raised_at))


def signals(events: Iterable[Event]) -> list[Signal]:
    """Fold what was reported into signals, each named by its key; one cleared without a key clears all of its kind."""
    found: dict[str, Signal] = {}
    all_of_kind: list[Event] = []
    for event in sorted(events, key=lambda event: (event.known_at, event.happened_at, event.event_id)):
        kind, name = SignalKind(event.data["kind"]), name_of(event.kind, event.data)
        if name is None and event.kind is EventKind.SIGNAL_CLEARED:
            all_of_kind.append(event)
            continue
        one = found.setdefault(name or event.event_id, Signal(kind))
        if event.kind is EventKind.SIGNAL_CLEARED:
            one.cleared_at = one.cleared_at or event.known_at
        else:
            one.raised_at = max(one.raised_at or event.happened_at, event.happened_at)
            one.known_at, one.told_at = one.known_at or event.known_at, event.known_at
    for event in all_of_kind:
        kind = SignalKind(event.data["kind"])
        for one in found.values():
            if one.kind == kind and one.raised_at is not None and one.raised_at <= event.happened_at:
                one.cleared_at = one.cleared_at or event.known_at
        found[event.event_id] = Signal(kind, cleared_at=event.known_at, is_any=True)
    return list(found.values())
