"""Arrangements: an offer that is taken, its instalments paid or missed, and how it ends.

While an arrangement is in force the arrears it is about stand still: nobody pays them but by instalments. Bills that
come later are paid as ever. Money goes to the oldest bill whatever it was paid for, as everywhere in the book.
"""

import numpy as np

from regua.columns import Numbers
from regua.vocabulary import ArrangementResolution
from training.portfolio import bills
from training.portfolio.arrears import Arrears
from training.portfolio.days import DAY_US, HOUR_US, NO_TIME, Today, midnight_us, month_starts
from training.portfolio.log import Log
from training.portfolio.luck import Luck, Whole, chance, log_odds
from training.portfolio.offer_terms import Offers, by_kind
from training.portfolio.state import State
from training.portfolio.world import World

RESOLUTIONS: tuple[str, ...] = tuple(ArrangementResolution)
COMPLETED, BROKEN = RESOLUTIONS.index("completed"), RESOLUTIONS.index("broken")
OPEN, NONE = -1, -1
MONTH_DAYS = 30
HOLD_ARRANGEMENT = 4
SIGNAL_MISSED = 0
CLEARED_AFTER_DAYS = 10
"""Days after which a broken arrangement's missed instalment is no news any more."""


def make(
    state: State, world: World, today: Today, log: Log, rows: Whole, offer: Whole, owed: Whole, at: Whole, via: Whole
) -> None:
    """Agree on terms: from now on what is owed stands still and is paid by instalments.

    Parameters
    ----------
    rows, offer, owed, at, via
        ``(m,)``: contracts, the offers they take, cents owed, the instant of agreeing and the channel of the contact.
    """
    book, given = state.contracts, world.offers
    total = np.rint(owed * (1 - given.discount[offer])).astype(np.int64)
    entry = np.rint(total * given.entry_share[offer]).astype(np.int64)
    book.arranged[rows], book.arranged_at[rows], book.arranged_on[rows] = offer, at, today.number
    book.arranged_cents[rows], book.entry_cents[rows], book.arranged_via[rows] = total, entry, via
    book.standing[rows], book.instalments_paid[rows] = owed, 0
    book.instalment_on[rows] = due_day(given, offer, today.number, np.zeros(len(rows), dtype=np.int64))
    book.held_until[rows] = np.iinfo(np.int32).max
    _log(state, world, log, rows, np.full(len(rows), OPEN), np.full(len(rows), NO_TIME))
    for position in range(int(parts(given, offer).max(initial=0))):
        has = rows[parts(given, offer) > position]
        _log_instalment(state, world, log, has, np.full(len(has), position), np.full(len(has), NO_TIME))


def parts(given: Offers, offer: Whole) -> Whole:
    """Count the instalments of offers, the entry included."""
    return np.asarray(given.count[offer] + (given.entry_share[offer] > 0), dtype=np.int64)


def due_day(given: Offers, offer: Whole, agreed: Whole | int, position: Whole) -> Whole:
    """Return the day on which an instalment falls due: the entry in a few days, the rest month by month."""
    has_entry = given.entry_share[offer] > 0
    monthly = given.days[offer] + MONTH_DAYS * (position - has_entry)
    return np.asarray(agreed + np.where(has_entry & (position == 0), given.entry_days, monthly), dtype=np.int64)


def amount_of(state: State, world: World, rows: Whole, position: Whole) -> Whole:
    """Return what an instalment comes to, in cents; the last one takes the rounding, so that all add up."""
    book, given = state.contracts, world.offers
    offer, entry = book.arranged[rows], book.entry_cents[rows]
    has_entry, count = given.entry_share[offer] > 0, given.count[offer]
    rest = book.arranged_cents[rows] - entry
    even = rest // count
    is_last = position == parts(given, offer) - 1
    amount = np.where(is_last, rest - even * (count - 1), even)
    return np.asarray(np.where(has_entry & (position == 0), entry, amount), dtype=np.int64)


def due_amount(state: State, world: World, luck: Luck, today: Today, ability: Numbers, arrears: Arrears) -> Whole:
    """Return the instalments paid today, in cents ``(m,)``: on their day by who can and will, later by chance."""
    book, people, given, rows = state.contracts, state.people, world.offers, arrears.rows
    is_due = (book.arranged[rows] != NONE) & (book.instalment_on[rows] <= today.number)
    amount, rows = np.zeros(len(rows), dtype=np.int64), rows[is_due]
    if len(rows) == 0:
        return amount
    customer, late = book.customer[rows], today.number - book.instalment_on[rows]
    mood = given.paid_by_ability * ability[customer] + given.paid_by_willingness * people.willingness[customer]
    base = by_kind(given.paid_on_day)[given.kind[book.arranged[rows]]]
    likely = np.where(late == 0, chance(log_odds(base) + mood), chance(log_odds(given.paid_late_daily) + mood))
    pays = luck.uniform(book.who[rows], "instalment", today.number) < likely
    amount[is_due] = np.where(pays, amount_of(state, world, rows, book.instalments_paid[rows]), 0)
    return amount


def settle(state: State, world: World, today: Today, log: Log, arrears: Arrears, paid: Whole, known: Whole) -> Whole:
    """Note the instalments of today that were paid or missed, and end what is completed or broken.

    Parameters
    ----------
    paid, known
        ``(m,)``: cents of instalments paid today, and when their payment is known.

    Returns
    -------
    Cents forgiven today, ``(m,)``: what a discount leaves once everything else is paid.
    """
    book, given, rows = state.contracts, world.offers, arrears.rows
    forgiven = np.zeros(len(rows), dtype=np.int64)
    is_due = (book.arranged[rows] != NONE) & (book.instalment_on[rows] <= today.number)
    if not is_due.any() and "signals" in log.parts:
        return forgiven
    has_paid = paid > 0
    _paid(state, world, log, rows[has_paid], paid[has_paid], known[has_paid])
    is_done = has_paid & (book.arranged[rows] != NONE)
    is_done &= book.instalments_paid[rows] >= parts(given, np.maximum(book.arranged[rows], 0))
    forgiven = np.where(is_done, book.standing[rows], 0)
    _forgive(state, world, log, rows[forgiven > 0], forgiven[forgiven > 0], known[forgiven > 0])
    days_ahead = (known[is_done] - today.start_us) // DAY_US
    _end(state, world, log, rows[is_done], COMPLETED, known[is_done], today.number + days_ahead)
    late = today.number - book.instalment_on[rows]
    is_unpaid = is_due & ~has_paid
    _missed(state, today, log, rows[is_unpaid & (late == 0)])
    broken = rows[is_unpaid & (late >= given.break_after_days)]
    tonight = np.full(len(broken), today.start_us + 22 * HOUR_US)
    _signal(state, log, broken, tonight + CLEARED_AFTER_DAYS * DAY_US)
    _end(state, world, log, broken, BROKEN, tonight, np.full(len(broken), today.number))
    log.tally.arrangements += np.array([int(is_done.sum()), len(broken)])
    return forgiven


def _paid(state: State, world: World, log: Log, rows: Whole, amount: Whole, known: Whole) -> None:
    book, given = state.contracts, world.offers
    _log_instalment(state, world, log, rows, book.instalments_paid[rows], known)
    was_missed = book.missed_at[rows] != NO_TIME
    _signal(state, log, rows[was_missed], known[was_missed])
    book.standing[rows] -= amount
    book.instalments_paid[rows] += 1
    offer = book.arranged[rows]
    book.instalment_on[rows] = due_day(given, offer, book.arranged_on[rows], book.instalments_paid[rows])


def _missed(state: State, today: Today, log: Log, rows: Whole) -> None:
    """Raise the signal the morning after."""
    state.contracts.missed_at[rows] = midnight_us(today.number + 1) + 6 * HOUR_US
    _signal(state, log, rows, np.full(len(rows), NO_TIME), forget=False)


def _signal(state: State, log: Log, rows: Whole, cleared: Whole, *, forget: bool = True) -> None:
    raised = state.contracts.missed_at[rows].copy()
    # What was paid on the eve of its being noticed, but is known later, was noticed all the same.
    cleared = np.where(cleared == NO_TIME, NO_TIME, np.maximum(cleared, raised))
    log.add("signals", contract=rows, at=raised, kind=np.full(len(rows), SIGNAL_MISSED), cleared=cleared)
    if forget:
        state.contracts.missed_at[rows] = NO_TIME


def _end(state: State, world: World, log: Log, rows: Whole, resolution: int, at: Whole, held_until: Whole) -> None:
    _log(state, world, log, rows, np.full(len(rows), resolution), at)
    book = state.contracts
    book.arranged[rows], book.standing[rows], book.instalment_on[rows] = NONE, 0, -1
    book.held_until[rows] = held_until


def _forgive(state: State, world: World, log: Log, rows: Whole, cents: Whole, at: Whole) -> None:
    """Take back the bills that a discount forgives, oldest first; what was paid of one is billed anew."""
    book, rest = state.contracts, cents.copy()
    starts = month_starts(state.origin, book.billed.shape[1])
    while len(rows):
        month = np.argmax(book.billed[rows, 1:] > book.paid[rows, None], axis=1)
        amount = book.billed[rows, month + 1] - book.billed[rows, month]
        part = np.minimum(rest, book.billed[rows, month + 1] - book.paid[rows])
        due = starts[month] + book.due_day[rows] - 1
        issued = due - world.contracts.issue_days_before_due
        first = np.array([midnight_us(int(day)) for day in issued], dtype=np.int64) + 6 * HOUR_US
        zero = np.zeros(len(rows), dtype=np.int64)
        log.add("cancelled", contract=rows, month=month, variant=zero, amount=amount, issued=issued, due=due,
                missing=zero, reference=month, cancelled=at, at=first)  # fmt: skip
        stays = amount > part
        log.add("invoices", contract=rows[stays], month=month[stays], variant=zero[stays] + bills.SETTLED,
                amount=(amount - part)[stays], issued=issued[stays], due=due[stays], missing=zero[stays],
                reference=month[stays], cancelled=np.full(int(stays.sum()), NO_TIME), at=at[stays])  # fmt: skip
        book.paid[rows] += part
        rest = rest - part
        more = (rest > 0) & (part > 0)
        rows, rest, at = rows[more], rest[more], at[more]


def _log(state: State, world: World, log: Log, rows: Whole, resolution: Whole, resolved: Whole) -> None:
    """Log arrangements as they stand, and the holds that go with them."""
    book, given = state.contracts, world.offers
    offer, at = book.arranged[rows], book.arranged_at[rows]
    zero = np.zeros(len(rows), dtype=np.int64)
    log.add("arrangements", contract=rows, at=at, offer=offer, kind=given.kind[offer], total=book.arranged_cents[rows],
            entry=book.entry_cents[rows], count=parts(given, offer), via=book.arranged_via[rows],
            first=due_day(given, offer, book.arranged_on[rows], zero), day=book.arranged_on[rows],
            resolution=resolution, resolved=resolved)  # fmt: skip
    log.add("holds", contract=rows, at=at, kind=zero + HOLD_ARRANGEMENT, ends=zero + NO_TIME, lifted=resolved)


def _log_instalment(state: State, world: World, log: Log, rows: Whole, position: Whole, paid: Whole) -> None:
    book = state.contracts
    due = due_day(world.offers, book.arranged[rows], book.arranged_on[rows], position)
    log.add("instalments", contract=rows, at=book.arranged_at[rows], position=position, due=due,
            amount=amount_of(state, world, rows, position), paid=paid)  # fmt: skip
