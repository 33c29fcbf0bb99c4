"""Walk one customer through the days to come, with a clock that moves and the real kernel."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from journeys.book import Book
from journeys.decisions import Decisions
from journeys.kernel import decide
from journeys.language.reading import unknown
from journeys.rehearsal.examples import ORDINARY, value_of
from regua.clock import local_date, utc
from regua.columns import Array, Columns
from regua.errors import BookError, Place
from regua.vocabulary import CHANNELS, Channel

LONGEST_DAYS = 730
AGEING = ("days_past_due", "journey_day", "contract_age_days", "customer_tenure_days")
"""What grows by one a day by itself; so does every ``days_since_…``."""
WINDOWS = {"attempts_1d": 1, "attempts_24h": 1, "attempts_7d": 7}
VOICES = (Channel.CALL, Channel.VOICE_BOT)
"""What ``contract_calls_7d`` counts."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes true on a day of the walk, such as ``has_paid_claim=1@5``."""

    column: str
    value: Array
    day: int

    @classmethod
    def read(cls, text: str, book: Book) -> "Change":
        """Read ``field=value`` or ``field=value@day``; amounts in reais, days from the start of the walk.

        Raises
        ------
        BookError
            It is not written so, or the field is unknown; with the nearest name.
        """
        name, equals, rest = text.partition("=")
        written, _, day = rest.partition("@")
        if not equals or not written or not (day or "0").isdigit():
            raise BookError(f"{text!r}", expected="field=value@day", remedy="for example has_paid_claim=1@5")
        if name not in book.fields:
            raise unknown("field", name, book.fields, Place())
        return cls(book.fields[name].column, value_of(book.fields[name], written, Place()), int(day or 0))


@dataclass(frozen=True, slots=True)
class Walked:
    """One day of the walk and what was decided on it."""

    day: int
    moment: datetime
    decisions: Decisions

    @property
    def is_quiet(self) -> bool:
        """Whether the day only waits, as the one before it."""
        codes = set(self.decisions.reasons[0])
        stirring = {"journey_entered", "journey_left", "journey_interrupted", "step_due", "step_skipped"}
        return self.decisions.action[0] == "nothing" and not codes & stirring


@dataclass(slots=True)
class Walk:
    """A customer's days to come, if nothing happens but what is said.

    Parameters
    ----------
    book
        The journeys to walk.
    columns
        The customer as known at the start, ``(1,)`` each: profile, scores and position.
    start
        The moment of the first decision; the others are at the same local time.
    changes
        What becomes true on which day.
    is_read
        Whether the messages of the walk are read.
    """

    book: Book
    columns: Columns
    start: datetime
    changes: Sequence[Change] = ()
    is_read: bool = False
    _sent: list[tuple[datetime, int]] = field(default_factory=list)

    def days(self, count: int) -> Iterator[Walked]:
        """Decide day after day, with the dice at rest.

        Raises
        ------
        BookError
            More days than anybody plans for.
        """
        if not 1 <= count <= LONGEST_DAYS:
            raise BookError(f"{count} days", expected=f"1 to {LONGEST_DAYS}")
        steady, position = self.book.without_chance(), dict[str, Array]()
        zone = ZoneInfo(self.book.policies.zone)
        first = utc(self.start).astimezone(zone)
        for day in range(count):
            moment = (first.replace(tzinfo=None) + timedelta(days=day)).replace(tzinfo=zone)
            decisions = decide(self._columns(day, moment, position), steady, moment)
            yield Walked(day, moment, decisions)
            position = dict(decisions.position_next)
            if decisions.channel[0] >= 0:
                self._sent.append((moment, int(decisions.channel[0])))

    def _columns(self, day: int, moment: datetime, position: Mapping[str, Array]) -> dict[str, Array]:
        columns = older(self.columns, day)
        if position:
            columns |= position
            today = local_date(moment, self.book.policies.zone).toordinal()
            columns["journey_day"] = today - position["journey_entered_on"]
        columns |= self._history(moment, columns)
        for change in self.changes:
            if change.day <= day:
                since = day - change.day if _ages(change.column) else 0
                columns[change.column] = change.value + since if since else change.value
        return columns

    def _history(self, moment: datetime, columns: Columns) -> dict[str, Array]:
        """Add the contacts of the walk to those the profile knows."""
        found: dict[str, Array] = {}
        for window, days in WINDOWS.items():
            recent = [channel for at, channel in self._sent if moment - at < timedelta(days=days)]
            for position, name in enumerate((None, *CHANNELS)):
                column = window if name is None else f"{window}_{name}"
                count = len(recent) if name is None else recent.count(position - 1)
                if column in columns:
                    found[column] = columns[column] + count
        calls = sum(CHANNELS[channel] in VOICES for at, channel in self._sent if moment - at < timedelta(days=7))
        for column, count in (("contract_calls_7d", calls), ("unanswered_in_a_row", len(self._sent))):
            if column in columns:
                found[column] = columns[column] + count
        if self._sent:
            found["hours_since_last_contact"] = np.array([(moment - self._sent[-1][0]) / timedelta(hours=1)])
            found["last_contact_state"] = np.array([4.0 if self.is_read else 3.0])
        return found


def older(columns: Columns, days: int) -> dict[str, Array]:
    """Return the customer some days later, if nothing happened: what ages has aged, what was recent no longer is.

    Whoever owes nothing overdue is not a day later for it; promised days come nearer; counts of a window are those
    of the start until the window has passed.
    """
    later = dict(columns)
    if not days:
        return later
    for name, array in columns.items():
        if name == "days_past_due":
            owes = columns.get("balance_overdue_cents", np.array([np.nan])) != 0
            later[name] = np.where(owes | (array < 0), array + days, array)
        elif _ages(name):
            later[name] = array + days
        elif name == "days_to_promise":
            later[name] = array - days
        elif name == "contract_calls_7d":
            later[name] = np.where((array == array) & (days >= WINDOWS["attempts_7d"]), 0.0, array)
        else:
            window = next((window for window in WINDOWS if name == window or name.startswith(f"{window}_")), None)
            if window is not None and days >= WINDOWS[window]:
                later[name] = np.where(array == array, 0.0, array)
    return later


def invented(book: Book) -> dict[str, Array]:
    """Return the ordinary customer of the examples, never contacted: in São Paulo, reachable, owing R$ 300.00."""
    columns: dict[str, Array] = {"customer_id": np.array(["example"], dtype=object)}
    for name, written in ORDINARY.items():
        columns[book.fields[name].column] = value_of(book.fields[name], written, Place())
    for window in WINDOWS:
        columns |= {name: np.array([0.0]) for name in (window, *(f"{window}_{channel}" for channel in CHANNELS))}
    return columns | {name: np.array([0.0]) for name in ("contract_calls_7d", "unanswered_in_a_row")}


def inside(book: Book, name: str) -> dict[str, Array]:
    """Return the position of a customer who enters a journey on the first day, whoever it is for.

    Raises
    ------
    BookError
        No such journey; with the nearest name.
    """
    journey = book.journey(name)
    return {
        "journey": np.array([journey.name], dtype=object),
        "journey_version": np.array([float(journey.version)]),
        "journey_day": np.array([0.0]),
        "step_last": np.array([-1.0]),
        "step_channels_tried": np.array([0.0]),
    }


def _ages(name: str) -> bool:
    return name in AGEING or name.startswith("days_since_")
