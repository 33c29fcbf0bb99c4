"""Examples run as tests: a customer in figures, day by day, through the real kernel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import ValidationError

from journeys.book import Book
from journeys.book.grammar import Example, Expectation
from journeys.book.journeys import CompiledJourney
from journeys.book.reasons import CODES
from journeys.decisions import Decisions
from journeys.kernel import decide
from journeys.language.fields import HOLDS
from journeys.language.reading import unknown
from regua.columns import Array
from regua.errors import BookError, Place
from regua.money import cents
from regua.predicates import Field, FieldKind
from regua.vocabulary import CHANNELS, HOLD_BIT

AN_ORDINARY_TUESDAY = "2026-03-03 10:00"
NULL = "NULL"

ORDINARY: Mapping[str, str] = {
    "has_profile": "1",
    "days_past_due": "1",
    "balance_overdue": "300.00",
    "customer_balance_overdue": "300.00",
    "product": "card",
    "region": "SP",
    "contact_points_valid": "7",
    "attempts_90d": "0",
    "hold_bits": "0",
    "p_roll": "0.30",
    "p_self_cure": "0.30",
    "p_response_nothing": "0.10",
    **{f"has_point_{channel}": "1" for channel in CHANNELS},
    **{f"consent_{channel}": "1" for channel in CHANNELS},
    "p_response_push": "0.20",
    "p_response_email": "0.18",
    "p_response_sms": "0.22",
    "p_response_whatsapp": "0.25",
    "p_response_voice_bot": "0.20",
    "p_response_call": "0.35",
    "p_response_letter": "0.20",
}
"""Who a customer is where an example is silent: in São Paulo, reachable on every channel, owing R$ 300.00."""


@dataclass(frozen=True, slots=True)
class Miss:
    """An example that came out differently, and where it says so."""

    place: Place
    found: str
    expected: str


def run(book: Book, journey: CompiledJourney) -> Iterator[Miss]:
    """Run a journey's examples and report what came out differently.

    Raises
    ------
    BookError
        An example names an unknown field or value, or its lists differ in length.
    """
    for index, example in enumerate(journey.written.examples):
        expected = [_expectation(text, book, journey, index, day) for day, text in enumerate(example.expect)]
        for day, decisions in enumerate(live(book, journey, index)):
            found, wanted = decisions.action[0], expected[day]
            reasons, where = decisions.reasons[0], decisions.journey[0]
            place = _place(journey, index, "expect", day)
            if found != wanted.action:
                yield Miss(place, f"day {day + 1} of {example.name!r}: {found} ({', '.join(reasons)})", wanted.action)
            elif wanted.journey not in (None, where):
                yield Miss(place, f"day {day + 1} of {example.name!r}: in {where}", f"in {wanted.journey}")
            elif wanted.offer is not None and wanted.offer != _offer(decisions):
                offer = _offer(decisions) or "no offer"
                yield Miss(place, f"day {day + 1} of {example.name!r}: with {offer}", f"with {wanted.offer}")
            elif wanted.reason is not None and wanted.reason not in reasons:
                yield Miss(place, f"day {day + 1} of {example.name!r}: because {', '.join(reasons)}", wanted.reason)


def _offer(decisions: Decisions) -> str | None:
    which = int(decisions.offer[0])
    return decisions.book.offers.names[which] if which >= 0 else None


def live(book: Book, journey: CompiledJourney, index: int) -> Iterator[Decisions]:
    """Let the customer of an example live through its days, with the dice at rest.

    Each entry of a list is a day; where ``days_past_due`` is a list it says how far apart the days are. Contacts made
    earlier in the example count; whether they were read is for the example to say.
    """
    example = journey.written.examples[index]
    days = _days(example, journey, index)
    start = _moment(example.at, book, journey, index)
    steady = _as_given(book.without_chance(), example)
    position: dict[str, Array] = {}
    sent: list[tuple[datetime, int]] = []
    for day, offset in enumerate(days):
        moment = start + timedelta(days=offset)
        columns = _columns(example, day, book, journey, index)
        if position:
            entered = position["journey_entered_on"]
            columns |= position | {"journey_day": moment.date().toordinal() - entered}
        decisions = decide(_history(sent, moment) | columns, steady, moment)
        yield decisions
        position = dict(decisions.position_next)
        if decisions.channel[0] >= 0:
            sent.append((moment, int(decisions.channel[0])))


def _as_given(book: Book, example: Example) -> Book:
    """Return a book that leaves alone the bands, groups and waits an example gives."""
    segments, tables, given = book.segments, book.patience.tables, example.given
    return replace(
        book,
        segments=replace(
            segments,
            bands=tuple(band for band in segments.bands if band.column not in given),
            groups=tuple(group for group in segments.groups if group.column not in given),
        ),
        patience=replace(book.patience, tables={name: one for name, one in tables.items() if name not in given}),
    )


def _columns(example: Example, day: int, book: Book, journey: CompiledJourney, index: int) -> dict[str, Array]:
    columns: dict[str, Array] = {"customer_id": np.array(["example"], dtype=object)}
    for name, written in {**ORDINARY, **example.given}.items():
        place = _place(journey, index, "given", name)
        if name not in book.fields:
            raise unknown("field", name, book.fields, place)
        text = written if isinstance(written, str) else written[min(day, len(written) - 1)]
        field = book.fields[name]
        columns[field.column] = value_of(field, text, place)
    for name in HOLDS.keys() & columns.keys():
        # The kernel reads holds from their bits.
        held, bit = columns[name].item() > 0, float(HOLD_BIT[HOLDS[name]])
        columns["hold_bits"] = columns["hold_bits"] + bit if held else columns["hold_bits"]
    return columns


def value_of(field: Field, text: str, place: Place) -> Array:
    """Read what is written of a field as a column of one: amounts in reais become cents, ``NULL`` is NULL.

    Raises
    ------
    BookError
        No number where one belongs, or a word the field cannot hold; with its place.
    """
    if field.kind is FieldKind.TEXT:
        if text != NULL and field.values and text not in field.values:
            raise unknown(f"value of {field.name}", text, field.values, place)
        return np.array([None if text == NULL else text], dtype=object)
    if text == NULL:
        return np.array([np.nan])
    try:
        return np.array([float(cents(text) if field.kind is FieldKind.MONEY else text)])
    except ValueError as problem:
        raise BookError(f"{field.name}: {text!r}", expected="a number, or NULL", place=place) from problem


def _history(sent: list[tuple[datetime, int]], moment: datetime) -> dict[str, Array]:
    """Count the contacts of the example so far, as the profile would."""
    week = [channel for at, channel in sent if moment - at < timedelta(days=7)]
    day = [channel for at, channel in sent if moment - at < timedelta(hours=24)]
    history = {"attempts_1d": 0.0, "attempts_24h": float(len(day)), "attempts_7d": float(len(week))}
    history |= {"contract_calls_7d": 0.0, "unanswered_in_a_row": float(len(sent))}
    for position, channel in enumerate(CHANNELS):
        history |= {f"attempts_1d_{channel}": 0.0, f"attempts_7d_{channel}": float(week.count(position))}
        history |= {f"attempts_24h_{channel}": float(day.count(position))}
    if sent:
        history["hours_since_last_contact"] = (moment - sent[-1][0]) / timedelta(hours=1)
    return {name: np.array([value]) for name, value in history.items()}


def _days(example: Example, journey: CompiledJourney, index: int) -> list[int]:
    lengths = {name: len(value) for name, value in example.given.items() if isinstance(value, list)}
    wrong = next((name for name, length in lengths.items() if length != len(example.expect)), None)
    if wrong is not None:
        raise BookError(
            f"{wrong} has {lengths[wrong]} days",
            expected=f"{len(example.expect)}, one for each expected answer",
            place=_place(journey, index, "given", wrong),
        )
    written = example.given.get("days_past_due")
    if not isinstance(written, list):
        return list(range(len(example.expect)))
    try:
        days = [int(text) for text in written]
    except ValueError:
        days = []
    if not days or any(later <= earlier for earlier, later in pairwise(days)):
        raise BookError(
            f"days_past_due: {written}",
            expected="whole days, each later than the one before",
            place=_place(journey, index, "given", "days_past_due"),
        )
    return [day - days[0] for day in days]


def _moment(at: str | None, book: Book, journey: CompiledJourney, index: int) -> datetime:
    try:
        wall = datetime.strptime(at or AN_ORDINARY_TUESDAY, "%Y-%m-%d %H:%M")  # noqa: DTZ007  (the zone follows)
    except ValueError as problem:
        place = _place(journey, index, "at")
        raise BookError(f"at: {at!r}", expected=f"a local time such as {AN_ORDINARY_TUESDAY}", place=place) from problem
    return wall.replace(tzinfo=ZoneInfo(book.policies.zone))


def _expectation(text: str, book: Book, journey: CompiledJourney, index: int, day: int) -> Expectation:
    place = _place(journey, index, "expect", day)
    try:
        wanted = Expectation.read(text)
    except (ValueError, ValidationError) as problem:
        raise BookError(f"expect: {text!r}", expected=str(problem), place=place) from problem
    if wanted.offer is not None:
        book.offers.of(wanted.offer, place)
    if wanted.reason is not None and wanted.reason not in set(CODES):
        raise unknown("reason", wanted.reason, CODES, place)
    return wanted


def _place(journey: CompiledJourney, index: int, *path: str | int) -> Place:
    return journey.document.place("examples", index, *path)
