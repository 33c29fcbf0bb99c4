"""What was agreed, in truth: is a promise kept, does an arrangement fail?

Promises are asked about at the first dawn after they were made, arrangements in force on the mornings we stand; both
are then lived on under the ladder until their deadline.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from models import SPECS
from models.arrangement_break import AHEAD_DAYS, GRACE_DAYS
from models.bundle import Bundle
from models.promise_kept import ENOUGH
from regua.clock import DEFAULT_ZONE
from regua.columns import Array, Flags, Numbers
from regua.settings import Settings
from tests.bench_models import lives, standing
from tests.bench_models.lives import DAWN_US, Book, Course
from tests.bench_models.truths import Truths
from training.cases.promise_kept import deadlines
from training.portfolio import arrangements
from training.portfolio.arrangements import BROKEN
from training.portfolio.days import DAY_US, NO_TIME, calendar_day, midnight_us
from training.portfolio.log import Log
from training.portfolio.luck import Whole
from training.portfolio.promises import OPEN
from training.portfolio.state import State
from training.portfolio.world import World


@dataclass(frozen=True, slots=True, eq=False)
class Lived:
    """What was agreed by a morning, lived on: of which contracts, and ``(lives, n)`` whether it came so."""

    state: State
    rows: Whole
    told: Numbers


def promises(
    settings: Settings, book: Book, release: Bundle, first: date, last: date, truths: Truths, *, replicates: int
) -> int:
    """Hold the chance that a promise is kept against the truth; return how many promises."""
    return _hold(
        "promise_kept", settings, release, list(lived_promises(book, book.days(first, last), replicates)), truths
    )


def breaks(
    settings: Settings, book: Book, release: Bundle, days: Sequence[date], truths: Truths, *, replicates: int
) -> int:
    """Hold the chance that an arrangement in force fails against the truth; return how many were asked about."""
    return _hold(
        "arrangement_break", settings, release, list(lived_breaks(book, book.mornings(days), replicates)), truths
    )


def _hold(model: str, settings: Settings, release: Bundle, days: Sequence[Lived], truths: Truths) -> int:
    if not days:
        return 0
    stand, place = standing.each(settings, release, [(one.state, one.rows) for one in days])
    told = np.concatenate([one.told for one in days], axis=1)[:, place]
    (score,) = SPECS[model].score_columns("")
    truths.add(score, stand, told, stand.asked(model))
    return len(place)


def lived_promises(book: Book, history: Iterable[tuple[State, Log]], replicates: int) -> Iterator[Lived]:
    """Live on, from the morning after, the promises made on each day that are then still open."""
    regions = np.array([str(one) for one in book.world.regions.population_millions], object)
    made: dict[str, Array] = {}
    for state, log in history:
        if made:
            is_open = state.contracts.promised_on[made["contract"]] >= state.day
            made = {name: column[is_open] for name, column in made.items()}
        if made and len(rows := made["contract"]):
            region = regions[state.people.region[state.contracts.customer[rows]]]
            on = np.array([calendar_day(int(day)) for day in made["on"]], "datetime64[D]")
            until = deadlines(on, region, DEFAULT_ZONE).astype("datetime64[us]").astype(np.int64)
            days = int(np.max(until - midnight_us(state.day)) // DAY_US) + 1
            lived = lives.course(book, state, rows, days=days, replicates=replicates)
            kept = paid_until(lived, until) >= ENOUGH * made["amount"]
            yield Lived(state, rows, kept.astype(np.float64))
        told = log.rows("promises")
        new = told["resolution"] == OPEN
        made = {name: told[name][new] for name in ("contract", "amount", "on")}


def lived_breaks(book: Book, mornings: Iterable[State], replicates: int) -> Iterator[Lived]:
    """Live on the arrangements in force on some mornings until the grace of their next instalments is over."""
    lasts = AHEAD_DAYS + GRACE_DAYS + 1
    for state in mornings:
        rows = np.flatnonzero(has_more_to_pay(state, book.world))
        if len(rows):
            lived = lives.course(book, state, rows, days=lasts, mornings=(lasts,), replicates=replicates)
            yield Lived(state, rows, failed(lived))


def has_more_to_pay(state: State, world: World) -> Flags:
    """Say which contracts are in an arrangement with an instalment due in the days ahead, ``(contracts,)``."""
    book, given = state.contracts, world.offers
    offer = np.maximum(book.arranged, 0)
    parts, found = arrangements.parts(given, offer), np.zeros(len(offer), bool)
    for position in range(int(parts.max(initial=0))):
        due = arrangements.due_day(given, offer, book.arranged_on, np.full(len(offer), position))
        ahead = (due > state.day) & (due <= state.day + AHEAD_DAYS)
        found |= ahead & (book.instalments_paid <= position) & (position < parts)
    return np.asarray(found & (book.arranged != arrangements.NONE))


def paid_until(lived: Course, until: Array) -> Numbers:
    """Add up what came in by an instant of each contract and was known by then, ``(lives, n)``, in cents."""
    told, rows = np.zeros(lived.n * lived.replicates), lived.payments
    start = midnight_us(lived.first_day) + DAWN_US
    paid = (rows["at"] > start) & (rows["known"] <= np.tile(until, lived.replicates)[rows["contract"]])
    np.add.at(told, rows["contract"][paid], rows["amount"][paid])
    return lived.shaped(told)


def failed(lived: Course) -> Numbers:
    """Say whether an instalment due ahead was missed beyond its grace, or all was broken, ``(lives, n)``.

    What is agreed on after the first dawn is another arrangement.
    """
    dawn, last = midnight_us(lived.first_day) + DAWN_US, lived.first_day + AHEAD_DAYS
    told, rows = np.zeros(lived.n * lived.replicates), lived.instalments
    late = np.array([midnight_us(int(day) + GRACE_DAYS + 1) for day in rows["due"]], dtype=np.int64)
    ahead = (rows["due"] > lived.first_day) & (rows["due"] <= last) & (rows["paid"] != NO_TIME)
    told[rows["contract"][(rows["at"] < dawn) & ahead & (rows["paid"] >= late)]] = 1.0
    ended = lived.arrangements
    told[ended["contract"][(ended["at"] < dawn) & (ended["resolution"] == BROKEN)]] = 1.0
    end = lived.mornings[max(lived.mornings)].contracts
    still = (end.arranged != arrangements.NONE) & (end.arranged_at < dawn)
    told[still & (end.instalment_on > lived.first_day) & (end.instalment_on <= last)] = 1.0
    return lived.shaped(told)
