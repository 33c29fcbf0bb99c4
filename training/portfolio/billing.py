"""Issue the monthly bills with their items, and plant the five billing errors customers complain of."""

import numpy as np

from regua.columns import Array, Flags
from training.portfolio.arrears import Arrears
from training.portfolio.days import DAY_US, HOUR_US, NO_TIME, Today, calendar_day, midnight_us, month_number
from training.portfolio.log import ERROR_KINDS, Log
from training.portfolio.luck import Luck, Whole
from training.portfolio.state import State
from training.portfolio.world import PRODUCTS, World, by_product

PLAIN, DUPLICATE, UNDUE = 0, 1, 2
UNDUE_CHARGE, QUANTITY, ARITHMETIC, MISSING, TWICE = range(len(ERROR_KINDS))
NO_ERROR = len(ERROR_KINDS)

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
    _bill(state, world, luck, today, log, rows, due, month)
    after_end = np.flatnonzero(is_due & (contracts.last_month == month - 2) & (contracts.closed_on < today.number))
    _charge_the_gone(state, world, luck, today, log, after_end, due, month)


def _bill(state: State, world: World, luck: Luck, today: Today, log: Log, rows: Whole, due: int, month: int) -> None:
    contracts, who = state.contracts, state.contracts.who[rows]
    product = contracts.product[rows]
    spread = by_product(world.contracts.monthly_spread)[product]
    wanted = contracts.amount[rows] * np.exp(spread * luck.normal(who, "bill", month))
    unit = UNIT_PRICE_CENTS[product]
    metered = np.where(unit > 0, np.rint(wanted * METERED_SHARE[product] / np.maximum(unit, 1)), 0).astype(np.int64)
    fixed = np.maximum(np.rint(wanted).astype(np.int64) - metered * unit, 100)
    error = _errors(state, world, luck, rows, month, metered)
    consumed = metered.copy()
    metered = np.where(error == QUANTITY, np.maximum(metered * 3 // 2, metered + 1), metered)
    extra = np.where(error == ARITHMETIC, np.rint(fixed * (0.1 + 0.3 * luck.uniform(who, "slip", month))), 0)
    extra = np.where(error == ARITHMETIC, np.maximum(extra, 50), 0).astype(np.int64)
    amount = fixed + metered * unit + extra
    in_item = (error == ARITHMETIC) & (luck.uniform(who, "slip_where", month) < 0.5)
    bill = {"contract": rows, "month": np.full(len(rows), month), "variant": np.full(len(rows), PLAIN)}
    parts = {
        "fixed": fixed,
        "metered": metered,
        "consumed": consumed,
        "unit": unit,
        "slip": np.where(in_item, extra, 0),
    }
    missing = np.where(error == MISSING, luck.whole(who, "missing", 1, 3, month), 0)
    _write(log, bill, parts, amount, due, today.number, missing, reference=month)
    again = error == TWICE
    _write(
        log,
        _variant(bill, again, DUPLICATE),
        _only(parts, again),
        amount[again],
        due,
        today.number,
        np.zeros(int(again.sum()), dtype=np.int64),
        reference=month,
        cancelled_in=25,
    )
    before = contracts.billed[rows, max(month, 1)] - contracts.billed[rows, max(month, 1) - 1]
    undue = (error == UNDUE_CHARGE) & (before > 0) & (contracts.billed[rows, month] <= contracts.paid[rows])
    _undue(log, _variant(bill, undue, UNDUE), before[undue], due, today.number, month - 1)
    contracts.billed[rows, month + 1 :] += amount[:, None]
    is_wrong = (error == ARITHMETIC) | (error == QUANTITY)
    contracts.wrong_month[rows[is_wrong]] = month
    planted = np.where((error == UNDUE_CHARGE) & ~undue, NO_ERROR, error)
    log.tally.planted += np.bincount(planted, minlength=NO_ERROR + 1)[:NO_ERROR]
    variant = np.select([planted == TWICE, planted == UNDUE_CHARGE], [DUPLICATE, UNDUE], PLAIN)
    found = planted < NO_ERROR
    log.add("planted", **_variant(bill, found, variant[found]), kind=planted[found])


def _errors(state: State, world: World, luck: Luck, rows: Whole, month: int, metered: Whole) -> Whole:
    """Draw which error, if any, is planted on each bill."""
    shares = [getattr(world.billing_errors, kind) for kind in ERROR_KINDS]
    kind = np.searchsorted(np.cumsum(shares), luck.uniform(state.contracts.who[rows], "error", month), side="right")
    return np.where((kind == QUANTITY) & (metered == 0), NO_ERROR, kind).astype(np.int64)


def _charge_the_gone(
    state: State, world: World, luck: Luck, today: Today, log: Log, rows: Whole, due: int, month: int
) -> None:
    """Now and then bill a contract that was closed: an undue charge."""
    share = min(1.0, 20 * world.billing_errors.undue_charge)
    rows = rows[luck.uniform(state.contracts.who[rows], "charge_gone") < share]
    bill = {"contract": rows, "month": np.full(len(rows), month), "variant": np.full(len(rows), UNDUE)}
    _undue(log, bill, state.contracts.amount[rows], due, today.number, month)
    log.tally.planted[UNDUE_CHARGE] += len(rows)
    log.add("planted", **bill, kind=np.full(len(rows), UNDUE_CHARGE))


def _undue(log: Log, bill: dict[str, Array], amount: Whole, due: int, issued: int, reference: int) -> None:
    nothing = np.zeros(len(amount), dtype=np.int64)
    parts = {"fixed": amount, "metered": nothing, "consumed": nothing, "unit": nothing, "slip": nothing}
    _write(log, bill, parts, amount, due, issued, nothing, reference, cancelled_in=35)


def _write(
    log: Log,
    bill: dict[str, Array],
    parts: dict[str, Array],
    amount: Whole,
    due: int,
    issued: int,
    missing: Whole,
    reference: int,
    cancelled_in: int | None = None,
) -> None:
    """Log an invoice with its items; ``missing`` names the absent field: 1 due date, 2 month, 3 payment code."""
    n = len(amount)
    at = midnight_us(issued) + 6 * HOUR_US
    cancelled = NO_TIME if cancelled_in is None else at + cancelled_in * DAY_US
    log.add(
        "invoices",
        **bill,
        amount=amount,
        issued=np.full(n, issued),
        due=np.full(n, due),
        missing=missing,
        reference=np.full(n, reference),
        cancelled=np.full(n, cancelled),
        at=np.full(n, at),
    )
    items = {name: bill[name] for name in ("contract", "month", "variant")}
    total = parts["fixed"] + parts["slip"]
    log.add(
        "invoice_items",
        **items,
        position=np.full(n, 1),
        quantity=np.ones(n, dtype=np.int64),
        consumed=np.full(n, -1),
        unit=parts["fixed"],
        amount=total,
        at=np.full(n, at),
    )
    is_metered = parts["metered"] > 0
    log.add(
        "invoice_items",
        **_only(items, is_metered),
        position=np.full(int(is_metered.sum()), 2),
        quantity=parts["metered"][is_metered],
        consumed=parts["consumed"][is_metered],
        unit=parts["unit"][is_metered],
        amount=(parts["metered"] * parts["unit"])[is_metered],
        at=np.full(int(is_metered.sum()), at),
    )


def _only(columns: dict[str, Array], keep: Flags) -> dict[str, Array]:
    return {name: array[keep] for name, array in columns.items()}


def _variant(bill: dict[str, Array], keep: Flags, variant: int | Whole) -> dict[str, Array]:
    kept = _only(bill, keep)
    return kept | {"variant": np.broadcast_to(np.asarray(variant, dtype=np.int64), kept["contract"].shape).copy()}


ITEM_CODES = {
    product: codes
    for product, codes in zip(
        PRODUCTS,
        (
            ("purchases", "purchases"),
            ("instalment", "instalment"),
            ("monthly_plan", "extra_gigabytes"),
            ("public_lighting", "energy_kwh"),
            ("instalment", "instalment"),
        ),
        strict=True,
    )
}
"""What the fixed and the metered item of each product's bill are called."""
