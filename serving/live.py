"""What happened since the profile was taken, laid over it: nobody who paid this morning is called this afternoon."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from regua.clock import local_date, utc
from regua.columns import Array, Columns, height, number
from regua.records import Event
from regua.vocabulary import CHANNELS, EventKind
from serving.effects import EFFECTS, TOUCHED, Row
from serving.store import Live, Plan

LOOK_BACK = timedelta(days=7)
"""How far back planned contacts are read: the longest window a frequency rule counts."""

_READ = frozenset({EventKind.CONTACT_READ, EventKind.CONTACT_REPLIED})
_DAILY = ("attempts_1d", *(f"attempts_1d_{channel}" for channel in CHANNELS))
_CARRIED = ("journey_version", "step_last", "step_channels_tried")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One contact, reported as sent or still only planned."""

    channel: str | None
    at: datetime
    decision_id: str | None
    is_sent: bool


def overlay(profile: Columns, live: Live, moment: datetime, zone: str) -> dict[str, Array]:
    """Return the profile and each customer's position as they stand at the moment.

    Parameters
    ----------
    profile
        Rows as :class:`serving.profiles.Profiles` reads them; ``profile_at`` says what each already knows.
    live
        Plans, events and positions of these customers.
    moment
        The moment decided for; what became known later does not count.
    zone
        The zone of the business day.

    Returns
    -------
    Columns of the same rows: features brought up to date, and the position columns. An event counts towards the
    features if it became known after ``profile_at``. A planned contact counts as an attempt until the profile
    knows it was sent; one that no sender ever reported keeps counting for seven days.
    """
    columns = {name: array.copy() if name in TOUCHED else array for name, array in profile.items()}
    for name in TOUCHED - columns.keys():
        columns[name] = np.full(height(profile), np.nan)
    today = local_date(moment, zone)
    stamps = [None if np.isnat(stamp) else stamp.item().replace(tzinfo=UTC) for stamp in profile["profile_at"]]
    _forget_yesterday(columns, stamps, today, zone)
    events, plans = _by_customer(live.events), _by_customer(live.plans)
    _place(columns, live, today)
    for index, customer_id in enumerate(profile["customer_id"]):
        known_until = stamps[index]
        if known_until is None or (customer_id not in events and customer_id not in plans):
            continue
        row = Row(columns, index, moment)
        own = events.get(customer_id, [])
        for event in own:
            if event.known_at > known_until and event.kind in EFFECTS:
                EFFECTS[event.kind](row, event)
        attempts = _attempts(own, plans.get(customer_id, []), known_until)
        _count(row, attempts, today, zone)
        _last_contact(row, own, plans.get(customer_id, []))
    return columns


def _by_customer(rows: Iterable[Any]) -> Mapping[str, list[Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.customer_id].append(row)
    return grouped


def _forget_yesterday(columns: dict[str, Array], stamps: Sequence[datetime | None], today: date, zone: str) -> None:
    days = {stamp: local_date(stamp, zone) for stamp in set(stamps) if stamp is not None}
    old = np.array([stamp is not None and days[stamp] < today for stamp in stamps], dtype=bool)
    for name in _DAILY:
        columns[name][old & ~np.isnan(columns[name])] = 0.0


def _place(columns: dict[str, Array], live: Live, today: date) -> None:
    count = height(columns)
    ids = columns["customer_id"]
    for name in (*_CARRIED, "journey_day"):
        columns[name] = np.full(count, np.nan)
    for name in ("journey", "last_journey_exit"):
        columns[name] = np.full(count, None, dtype=object)
    hours = number(columns, "days_since_last_contact") * 24.0
    columns["hours_since_last_contact"] = hours
    read = number(columns, "days_since_last_read") <= number(columns, "days_since_last_contact")
    columns["is_last_contact_read"] = np.where(np.isnan(hours), np.nan, read.astype(np.float64))
    if not live.positions:
        return
    for index, customer_id in enumerate(ids):
        if customer_id not in live.positions:
            continue
        position = live.positions[customer_id]
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


