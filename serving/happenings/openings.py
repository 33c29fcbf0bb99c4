"""Promises, disputes and claims of payment of one customer, as the log tells them: each ends by its own name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from features.windows.customer_promises import GRACE_DAYS
from regua.clock import local_date
from regua.episodes import lasting, name_of
from regua.records import Event
from regua.vocabulary import EventKind, HoldKind, PromiseResolution
from serving.happenings.effects import Row

PROMISE, DISPUTE, CLAIM = "promise", "dispute", "paid_claim"
_BEGINS: Mapping[EventKind, str] = {
    EventKind.PROMISE_MADE: PROMISE,
    EventKind.DISPUTE_OPENED: DISPUTE,
    EventKind.PAYMENT_CLAIMED: CLAIM,
}
_ENDS: Mapping[EventKind, frozenset[str]] = {
    EventKind.PROMISE_RESOLVED: frozenset({PROMISE}),
    EventKind.DISPUTE_RESOLVED: frozenset({DISPUTE, CLAIM}),
}
ABOUT_OPENINGS = frozenset({*_BEGINS, *_ENDS})
PENDING = timedelta(days=GRACE_DAYS)
"""How long after its day a profile still waits for what was promised."""
OF_A_YEAR = timedelta(days=364)
"""What began so long before a profile at most, it counts among those of a year, whatever the hour."""


@dataclass(slots=True)
class Opening:
    """Something that was opened and may have ended: when Regua learned of either; None where it did not yet.

    ``told`` is what was told of its beginning; nothing where it lies before what was read of the log. ``is_any``: an
    end that named nothing, and so stands for whatever the profile alone knows.
    """

    what: str
    told: list[Event] = field(default_factory=list)
    resolution: str | None = None
    resolved_at: datetime | None = None
    is_any: bool = False

    @property
    def begun(self) -> Event | None:
        """What was told last of its beginning, by when it happened."""
        return max(self.told, key=_lasting, default=None)

    def begun_by(self, known_until: datetime) -> Event | None:
        """Return what a profile knows of its beginning."""
        return max((one for one in self.told if one.known_at <= known_until), key=_lasting, default=None)

    def is_moved(self, known_until: datetime) -> bool:
        """Say whether it was told since to be another one than the profile knows, for another day or amount."""
        before, now = self.begun_by(known_until), self.begun
        return before is not None and now is not None and _promised(before) != _promised(now)

    @property
    def made_at(self) -> datetime | None:
        """When Regua first learned that it began."""
        return min((one.known_at for one in self.told), default=None)

    def is_new(self, known_until: datetime) -> bool:
        """Whether the profile does not know that it was opened."""
        return self.made_at is not None and self.made_at > known_until

    def ended_since(self, known_until: datetime) -> bool:
        """Whether it has ended, and the profile does not know that: of an end told before its beginning it does not."""
        return self.resolved_at is not None and (self.resolved_at > known_until or self.is_new(known_until))


@dataclass(frozen=True, slots=True)
class _Changes:
    """What became of the openings of one kind since the profile: new ones, and of those it knew the ended and left."""

    new: tuple[Opening, ...]
    ended: tuple[Opening, ...]
    left: tuple[Opening, ...]
    known: int
    """How many of a year the profile knows that the log knows as well, ended or not."""

    @classmethod
    def of(cls, told: Iterable[Opening], what: str, known_until: datetime) -> "_Changes":
        own = [one for one in told if one.what == what]
        known = [one for one in own if not one.is_new(known_until)]
        return cls(
            tuple(one for one in own if one.is_new(known_until)),
            tuple(one for one in known if one.ended_since(known_until)),
            tuple(one for one in known if one.resolved_at is None),
            sum(one.begun is None or one.begun.happened_at > known_until - OF_A_YEAR for one in known),
        )

    @property
    def ends_all(self) -> bool:
        """Whether something ended that was not named."""
        return any(one.is_any for one in self.ended)

    @property
    def open_now(self) -> list[Event]:
        """What was told of the new ones that have not ended."""
        return [one.begun for one in self.new if one.begun is not None and one.resolved_at is None]


def settle(row: Row, events: Sequence[Event], known_until: datetime) -> None:
    """Bring promises, disputes and claims of payment up to the moment.

    What ends by its name leaves the others open. Where only the profile could know whether another is open, by what it
    counts, one is: the stricter answer stands until the next profile.

    Parameters
    ----------
    events
        About them, of the last seven days before the profile, and since; of what is named in that time, all there are.
    known_until
        The instant up to which the profile knows.
    """
    if not events:
        return
    told = openings(events)
    _promises(row, _Changes.of(told, PROMISE, known_until), told, known_until)
    disputes = _Changes.of(told, DISPUTE, known_until)
    counted = row.get("disputes_365d")
    row.add("disputes_365d", len(disputes.new))
    # What ended may have ended before, and be told again: of those of a year the log has to know every one.
    is_strange = not counted <= disputes.known
    _contested(row, ("has_open_dispute", "open_disputes"), HoldKind.DISPUTE_OPEN, disputes, is_strange=is_strange)
    claims = _Changes.of(told, CLAIM, known_until)
    for one in claims.new:
        if one.begun is not None:
            row.least("days_since_paid_claim", row.days_since(one.begun.happened_at))
    is_strange = any(one.begun is None for one in claims.ended)
    _contested(row, ("has_paid_claim", "open_paid_claims"), HoldKind.PAID_CLAIM_PENDING, claims, is_strange=is_strange)


def _promises(row: Row, changes: _Changes, told: Iterable[Opening], known_until: datetime) -> None:
    row.add("promises_365d", len(changes.new))
    ended = [one for one in told if one.what == PROMISE and one.ended_since(known_until)]
    for one in [one for one in ended if not one.is_any] or ended:
        if one.resolved_at is not None:
            if one.resolution == PromiseResolution.KEPT:
                row.add("promises_kept_365d", 1)
            if one.resolution == PromiseResolution.BROKEN:
                row.add("promises_broken_365d", 1)
                row.least("days_since_last_broken_promise", row.days_since(one.resolved_at))
    dawn = local_date(known_until, row.day.zone)
    # What is told anew while it is open is promised for another day: it ends as it was, and begins as it is.
    moved = [one for one in changes.left if one.is_moved(known_until)]
    ended_as = [one.begun_by(known_until) for one in (*changes.ended, *moved)]
    awaited = [one for one in ended_as if one is None or _is_awaited(one, dawn)]
    if awaited and row.get("has_open_promise") > 0:
        left = [one.begun for one in changes.left if one.begun is not None and _is_awaited(one.begun, dawn)]
        _promise_ended(row, left, [one for one in awaited if one is not None], is_all=changes.ends_all)
    for event in (*changes.open_now, *(one.begun for one in moved if one.begun is not None)):
        row.set("has_open_promise", 1.0)
        row.add("open_promise_cents", float(event.amount_cents or 0))
        before, days = row.get("days_to_promise"), _days_to(row, event)
        if before < 0 <= days:
            # What is promised anew is awaited, whatever became of what was promised before.
            row.set("days_to_promise", days)
        elif not days < 0 <= before:
            row.least("days_to_promise", days)


def _is_awaited(promised: Event, day: date) -> bool:
    """Whether a profile of a day counts it as pending while it has not ended, by the day it was promised for."""
    promised_for = promised.data.get("promised_for")
    return promised_for is None or date.fromisoformat(str(promised_for)) >= day - PENDING


def _promised(event: Event) -> tuple[object, object]:
    return event.data.get("promised_for"), event.amount_cents


def _lasting(event: Event) -> tuple[datetime, datetime, int, str]:
    return *lasting(event.happened_at, event.data), event.amount_cents or 0, event.event_id


def _promise_ended(row: Row, left: Sequence[Event], ended: Sequence[Event], *, is_all: bool) -> None:
    """Close what the profile knows to be promised, or leave what is promised beside it: the amounts tell.

    An end of what the log knows no beginning of may be of a promise that is still to be told: it closes nothing.
    """
    amount = sum(float(one.amount_cents or 0) for one in ended)
    if not left and (is_all or (amount > 0 and row.get("open_promise_cents") <= amount)):
        row.set("has_open_promise", 0.0)
        row.set("open_promise_cents", 0.0)
        row.set("days_to_promise", np.nan)
        return
    row.set("open_promise_cents", max(row.get("open_promise_cents") - amount, 0.0))
    # The day the profile tells may be that of the one that ended; of one nobody knows the day of, it is awaited.
    days = [_days_to(row, event) for event in left]
    row.set("days_to_promise", min([one for one in days if not one < 0] or days, default=np.nan))


def _days_to(row: Row, event: Event) -> float:
    promised_for = event.data.get("promised_for")
    return float((date.fromisoformat(str(promised_for)) - row.day.date).days) if promised_for else np.nan


def _contested(row: Row, names: tuple[str, str], hold: HoldKind, changes: _Changes, *, is_strange: bool) -> None:
    """Hold what is contested, by its mark and its count; a hold placed beside it is lifted by whoever placed it.

    Parameters
    ----------
    is_strange
        Whether what ended may be something else than what the profile counts as open.
    """
    name, counted = names
    left = row.get(counted)
    if changes.ends_all:
        left = 0.0
    elif not is_strange:
        left -= len(changes.ended)
    if left < len(changes.left):
        left = len(changes.left)
    row.set(counted, left + len(changes.open_now))
    if changes.open_now:
        row.set(name, 1.0)
        row.hold(hold)
    elif changes.ended and left == 0:
        row.set(name, 0.0)


def openings(events: Iterable[Event]) -> list[Opening]:
    """Fold what was reported: each is known by its name; told twice it is one, in whatever order.

    An end that names nothing ends all of its kind that began before it; one that names what the log does not know ends
    that alone.
    """
    found: dict[tuple[str, str], Opening] = {}
    ends: list[Event] = []
    for event in sorted(events, key=lambda event: (event.known_at, event.happened_at, event.event_id)):
        if event.kind in _ENDS:
            ends.append(event)
            continue
        what = _BEGINS[event.kind]
        found.setdefault((what, name_of(event.kind, event.data) or event.event_id), Opening(what)).told.append(event)
    for event in ends:
        for one in _ended_by(event, found):
            if one.resolved_at is None:
                one.resolution, one.resolved_at = event.data.get("resolution"), event.known_at
    return list(found.values())


def _ended_by(event: Event, found: dict[tuple[str, str], Opening]) -> list[Opening]:
    name, kinds = name_of(event.kind, event.data), _ENDS[event.kind]
    what = PROMISE if PROMISE in kinds else CLAIM if event.data.get("kind") == CLAIM else DISPUTE
    if name is None:
        begun = [(one, one.begun) for one in found.values() if one.what == what and one.begun is not None]
        before = [one for one, beginning in begun if beginning.happened_at <= event.happened_at]
        return [*before, found.setdefault((what, event.event_id), Opening(what, is_any=True))]
    named = [found[kind, name] for kind in sorted(kinds) if (kind, name) in found]
    return named or [found.setdefault((what, name), Opening(what))]
