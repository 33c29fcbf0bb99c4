"""What has a customer been through? Contacts counted one by one, and compared with the counters decisions are made on.

Histories are random and unkind: told late, twice, out of order, by somebody whose clock is ahead, planned and never
sent, on the very edge of a window, around the midnights on which Brazil moved its clocks. The counting here is by hand
and shares nothing with :mod:`serving.happenings.counting`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from regua.dice import draw, identity
from regua.records import Event
from regua.vocabulary import CHANNELS, Channel, EventKind
from serving.deciding.inputs import Inputs
from serving.deciding.pipeline import as_text
from serving.happenings.live import overlay
from serving.store import Live, Plan, Watermark

ZONE = "America/Sao_Paulo"
MOST_CONTACTS = 10
BATCH = 500
VOICE, MESSAGES = {"call", "voice_bot"}, {"push", "email", "sms", "whatsapp", "line", "telegram", "rcs"}
WEEK, DAY, HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)
LEAD = "lead"
MOMENTS = (
    datetime(2026, 3, 4, 15, 0, tzinfo=UTC),
    datetime(2026, 3, 4, 3, 0, tzinfo=UTC),  # midnight
    datetime(2026, 3, 5, 2, 59, tzinfo=UTC),
    datetime(2018, 11, 4, 3, 30, tzinfo=UTC),  # the clock has just gone forward
    datetime(2018, 11, 5, 12, 0, tzinfo=UTC),
    datetime(2018, 2, 18, 2, 30, tzinfo=UTC),  # the hour that comes twice
    datetime(2018, 2, 19, 12, 0, tzinfo=UTC),
)


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it truly was: when it was sent, when each report of it became known, and what came of it."""

    key: str
    channel: str
    contract: str | None
    at: datetime
    told: tuple[datetime, ...]
    planned: bool
    answered: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many histories were compared, how many counters differed, and the first few of those."""

    histories: int
    contacts: int
    differences: int
    shown: tuple[str, ...]


def count(contacts: Sequence[Contact], moment: datetime, plans_since: datetime | None = None) -> Mapping[str, float]:
    """Count by hand, at a moment, what is known of one customer by then, and the plans since an instant.

    A plan nobody reported says by which channel, not about which contract: it counts towards the one asked about.
    """
    today = moment.astimezone(ZoneInfo(ZONE)).date()
    found: Counter[str] = Counter()
    last, spoken, answered = None, None, None
    known = [one for one in contacts if any(told <= moment for told in one.told)]
    if plans_since is not None:
        unreported = [one for one in contacts if one.planned and one not in known and one.at > plans_since]
        known += [replace(one, contract=None) for one in unreported]
    for one in known:
        if one.answered is not None and one.answered <= moment:
            answered = max(answered or one.answered, one.answered)
            if one.channel in VOICE:
                spoken = max(spoken or one.answered, one.answered)
    for one in known:
        day = one.at.astimezone(ZoneInfo(ZONE)).date()
        if one.channel in MESSAGES and (answered is None or one.at > answered):
            found["unanswered_in_a_row"] += 1
        if day > today:
            continue
        names = ["attempts_1d"] if day == today else []
        names += ["attempts_24h"] if moment - one.at < DAY else []
        names += ["attempts_7d"] if moment - one.at < WEEK else []
        for name in names:
            found[name] += 1
            found[f"{name}_{one.channel}"] += 1
        if one.channel in VOICE and one.contract in {None, LEAD} and moment - one.at < WEEK:
            found["contract_calls_7d"] += 1
        last = max(last or one.at, one.at)
    names = ("attempts_1d", "attempts_24h", "attempts_7d")
    counts = {name: float(found[name]) for name in (*names, "contract_calls_7d", "unanswered_in_a_row")}
    counts |= {f"{name}_{channel}": float(found[f"{name}_{channel}"]) for name in names for channel in CHANNELS}
    counts["hours_since_last_contact"] = np.nan if last is None else max((moment - last) / HOUR, 0.0)
    counts["hours_since_last_conversation"] = np.nan if spoken is None else (moment - spoken) / HOUR
    return counts


def compare(histories: int, seed: int = 0) -> Outcome:
    """Compare the counters of decisions with those counted by hand, over so many random histories."""
    compared = contacts = differences = 0
    shown: list[str] = []
    while compared < histories:
        batch = compared // BATCH
        size = min(BATCH, histories - compared)
        moment = MOMENTS[batch % len(MOMENTS)]
        profiled = moment - (0.1 + 40 * _luck(identity([f"batch {batch}"]), "since", seed).item() ** 2) * HOUR
        told = list(_histories(batch, size, moment, seed))
        for which, name, live, own in _differing(told, profiled, moment):
            differences += 1
            if len(shown) < 5:
                shown.append(f"{name}: {live} where {own} were made, {moment:%Y-%m-%d %H:%M} {told[which]}")
        compared += size
        contacts += sum(map(len, told))
    return Outcome(compared, contacts, differences, tuple(shown))


def _differing(
    told: Sequence[Sequence[Contact]], profiled: datetime, moment: datetime
) -> Iterator[tuple[int, str, float, float]]:
    earlier = [count(own, profiled) for own in told]
    columns = {name: np.array([one[name] for one in earlier]) for name in earlier[0]}
    ids = [f"c{number}" for number in range(len(told))]
    stamps = np.full(len(told), np.datetime64(profiled.replace(tzinfo=None), "us"))
    columns |= {
        "customer_id": np.array(ids, dtype=object),
        "contract_id": np.array([LEAD] * len(told), dtype=object),
        "profile_at": as_text(stamps),
    }
    inputs = Inputs.fit(columns)
    events = [one for who, own in zip(ids, told, strict=True) for one in _events(who, own, profiled, moment)]
    plans = [
        Plan(one.key, who, Channel(one.channel), one.at)
        for who, own in zip(ids, told, strict=True)
        for one in own
        if one.planned and one.at > profiled - WEEK
    ]
    overlay(inputs.columns, stamps, Live(Watermark(0), tuple(plans), tuple(events), {}), moment, ZONE)
    for which, own in enumerate(told):
        for name, expected in count(own, moment, profiled - WEEK).items():
            live = float(inputs.columns[name][which])
            if not (live == expected or abs(live - expected) < 1e-6 or (live != live and expected != expected)):
                yield which, name, live, expected


def _events(who: str, contacts: Sequence[Contact], profiled: datetime, moment: datetime) -> Iterator[Event]:
    """Tell the contacts as the log holds them: those of a week before the profile and since, in a wrong order."""
    for one in reversed(contacts):
        about = {"channel": Channel(one.channel), "contract_id": one.contract, "data": {"contact_id": one.key}}
        decision = one.key if one.planned else None
        for copy, known in enumerate(one.told):
            if profiled - WEEK < known <= moment:
                name = f"{who}/{one.key}/{copy}"
                yield Event(name, EventKind.CONTACT_SENT, who, one.at, known, decision_id=decision, **about)
        if one.answered is not None and profiled - WEEK < one.answered <= moment:
            name = f"{who}/{one.key}/answered"
            yield Event(name, EventKind.CONTACT_REPLIED, who, one.at, one.answered, decision_id=decision, **about)


def _histories(batch: int, size: int, moment: datetime, seed: int) -> Iterator[list[Contact]]:
    slots = np.arange(size * MOST_CONTACTS)
    who = identity(np.array([f"{batch}/{slot}" for slot in slots], dtype=object))
    luck = {name: _luck(who, name, seed) for name in ("is", "ago", "edge", "late", "twice", "answer", "about", "how")}
    found: list[list[Contact]] = [[] for _ in range(size)]
    for slot in slots[luck["is"] < 0.6].tolist():
        one = {name: float(values[slot]) for name, values in luck.items()}
        channel = str(CHANNELS[int(one["how"] * len(CHANNELS))])
        at = _instant(moment, one["ago"], one["edge"])
        late = timedelta(minutes=int(one["late"] ** 6 * 4_320))
        # A clock that is ahead: what is told to have happened later than now is known when it happens.
        first = max(at + late, at)
        again = (first + timedelta(minutes=int(one["twice"] * 3_000)),) if one["twice"] < 0.2 else ()
        contract = (None, LEAD, "another")[int(one["about"] * 3)]
        contact = Contact(f"k{slot}", channel, contract, at, (first, *again), planned=False, answered=None)
        if one["answer"] < 0.15 and again == ():
            contact = replace(contact, answered=first + timedelta(minutes=int(one["answer"] * 9_000)))
        elif one["answer"] > 0.85 and at <= moment:
            contact = replace(contact, planned=True, told=() if one["answer"] > 0.93 else contact.told)
        found[slot // MOST_CONTACTS].append(contact)
    yield from found


def _instant(moment: datetime, ago: float, edge: float) -> datetime:
    """Pick an instant, now and then the very edge of a window or a minute beside it."""
    if edge < 0.3:
        midnight = datetime.combine(moment.astimezone(ZoneInfo(ZONE)).date(), datetime.min.time(), ZoneInfo(ZONE))
        edges = (moment - DAY, moment - WEEK, midnight.astimezone(UTC), moment)
        return edges[int(ago * 4)] + timedelta(minutes=int(edge * 10) - 1)
    return moment + 6 * HOUR - timedelta(minutes=int(ago**2 * 12 * 1_440))


def _luck(who: np.ndarray, name: str, seed: int) -> np.ndarray:
    return draw(who, f"caps/{name}", 0, seed)
