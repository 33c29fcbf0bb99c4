"""Live a simulated book again to a day, and from there many times over: what answers the questions that scores answer.

Unlike the chances of :mod:`training.portfolio.truth`, an outcome counts here when the lender knows of it, as in the
labels of the models: a bill paid on Friday evening and cleared on Monday is unpaid on Sunday. What is done after the
first choice is what was done in the history that was learned from: the old ladder, with its share left to chance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from models.measure import bucket
from regua.columns import Array, Flags, Numbers
from regua.vocabulary import ANSWERS, NOTHING, ContactOutcome
from training.portfolio import arrears, ladder
from training.portfolio.actions import Actions
from training.portfolio.channels import CHANNELS
from training.portfolio.contacting import CODE
from training.portfolio.days import DAY_US, HOUR_US, NO_TIME, Today, midnight_us, month_number, number
from training.portfolio.generate import begin
from training.portfolio.living import always, live
from training.portfolio.log import Log
from training.portfolio.luck import Luck, Whole
from training.portfolio.promises import OPEN
from training.portfolio.state import State, pick
from training.portfolio.world import World

DAWN_US, DECIDED_US = 5 * HOUR_US, ladder.DECISION_HOUR * HOUR_US
"""When profiles are made and choices fall, after midnight."""

_NOTICED = [CODE[str(word)] for word in ANSWERS]


@dataclass(frozen=True, slots=True)
class Book:
    """A book as it was made: whoever lives it again lives the same days."""

    world: World
    customers: int
    months: int
    until: date
    seed: int

    @property
    def luck(self) -> Luck:
        """The luck of its history."""
        return Luck(self.seed)

    def mornings(self, days: Sequence[date]) -> Iterator[State]:
        """Live the history again and show it on the morning of each day, in rising order."""
        state = self._begun()
        for day in sorted(days):
            while state.day < number(day):
                self._live(state)
            yield state.copy()

    def days(self, first: date, last: date) -> Iterator[tuple[State, Log]]:
        """Live the history again and show, day by day, the morning and what then happened."""
        state = self._begun()
        while state.day <= number(last):
            before = state.copy() if state.day >= number(first) else None
            log = self._live(state)
            if before is not None:
                yield before, log

    def _begun(self) -> State:
        origin = month_number(self.until + timedelta(days=1)) - self.months
        who = np.arange(self.customers, dtype=np.int64)
        return begin(self.world, self.luck, who, origin, self.months, number(self.until) + 1)

    def _live(self, state: State) -> Log:
        log = Log()
        live(state, self.world, self.luck, lambda today, seen: ladder.choose(
            state, self.world, self.luck, today, seen), log)  # fmt: skip
        return log


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """Contacts of a first day, ``(n,)``: the channel, and the position of the offer it carries, -1 none."""

    channel: Whole
    offer: Whole


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Days lived by ``n`` contracts, ``replicates`` times each; answers are ``(replicates, n)``.

    ``mornings`` holds the state on the mornings asked for, by days from the start, before anything happens.
    """

    n: int
    replicates: int
    first_day: int
    payments: dict[str, Array]
    promises: dict[str, Array]
    contacts: dict[str, Array]
    consents: dict[str, Array]
    arrangements: dict[str, Array]
    instalments: dict[str, Array]
    mornings: dict[int, State]

    def answered(self, days: int, since_us: int, *, promises: bool = True) -> Numbers:
        """Say whether a payment, or a promise too, was made after an instant of the first day and known in time."""
        start = midnight_us(self.first_day) + since_us
        end, told = start + days * DAY_US, np.zeros(self.n * self.replicates)
        paid = (self.payments["at"] > start) & (self.payments["known"] <= end)
        told[self.payments["contract"][paid]] = 1.0
        if promises:
            made = (self.promises["resolution"] == OPEN) & (self.promises["at"] > start) & (self.promises["at"] <= end)
            told[self.promises["contract"][made]] = 1.0
        return self.shaped(told)

    def paid_cents(self, days: int, since_us: int) -> Numbers:
        """Add up what was paid after an instant of the first day and known in time."""
        start, told = midnight_us(self.first_day) + since_us, np.zeros(self.n * self.replicates)
        paid = (self.payments["at"] > start) & (self.payments["known"] <= start + days * DAY_US)
        np.add.at(told, self.payments["contract"][paid], self.payments["amount"][paid])
        return self.shaped(told)

    def cost_cents(self) -> Numbers:
        """Add up what the contacts of the first day cost."""
        told = np.zeros(self.n * self.replicates)
        first = self.contacts["day"] == self.first_day
        np.add.at(told, self.contacts["contract"][first], self.contacts["cost"][first])
        return self.shaped(told)

    def noticed(self, days: int) -> Numbers:
        """Say whether the contact of the first day was read by the customer, or answered."""
        one = {name: column[self.contacts["day"] == self.first_day] for name, column in self.contacts.items()}
        stranger = one["outcome"] == CODE[str(ContactOutcome.WRONG_PARTY)]
        end = one["sent"] + days * DAY_US
        read = (one["read"] != NO_TIME) & (one["read"] <= end) & ~stranger
        spoke = np.isin(one["outcome"], _NOTICED) & (one["outcome_at"] <= end)
        told = np.zeros(self.n * self.replicates)
        told[one["contract"][read | spoke]] = 1.0
        return self.shaped(told)

    def left_cents(self, day: int, ends: Whole) -> Numbers:
        """Tell what the lender still misses at dawn of a day of the bills due before column ``ends``, ``(n,)``."""
        state = self._as_known(day)
        billed = state.contracts.billed[np.arange(self.n * self.replicates), np.tile(ends, self.replicates)]
        return self.shaped(np.maximum(billed - state.contracts.paid, 0).astype(np.float64))

    def bucket(self, day: int) -> Numbers:
        """Tell in which arrears bucket the lender sees each contract at dawn of a day."""
        state, late = self._as_known(day), np.zeros(self.n * self.replicates)
        seen = arrears.look(state, Today.of(state.day, state.origin))
        late[seen.rows] = seen.days_past_due
        return self.shaped(bucket(late).astype(np.float64))

    def _as_known(self, day: int) -> State:
        state = self.mornings[day].copy()
        dawn = midnight_us(self.first_day + day) + DAWN_US
        unknown = (self.payments["at"] <= dawn) & (self.payments["known"] > dawn)
        np.subtract.at(state.contracts.paid, self.payments["contract"][unknown], self.payments["amount"][unknown])
        return state

    def shaped(self, told: Numbers) -> Numbers:
        """Lay out what was told of each life of each contract, ``(replicates, n)``."""
        return told.reshape(self.replicates, self.n)


def course(
    book: Book,
    state: State,
    rows: Whole,
    policy: str = "ladder",
    *,
    days: int,
    action: "str | Contacts | None" = None,
    mornings: Sequence[int] = (),
    replicates: int = 32,
) -> Course:
    """Live contracts on from a morning, each alone with its customer, again and again with other luck.

    Parameters
    ----------
    rows
        ``(n,)`` positions of contracts.
    policy
        ``nothing``, or ``ladder`` with the share it leaves to chance.
    action
        What is done on the first day instead, at an hour of the ladder's day: one channel for all, contacts of their
        own, or ``nothing``; None leaves the first day to the policy.
    mornings
        On which mornings, counted from the first day, to keep the state.
    """
    alone = State(
        pick(state.people, state.contracts.customer[rows]), pick(state.contracts, rows), state.origin, state.day
    )
    alone.contracts.customer = np.arange(len(rows), dtype=np.int64)
    many = State.join([alone.with_luck_of(key + 1) for key in range(replicates)])
    log, kept = Log(), {}
    for day in range(days + 1):
        if day in mornings:
            kept[day] = many.copy()
        if day == days:
            break
        planned = Actions.none()
        if day == 0 and action is not None and action != NOTHING:
            planned = _everyone(book, many, action, replicates)
        if policy == "nothing" or (action is not None and day == 0):
            live(many, book.world, book.luck, always(planned), log)
        else:
            live(many, book.world, book.luck, lambda today, seen: ladder.choose(
                many, book.world, book.luck, today, seen), log)  # fmt: skip
    tables = ("payments", "promises", "contacts", "consents", "arrangements", "instalments")
    return Course(len(rows), replicates, state.day, *(log.rows(table) for table in tables), kept)


def permitted(state: State, rows: Whole) -> Flags:
    """Return ``(n, channels)``: which channels the ladder may use today."""
    return ladder.permitted_channels(state, rows, Today.of(state.day, state.origin))


def awaits_choice(state: State, rows: Whole) -> Flags:
    """Return whom the ladder could choose for this morning: in arrears as far as the lender knows, and under no hold.

    Choices fall two hours after profiles are made, and money that cleared in between has settled some arrears.
    """
    contracts = state.contracts
    owes = contracts.ghost_until[rows] > state.day
    owes |= np.isin(rows, arrears.look(state, Today.of(state.day, state.origin)).rows)
    return np.asarray(owes & (contracts.held_until[rows] < state.day) & (contracts.placed_on[rows] > state.day))


def ends(state: State, rows: Whole) -> Whole:
    """Return the columns of bills that are due before today."""
    return np.asarray(arrears.look(state, Today.of(state.day, state.origin)).ends[rows])


def _everyone(book: Book, state: State, action: "str | Contacts", replicates: int) -> Actions:
    """Contact every contract, at an hour drawn as the ladder draws it."""
    today, n = Today.of(state.day, state.origin), len(state.contracts.number)
    first, last = max(book.world.ladder.first_hour, ladder.DECISION_HOUR + 1), book.world.ladder.last_hour
    hour = first + (last - first) * book.luck.uniform(state.contracts.who, "send_hour", today.number)
    if isinstance(action, Contacts):
        channel, offer = np.tile(action.channel, replicates), np.tile(action.offer, replicates)
    else:
        channel = np.full(n, [str(word) for word in CHANNELS].index(action), dtype=np.int64)
        offer = np.full(n, -1)
    sent, decided = today.start_us + (hour * HOUR_US).astype(np.int64), np.full(n, today.start_us + DECIDED_US)
    unknown = np.full(n, np.nan)
    return Actions(np.arange(n), channel, sent, decided, np.ones(n), np.zeros(n, bool), unknown, offer, unknown)
