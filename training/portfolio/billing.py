"""Issue the monthly bills, and plant the five billing errors customers complain of."""

import numpy as np

from training.portfolio import bills as bills_of
from training.portfolio.arrears import Arrears
from training.portfolio.bills import DUPLICATE, PLAIN, UNDUE, Bills
from training.portfolio.days import Today, calendar_day, month_number
from training.portfolio.log import ERROR_KINDS, Log
from training.portfolio.luck import Luck, Whole
from training.portfolio.state import State
from training.portfolio.world import World, by_product

UNDUE_CHARGE, QUANTITY, ARITHMETIC, MISSING, TWICE = range(len(ERROR_KINDS))
NO_ERROR = len(ERROR_KINDS)
DUPLICATE_LIVES_DAYS, UNDUE_LIVES_DAYS = 25, 35
GONE_FACTOR = 20
"""How much likelier an undue charge is on the one bill a closed contract might get than on any other bill."""

UNIT_PRICE_CENTS = np.array([0, 0, 490, 95, 0])
"""Price of a metered unit by product: a gigabyte, a kilowatt hour."""

METERED_SHARE = np.array([0.0, 0.0, 0.12, 0.88, 0.0])


def issue(state: State, world: World, luck: Luck, today: Today, arrears: Arrears, log: Log) -> None:
    """Issue the bills that fall due some days from now.

    A contract long in arrears is suspended and gets no new bill; a closed one gets none, save by error.
    """
    contracts, given = state.contracts, world.contracts
    due = today.number + given.issue_days_before_due
    when = calendar_day(due)
    month = month_number(when) - state.origin
    if month < 0:
        return
    state.with_room(month)
    is_suspended = np.zeros(len(contracts.number), dtype=bool)
    is_suspended[arrears.rows] = arrears.days_past_due > given.suspend_after_days
    is_due = (contracts.due_day == when.day) & (contracts.opened_on <= today.number)
    is_running = (contracts.first_month <= month) & (month <= contracts.last_month)
    rows = np.flatnonzero(is_due & is_running & ~is_suspended)
    after_end = np.flatnonzero(is_due & (contracts.last_month == month - 2) & (contracts.closed_on < today.number))
    if len(rows) + len(after_end) == 0 and "invoices" in log.parts:
        return
    _bill(state, world, luck, today, log, rows, due, month)
    _charge_the_gone(state, world, luck, today, log, after_end, due, month)


def _bill(state: State, world: World, luck: Luck, today: Today, log: Log, rows: Whole, due: int, month: int) -> None:
    """Issue one batch of bills with the errors drawn for them, and note both."""
    contracts = state.contracts
    bills, error = _compose(state, world, luck, rows, month)
    bills_of.write(log, bills, due, today.number, month)
    bills_of.write(log, bills.only(error == TWICE).again(), due, today.number, month, DUPLICATE_LIVES_DAYS)
    last = max(month, 1)
    before = contracts.billed[rows, last] - contracts.billed[rows, last - 1]
    undue = (error == UNDUE_CHARGE) & (before > 0) & (contracts.billed[rows, month] <= contracts.paid[rows])
    charged = Bills.of_one_item(rows[undue], month, UNDUE, before[undue])
    bills_of.write(log, charged, due, today.number, month - 1, UNDUE_LIVES_DAYS)
    contracts.billed[rows, month + 1 :] += bills.amount[:, None]
    contracts.wrong_month[rows[(error == ARITHMETIC) | (error == QUANTITY)]] = month
    planted = np.where((error == UNDUE_CHARGE) & ~undue, NO_ERROR, error)
    variant = np.select([planted == TWICE, planted == UNDUE_CHARGE], [DUPLICATE, UNDUE], PLAIN)
    found = planted < NO_ERROR
    _plant(log, rows[found], month, variant[found], planted[found])


def _compose(state: State, world: World, luck: Luck, rows: Whole, month: int) -> tuple[Bills, Whole]:
    """Work out what a month's bills say, errors included, and which error each has."""
    contracts, who = state.contracts, state.contracts.who[rows]
    product = contracts.product[rows]
    spread = by_product(world.contracts.monthly_spread)[product]
    wanted = contracts.amount[rows] * np.exp(spread * luck.normal(who, "bill", month))
    unit = UNIT_PRICE_CENTS[product]
    consumed = np.where(unit > 0, np.rint(wanted * METERED_SHARE[product] / np.maximum(unit, 1)), 0).astype(np.int64)
    fixed = np.maximum(np.rint(wanted).astype(np.int64) - consumed * unit, 100)
    error = _errors(state, world, luck, rows, month, consumed)
    metered = np.where(error == QUANTITY, np.maximum(consumed * 3 // 2, consumed + 1), consumed)
    slip = np.maximum(np.rint(fixed * (0.1 + 0.3 * luck.uniform(who, "slip", month))), 50).astype(np.int64)
    slip = np.where(error == ARITHMETIC, slip, 0)
    in_item = luck.uniform(who, "slip_where", month) < 0.5
    missing = np.where(error == MISSING, luck.whole(who, "missing", 1, 3, month), bills_of.COMPLETE)
    months, plain = np.full(len(rows), month), np.full(len(rows), PLAIN)
    amount = fixed + metered * unit + slip
    written = Bills(rows, months, plain, fixed, metered, consumed, unit, np.where(in_item, slip, 0), amount, missing)
    return written, error


def _errors(state: State, world: World, luck: Luck, rows: Whole, month: int, metered: Whole) -> Whole:
    """Draw which error, if any, is planted on each bill."""
    shares = [getattr(world.billing_errors, kind) for kind in ERROR_KINDS]
    kind = np.searchsorted(np.cumsum(shares), luck.uniform(state.contracts.who[rows], "error", month), side="right")
    return np.where((kind == QUANTITY) & (metered == 0), NO_ERROR, kind).astype(np.int64)


def _charge_the_gone(
    state: State, world: World, luck: Luck, today: Today, log: Log, rows: Whole, due: int, month: int
) -> None:
    """Now and then bill a contract that was closed: an undue charge."""
    share = min(1.0, GONE_FACTOR * world.billing_errors.undue_charge)
    rows = rows[luck.uniform(state.contracts.who[rows], "charge_gone") < share]
    charged = Bills.of_one_item(rows, month, UNDUE, state.contracts.amount[rows])
    bills_of.write(log, charged, due, today.number, month, UNDUE_LIVES_DAYS)
    _plant(log, rows, month, charged.variant, np.full(len(rows), UNDUE_CHARGE))


def _plant(log: Log, rows: Whole, month: int, variant: Whole, kind: Whole) -> None:
    log.tally.planted += np.bincount(kind, minlength=NO_ERROR)
    log.add("planted", contract=rows, month=np.full(len(rows), month), variant=variant, kind=kind)
