"""What the customer permits and what pauses contact, as the log tells it: consents and holds, whatever their order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from regua.episodes import FOREVER, lasting, name_of
from regua.records import Event
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, EventKind, HoldKind
from serving.happenings.effects import Row

_CONSENTS: Mapping[EventKind, bool] = {EventKind.OPTED_OUT: False, EventKind.OPTED_IN: True}
_HOLDS = frozenset({EventKind.HOLD_PLACED, EventKind.HOLD_LIFTED})
PERMISSIONS = frozenset({*_CONSENTS, *_HOLDS})


@dataclass(slots=True)
class Hold:
    """One pause of contact: its kind, when it began, was placed, ends and was lifted; instants None where unknown.

    ``known_at`` is when it was first told of, ``placed_at`` when last: told again, it has another end, and is no other
    pause, unless it was lifted before (:mod:`regua.episodes`). ``is_any``: what
    was lifted without a name, and so stands for whatever the profile alone knows.
    """

    kind: str | None = None
    known_at: datetime | None = None
    began_at: datetime | None = None
    placed_at: datetime | None = None
    ends_at: datetime = FOREVER
    lifted_at: datetime | None = None
    is_any: bool = False

    def is_over(self, moment: datetime) -> bool:
        """Say whether it has ended or was lifted by a moment."""
        return self.lifted_at is not None or self.ends_at <= moment


def permit(row: Row, events: Sequence[Event], known_until: datetime) -> None:
    """Bring consents and holds up to the moment.

    Of a customer's words about a channel the one spoken last counts, of two at one instant the refusal; a yes spoken
    before the profile, but reported after it, does not overrule a no whose instant only the profile knows. A hold that
    ends or is lifted releases, unless the profile knows of another of its kind; one that came and went since the
    profile releases nothing.

    Parameters
    ----------
    events
        Consents and holds of the last seven days before the profile, and since; all holds there are, where one was
        named in that time.
    known_until
        The instant up to which the profile knows.
    """
    if not events:
        return
    _consents(row, [event for event in events if event.kind in _CONSENTS], known_until)
    _holds(row, [event for event in events if event.kind in _HOLDS], known_until)


def _consents(row: Row, events: Iterable[Event], known_until: datetime) -> None:
    said: dict[Channel, list[Event]] = {}
    for event in events:
        for channel in (event.channel,) if event.channel else CHANNELS:
            said.setdefault(channel, []).append(event)
    for channel, words in said.items():
        last = max(words, key=lambda event: (event.happened_at, not _CONSENTS[event.kind]))
        if last.known_at <= known_until:
            continue
        name = f"consent_{channel}"
        is_yes = _CONSENTS[last.kind]
        no_is_older = any(not _CONSENTS[event.kind] for event in words) or last.happened_at > known_until
        if not is_yes or no_is_older or row.get(name) != 0:
            row.set(name, float(is_yes))


def _holds(row: Row, events: Sequence[Event], known_until: datetime) -> None:
    repeated = row.get("hold_bits_repeated")
    found = holds(events)
    for kind in {HoldKind(one.kind) for one in found if one.kind}:
        own = [one for one in found if one.kind == kind]
        in_force = [one for one in own if one.placed_at is not None and not one.is_over(row.moment)]
        if in_force:
            if max(one.placed_at for one in in_force if one.placed_at) > known_until:
                row.hold(kind, max(one.began_at for one in in_force if one.began_at))
        elif not (repeated == repeated and int(repeated) & HOLD_BIT[kind]) and any(
            _released(one, row.moment, known_until) for one in own
        ):
            row.lift(kind)


def _released(hold: Hold, moment: datetime, known_until: datetime) -> bool:
    """Say whether a hold the profile knows was let go after it was taken."""
    if not hold.is_any and (hold.known_at is None or hold.known_at > known_until):
        # What the profile tells of its kind is another one, or may be: that one is still to be told.
        return False
    if hold.lifted_at is not None:
        return hold.lifted_at > known_until
    return known_until < hold.ends_at <= moment


def holds(events: Iterable[Event]) -> list[Hold]:
    """Fold what was reported into holds, each named by its key; one lifted without a key lifts all of its kind."""
    found: dict[str, Hold] = {}
    all_of_kind: list[Event] = []
    for event in sorted(events, key=lambda event: (event.known_at, event.happened_at, event.event_id)):
        key = name_of(event.kind, event.data)
        if event.kind is EventKind.HOLD_LIFTED and key is None:
            all_of_kind.append(event)
            continue
        hold = found.setdefault(key or event.event_id, Hold())
        hold.kind = hold.kind or event.data.get("kind")
        if event.kind is EventKind.HOLD_LIFTED:
            hold.lifted_at = hold.lifted_at or event.known_at
        else:
            hold.known_at, hold.placed_at = hold.known_at or event.known_at, event.known_at
            lasts = lasting(event.happened_at, event.data)
            if hold.began_at is None or lasts > (hold.began_at, hold.ends_at):
                hold.began_at, hold.ends_at = lasts
    for event in all_of_kind:
        for hold in found.values():
            is_before = hold.began_at is not None and hold.began_at <= event.happened_at
            if hold.kind == event.data.get("kind") and is_before:
                hold.lifted_at = hold.lifted_at or event.known_at
        found[event.event_id] = Hold(event.data.get("kind"), lifted_at=event.known_at, is_any=True)
    return list(found.values())
