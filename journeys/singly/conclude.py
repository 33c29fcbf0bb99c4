"""What the stages found of each customer, gathered into the arrays of decisions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from journeys.book import Book
from journeys.decisions import Candidates, Decisions
from journeys.language.position import BANDS
from journeys.rulebook.row import NAN
from journeys.singly.customer import NONE, Customer
from journeys.stages import timing
from journeys.stages.returning import NAMES as RETURNS
from regua.columns import Array, Columns
from regua.vocabulary import CHANNELS

_BEFORE = tuple((band, f"{band}_before") for band in BANDS)
_NUMBERS = ("journey_day", "propensity")
_COUNTS = (
    *("send_at", "step", "offer", "npv_cents", "concession_cents", "value_cents", "reason_bits"),
    *("journey_at", "exit_at", "region_code"),
)
_TEXTS = ("action", "template", "journey", "task")
_GUARDED = ("offer_payment_cents", "income_cents", "kept_share")
_POSITION_NUMBERS = (
    *("journey_version", "journey_entered_on", "step_last", "step_channels_tried", "stepped_on", "left_on"),
    *(*RETURNS[1:], "decided_on"),
)
_POSITION_TEXTS = (
    *("journey", "last_journey_exit", RETURNS[0], "last_channel", "last_topic", "last_offer"),
    *(before for _, before in _BEFORE),
)
_POSITION = (
    *("journey", "journey_version", "journey_entered_on", "step_last", "step_channels_tried", "stepped_on"),
    *("last_journey_exit", "left_on", *RETURNS, "decided_on", "last_channel", "last_topic", "last_offer"),
    *(before for _, before in _BEFORE),
)
"""Every column of the position, in the order in which it is written back."""


def conclude(people: Sequence[Customer], book: Book, moment: datetime, given: Columns) -> Decisions:
    """Gather what was found of each, for the columns that were given; see :mod:`journeys.stages.conclude`."""
    counts = _columns(_COUNTS, map(_counts, people), np.int64)
    position = _columns(_POSITION_NUMBERS, map(_position_numbers, people), np.float64)
    position |= _columns(_POSITION_TEXTS, map(_position_texts, people), object)
    return Decisions(
        moment=moment,
        book=book,
        columns=given,
        segments=_segments(people, book),
        channel=np.array([_channel(who) for who in people], np.int8),
        send_at=counts.pop("send_at").view("datetime64[us]"),
        journey_version=position["journey_version"],
        explored=np.array([who.is_explored for who in people], np.bool_),
        candidates=_candidates(people, len(book.steps.channels)),
        position_next={name: position[name] for name in _POSITION},
        **_columns(_TEXTS, map(_texts, people), object),
        **_columns(_NUMBERS, ((who.journey_day, who.propensity) for who in people), np.float64),
        **counts,
    )


def _columns(names: Sequence[str], rows: Iterable[Sequence[Any]], kind: type) -> dict[str, Array]:
    """Turn rows into columns: one array for all of a kind costs less to make than one for each."""
    return dict(zip(names, np.array(list(rows), kind).T, strict=True))


def _channel(who: Customer) -> int:
    return who.channels[who.chosen] if who.chosen >= 0 else NONE


def _action(who: Customer) -> int:
    return who.actions[who.chosen] if who.chosen >= 0 else who.task


def _texts(who: Customer) -> tuple[str | None, ...]:
    steps, action = who.book.steps, _action(who)
    return (
        steps.action_names[action],
        steps.template_names.item(action),
        who.book.journey_names.item(who.journey_at),
        steps.task_names.item(action),
    )


def _counts(who: Customer) -> tuple[int, ...]:
    first = who.book.steps.first_steps.item(who.journey_at)
    # What rides with a step goes out with its message or not at all.
    is_made = who.chosen >= 0 and who.offer >= 0
    return (
        timing.alone(who.book, who.region_code, _channel(who), who.row, who.moment, who.day),
        who.step_at - first if who.step_at >= 0 else NONE,
        who.offer if is_made else NONE,
        who.npv if is_made else 0,
        who.concession if is_made else 0,
        int(who.value),
        who.reasons,
        who.journey_at,
        who.exit_at,
        who.region_code,
    )


def _segments(people: Sequence[Customer], book: Book) -> Mapping[str, Array]:
    texts, made = book.segments.texts, (*book.segments.columns, *book.patience.tables)
    numbers = [name for name in made if name not in texts]
    bands = _columns(texts, ([who.row[name] for name in texts] for who in people), object)
    rows = ([*[who.row[name] for name in numbers], who.payment, who.income, who.kept_share] for who in people)
    found = bands | _columns((*numbers, *_GUARDED), rows, np.float64)
    return {name: found[name] for name in (*made, *_GUARDED)}


def _candidates(people: Sequence[Customer], width: int) -> Candidates:
    def table(told: Callable[[Customer], Sequence[Any]], nothing: float, kind: type) -> Array:
        nobody = (nothing,) * width
        return np.array([told(who) if who.is_due else nobody for who in people], kind)

    return Candidates(
        table(lambda who: who.channels, NONE, np.int8),
        table(lambda who: who.actions, NONE, np.int16),
        table(lambda who: who.values, NAN, np.float64),
        table(lambda who: who.blocked, 0, np.uint32),
        table(lambda who: who.chances, 0.0, np.float64),
    )


def _position_numbers(who: Customer) -> tuple[float, ...]:
    is_inside, before = who.journey_at >= 0, who.row["journey_version"]
    # Without a profile nobody is moved, not even to another version.
    stays = is_inside and not who.is_known and before == before
    return (
        before if stays else who.book.steps.versions.item(who.journey_at),
        who.today - who.journey_day,
        who.step_last_next if is_inside else -1.0,
        who.step_channels_tried_next if is_inside else 0.0,
        who.stepped_on_next,
        who.today if who.exit_at >= 0 else who.row["left_on"],
        *who.returns[1:],
        who.today,
    )


def _position_texts(who: Customer) -> tuple[str | None, ...]:
    row, book = who.row, who.book
    channel, topic, offer = row.get("last_channel"), row.get("last_topic"), row.get("last_offer")
    if who.chosen >= 0:
        channel, topic = str(CHANNELS[_channel(who)]), book.steps.topics.item(_action(who))
        offer = book.offers.names[who.offer] if who.offer >= 0 else offer
    return (
        book.journey_names.item(who.journey_at),
        book.exits.item(who.exit_at) if who.exit_at >= 0 else row.get("last_journey_exit"),
        who.returns[0],
        channel,
        topic,
        offer,
        *(row[band] if who.is_known and band in row else row.get(before) for band, before in _BEFORE),
    )
