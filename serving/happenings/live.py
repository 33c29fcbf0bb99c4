"""What happened since the profile was taken, laid over it: nobody who paid this morning is called this afternoon."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from journeys.language import position
from regua.clock import local_date
from regua.columns import Array
from regua.episodes import told_apart
from regua.records import Event
from regua.vocabulary import ContactOutcome, EventKind, SignalKind
from serving.happenings.arrangements import ABOUT_ARRANGEMENTS, arrange
from serving.happenings.attempts import ABOUT_CONTACTS, contacts
from serving.happenings.counting import AGEING, OF_THE_DAY, count
from serving.happenings.effects import EFFECTS, KEYS, Day, Row, close_point
from serving.happenings.openings import ABOUT_OPENINGS, settle
from serving.happenings.permissions import PERMISSIONS, permit
from serving.happenings.signals import SIGNALS, notice
from serving.store import Live

_DAYS_SINCE = (
    "days_since_last_contact",
    "days_since_last_read",
    "days_since_last_reply",
    "days_since_last_broken_promise",
    "days_since_paid_claim",
    *(f"days_since_{kind}" for kind in SignalKind),
)
_MADE_HERE = frozenset({"journey_day", "last_contact_state", "hours_since_last_contact"})
_CARRIED = tuple(name for name in position.NUMBERS if name not in _MADE_HERE)


def overlay(columns: dict[str, Array], profile_at: Array, live: Live, moment: datetime, zone: str) -> None:
    """Bring profile rows up to a moment, in place, and put each customer's position beside them.

    An event counts if it became known after ``profile_at`` and by the moment; told twice, under one key, it counts
    once. A planned contact counts as an attempt until the profile knows it was sent; one that no sender ever reported
    keeps counting for seven days.

    Parameters
    ----------
    columns
        All columns of :data:`serving.deciding.inputs.SHAPE`, ``(n,)`` each.
    profile_at
        ``(n,)`` instants up to which each row already knows; NaT where there is no profile.
    live
        Plans, events and positions of these customers.
    moment
        The moment decided for.
    zone
        The zone of the business day.
    """
    _age(columns, profile_at, moment, zone)
    _place(columns, live, moment, zone)
    day = Day.of(moment, zone)
    events, plans = _by_customer(live.events), _by_customer(live.plans)
    for index, customer_id in enumerate(columns["customer_id"].tolist() if events or plans else ()):
        own, planned = told_apart(events.get(customer_id, [])), plans.get(customer_id, [])
        if np.isnat(profile_at[index]) or not (own or planned):
            continue
        known_until = profile_at[index].item().replace(tzinfo=UTC)
        row = Row(columns, index, moment, day)
        for event in _news(own, known_until):
            EFFECTS[event.kind](row, event)
        settle(row, [event for event in own if event.kind in ABOUT_OPENINGS], known_until)
        permit(row, [event for event in own if event.kind in PERMISSIONS], known_until)
        notice(row, [event for event in own if event.kind in SIGNALS], known_until)
        arrange(row, [event for event in own if event.kind in ABOUT_ARRANGEMENTS], known_until)
        made = contacts([event for event in own if event.kind in ABOUT_CONTACTS], planned)
        count(row, made, known_until)
        for one in made:
            is_news = one.outcome_at is not None and one.outcome_at > known_until
            if is_news and one.outcome == ContactOutcome.WRONG_PARTY and one.channel:
                close_point(row, one.channel)


def _by_customer(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id].append(row)
    return grouped


def _news(events: Iterable[Event], known_until: datetime) -> list[Event]:
    """Pick the events that change something and that the profile does not know, each key once, as they happened."""
    told = sorted(
        (event for event in events if event.kind in EFFECTS), key=lambda event: (event.known_at, event.event_id)
    )
    first: dict[tuple[EventKind, str], Event] = {}
    for event in told:
        first.setdefault(_key(event), event)
    news = [event for event in first.values() if event.known_at > known_until]
    # At one instant by what they are about, and not by who told it first: the same thing may come under two names.
    return sorted(news, key=lambda event: (event.happened_at, _key(event)))


def _key(event: Event) -> tuple[EventKind, str]:
    return event.kind, str(event.data.get(KEYS[event.kind]) or event.event_id)


def distinct(stamps: Array) -> Array:
    """Return the instants among some, each once."""
    known = stamps[~np.isnat(stamps)]
    return known if len(known) < 2 else np.unique(known)


def _age(columns: dict[str, Array], profile_at: Array, moment: datetime, zone: str) -> None:
    """Let hours and days pass since each profile; the counts of a day begin anew with the day."""
    today = local_date(moment, zone)
    for stamp in distinct(profile_at):
        at = stamp.item().replace(tzinfo=UTC)
        alike = profile_at == stamp
        # Most often all profiles are of one night: no row needs to be picked.
        rows = slice(None) if alike.all() else alike
        for name in AGEING:
            columns[name][rows] += max((moment - at) / timedelta(hours=1), 0.0)
        days = (today - local_date(at, zone)).days
        if days > 0:
            for name in _DAYS_SINCE:
                columns[name][rows] += days
            for name in ("days_to_promise", "days_to_instalment"):
                columns[name][rows] -= days
            for name in OF_THE_DAY:
                columns[name][rows] *= 0.0  # what is unknown stays so


def _place(columns: dict[str, Array], live: Live, moment: datetime, zone: str) -> None:
    if not live.positions:
        return
    today = local_date(moment, zone).toordinal()
    for index, customer_id in enumerate(columns["customer_id"].tolist()):
        stood = live.positions.get(customer_id)
        if stood is None:
            continue
        for name in _CARRIED:
            columns[name][index] = _or_null(stood.get(name))
        for name in position.TEXTS:
            columns[name][index] = stood.get(name)
        columns["journey_day"][index] = today - _or_null(stood.get("journey_entered_on"))


def _or_null(value: Any) -> float:
    return np.nan if value is None else float(value)
