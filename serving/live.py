"""What happened since the profile was taken, laid over it: nobody who paid this morning is called this afternoon."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from regua.clock import local_date, utc
from regua.columns import Array
from regua.records import Event
from regua.vocabulary import CHANNELS, EventKind
from serving.effects import EFFECTS, Row
from serving.store import Live, Plan

LOOK_BACK = timedelta(days=7)
"""How far back planned contacts are read: the longest window a frequency rule counts."""

_READ = frozenset({EventKind.CONTACT_READ, EventKind.CONTACT_REPLIED})
_DAILY = ("attempts_1d", *(f"attempts_1d_{channel}" for channel in CHANNELS))
_CARRIED = ("journey_version", "step_last", "step_channels_tried", "stepped_on")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One contact, reported as sent or still only planned."""

    channel: str | None
    at: datetime
    decision_id: str | None
    is_sent: bool


def overlay(columns: dict[str, Array], profile_at: Array, live: Live, moment: datetime, zone: str) -> None:
    """Bring profile rows up to a moment, in place, and put each customer's position beside them.

    An event counts if it became known after ``profile_at`` and by the moment. A planned contact counts as an attempt
    until the profile knows it was sent; one that no sender ever reported keeps counting for seven days.

    Parameters
    ----------
    columns
        All columns of :data:`serving.inputs.SHAPE`, ``(n,)`` each.
    profile_at
        ``(n,)`` instants up to which each row already knows; NaT where there is no profile.
    live
        Plans, events and positions of these customers.
    moment
        The moment decided for.
    zone
        The zone of the business day.
    """
    today = local_date(moment, zone)
    _forget_yesterday(columns, profile_at, today, zone)
    _place(columns, live, today)
    events, plans = _by_customer(live.events), _by_customer(live.plans)
    if not events and not plans:
        return
    for index, customer_id in enumerate(columns["customer_id"].tolist()):
        own, planned = events.get(customer_id, []), plans.get(customer_id, [])
        if np.isnat(profile_at[index]) or not (own or planned):
            continue
        known_until = profile_at[index].item().replace(tzinfo=UTC)
        row = Row(columns, index, moment)
        for event in own:
            if event.known_at > known_until and event.kind in EFFECTS:
                EFFECTS[event.kind](row, event)
        _count(row, _attempts(own, planned, known_until), today, zone)
        _last_contact(row, own, planned)


def _by_customer(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id].append(row)
    return grouped


def _forget_yesterday(columns: dict[str, Array], profile_at: Array, today: date, zone: str) -> None:
    for stamp in np.unique(profile_at[~np.isnat(profile_at)]):
        if local_date(stamp.item(), zone) < today:
            rows = profile_at == stamp
            for name in _DAILY:
                columns[name][rows & ~np.isnan(columns[name])] = 0.0


def _place(columns: dict[str, Array], live: Live, today: date) -> None:
    hours = columns["days_since_last_contact"] * 24.0
    columns["hours_since_last_contact"][:] = hours
    is_read = columns["days_since_last_read"] <= columns["days_since_last_contact"]
    columns["is_last_contact_read"][:] = np.where(np.isnan(hours), np.nan, is_read)
    if not live.positions:
        return
    for index, customer_id in enumerate(columns["customer_id"].tolist()):
        position = live.positions.get(customer_id)
        if position is None:
            continue
        for name in _CARRIED:
            columns[name][index] = _or_null(position.get(name))
        columns["journey_day"][index] = today.toordinal() - _or_null(position.get("journey_entered_on"))
        columns["journey"][index] = position.get("journey")
        columns["last_journey_exit"][index] = position.get("last_journey_exit")


def _or_null(value: Any) -> float:
    return np.nan if value is None else float(value)


def _attempts(events: Sequence[Event], plans: Sequence[Plan], known_until: datetime) -> list[Attempt]:
    sent = [event for event in events if event.kind is EventKind.CONTACT_SENT]
    reported = {event.decision_id for event in sent}
    planned = [
        Attempt(plan.channel, plan.send_at, plan.decision_id, is_sent=False)
        for plan in plans
        if plan.decision_id not in reported
    ]
    news = [
        Attempt(event.channel, utc(event.happened_at), event.decision_id, is_sent=True)
        for event in sent
        if event.known_at > known_until
    ]
    return planned + news


def _count(row: Row, attempts: Sequence[Attempt], today: date, zone: str) -> None:
    for attempt in attempts:
        day = local_date(attempt.at, zone)
        if day > today:
            continue
        if day == today:
            row.add("attempts_1d", 1)
            row.add(f"attempts_1d_{attempt.channel}", 1)
        age = row.moment - attempt.at
        if age < LOOK_BACK:
            row.add("attempts_7d", 1)
            row.add(f"attempts_7d_{attempt.channel}", 1)
        if attempt.is_sent:
            row.add("attempts_30d", 1)
            row.add(f"attempts_30d_{attempt.channel}", 1)
            row.add("attempts_90d", 1)
            row.set("days_since_last_contact", max(age.days, 0))


def _last_contact(row: Row, events: Sequence[Event], plans: Sequence[Plan]) -> None:
    sent = [event for event in events if event.kind is EventKind.CONTACT_SENT]
    reported = {event.decision_id for event in sent}
    contacts = [(utc(event.happened_at), event.decision_id) for event in sent]
    contacts += [(plan.send_at, plan.decision_id) for plan in plans if plan.decision_id not in reported]
    if not contacts:
        return
    at, decision_id = max(contacts, key=lambda contact: contact[0])
    hours = max((row.moment - at).total_seconds() / 3600.0, 0.0)
    since_profile = row.get("hours_since_last_contact")
    if since_profile < hours:
        return
    read = any(
        event.kind in _READ and utc(event.happened_at) >= at and event.decision_id in (None, decision_id)
        for event in events
    )
    row.set("hours_since_last_contact", hours)
    row.set("is_last_contact_read", float(read))
