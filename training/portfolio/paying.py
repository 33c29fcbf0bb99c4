"""Let money arrive: on time, out of arrears, or because it was promised; oldest bill first."""

import numpy as np

from regua.columns import Flags, Numbers
from regua.vocabulary import PaymentMethod
from training.portfolio import arrangements, promises
from training.portfolio.arrears import Arrears
from training.portfolio.behaviour import paying_rate, pays_on_time
from training.portfolio.days import DAY_US, HOUR_US, Today, midnight_us, month_starts, next_business_day
from training.portfolio.log import Log
from training.portfolio.luck import Luck, Whole, chance
from training.portfolio.state import State
from training.portfolio.world import World

METHODS: tuple[str, ...] = tuple(PaymentMethod)
BOLETO, AUTO_DEBIT = METHODS.index("boleto"), METHODS.index("auto_debit")


def pay_on_time(state: State, world: World, luck: Luck, today: Today, ability: Numbers, log: Log) -> None:
    """Let the contracts without arrears whose day has come pay the coming bill, or fail to."""
    contracts = state.contracts
    starts = month_starts(state.origin, today.month + 2)
    due_this = starts[today.month] + contracts.due_day - 1
    due_next = starts[today.month + 1] + contracts.due_day - 1
    month = np.where(due_this - contracts.early_days == today.number, today.month, -1)
    month = np.where(due_next - contracts.early_days == today.number, today.month + 1, month)
    state.with_room(today.month + 1)
    rows = np.flatnonzero(month >= 0)
    before, after = contracts.billed[rows, month[rows]], contracts.billed[rows, month[rows] + 1]
    covered = contracts.paid[rows] + contracts.standing[rows]  # what an arrangement makes stand still is not missing
    ready = (after > before) & (covered >= before) & (covered < after)
    rows, after = rows[ready], after[ready] - contracts.standing[rows[ready]]
    log.tally.bills_due += len(rows)
    on_time, forgotten = pays_on_time(state, world, luck, today, ability, rows, month[rows])
    contracts.is_forgotten[rows[forgotten]] = True
    paying = rows[on_time]
    amount = (after - contracts.paid[rows])[on_time]
    _pay(state, world, luck, today, log, paying, amount, np.full(len(paying), today.start_us + 6 * HOUR_US))


def pay_arrears(
    state: State, world: World, luck: Luck, today: Today, ability: Numbers, arrears: Arrears, sent_us: Whole, log: Log
) -> None:
    """Let contracts in arrears pay: by their own rate, or because today is the promised day.

    ``sent_us`` is ``(contracts,)``, the instant after which a contact of today may have moved them; money follows it.
    """
    contracts, rows = state.contracts, arrears.rows
    who = contracts.who[rows]
    rate = paying_rate(state, world, today, ability, arrears)
    standing = contracts.standing[rows]
    pays = (luck.uniform(who, "pays", today.number) < -np.expm1(-rate)) & (arrears.owed > standing)
    amount = _chosen_amount(state, world, luck, today, ability, arrears)
    amount = np.where(standing > 0, arrears.owed - standing, amount)
    promised = promises.due_amount(state, world, luck, today, ability, arrears)
    amount = np.where(promised > 0, np.minimum(promised, arrears.owed), amount)
    pays = pays | (promised > 0)
    instalment = arrangements.due_amount(state, world, luck, today, ability, arrears)
    paid, zero = np.where(pays, amount, 0) + instalment, np.zeros(len(rows), dtype=np.int64)
    pays, at, known = paid > 0, zero, zero.copy()
    at[pays], known[pays] = _pay(state, world, luck, today, log, rows[pays], paid[pays], sent_us[rows[pays]])
    promises.settle(state, world, today, log, arrears, paid, at)
    forgiven = arrangements.settle(state, world, today, log, arrears, instalment, known)
    _close_episodes(state, today, arrears, paid + forgiven >= arrears.owed, known, log)


def _chosen_amount(state: State, world: World, luck: Luck, today: Today, ability: Numbers, arrears: Arrears) -> Whole:
    """Everything overdue, the oldest bill, or a part of it, in cents ``(m,)``."""
    contracts, given, rows = state.contracts, world.arrears, arrears.rows
    who = contracts.who[rows]
    oldest = contracts.billed[rows, arrears.oldest + 1] - contracts.paid[rows]
    odds = given.pay_all_log_odds + 0.5 * ability[contracts.customer[rows]] - 0.7 * (arrears.cycles - 1)
    pays_all = luck.uniform(who, "pays_all", today.number) < chance(odds)
    amount = np.where(pays_all, arrears.owed, oldest)
    is_part = luck.uniform(who, "pays_part", today.number) < given.partial_share
    part = np.rint(oldest * (0.2 + 0.6 * luck.uniform(who, "part", today.number)))
    return np.where(is_part, np.maximum(part, 1), amount).astype(np.int64)


def _pay(
    state: State, world: World, luck: Luck, today: Today, log: Log, rows: Whole, amount: Whole, after_us: Whole
) -> tuple[Whole, Whole]:
    """Book payments, one row for each bill they touch; return when they were made and when they are known."""
    contracts = state.contracts
    who = contracts.who[rows]
    earliest = np.maximum(after_us, today.start_us + 6 * HOUR_US)
    latest = today.start_us + 23 * HOUR_US + HOUR_US // 2
    at = earliest + (luck.uniform(who, "hour", today.number) * np.maximum(latest - earliest, 0)).astype(np.int64)
    shares = [world.arrears.method_share.get(method, 0.0) for method in METHODS]
    method = np.where(contracts.is_auto[rows], AUTO_DEBIT, luck.pick(who, "method", shares))
    slow = luck.uniform(who, "slow", today.number) < world.arrears.slow_clearing_share
    known = _known_us(today, at, method, slow)
    rest, at_row = amount.copy(), np.arange(len(rows))
    while True:
        here = rows[at_row]
        month = np.argmax(contracts.billed[here, 1:] > contracts.paid[here, None], axis=1)
        part = np.minimum(rest[at_row], contracts.billed[here, month + 1] - contracts.paid[here])
        log.add(
            "payments",
            contract=here,
            month=month,
            amount=part,
            method=method[at_row],
            at=at[at_row],
            known=known[at_row],
            day=np.full(len(here), today.number),
        )
        contracts.paid[here] += part
        rest[at_row] -= part
        at_row = at_row[rest[at_row] > 0]
        if len(at_row) == 0:
            return at, known


def _known_us(today: Today, at: Whole, method: Whole, slow: Flags) -> Whole:
    """Say when a payment is known: at once, or on the business morning a clearing house reports it."""
    morning = next_business_day(today.number)
    cleared = midnight_us(morning) + 6 * HOUR_US
    late = midnight_us(next_business_day(morning + 1)) + 6 * HOUR_US
    return np.where((method == BOLETO) | (method == AUTO_DEBIT), np.where(slow, late, cleared), at)


def _close_episodes(state: State, today: Today, arrears: Arrears, cured: Flags, known: Whole, log: Log) -> None:
    """Close the episode of whoever is out of arrears, and count it; money not yet known leaves a ghost behind."""
    contracts, tally = state.contracts, log.tally
    rows, age = arrears.rows[cured], arrears.days_past_due[cured]
    alone, unread = ~contracts.was_called[rows], ~contracts.was_reached[rows]
    tally.cured_15d += int((age <= 15).sum())
    tally.cured_30d += int((age <= 30).sum())
    tally.self_cured_15d += int(((age <= 15) & alone).sum())
    tally.self_cured_30d += int(((age <= 30) & alone).sum())
    tally.unread_cured_30d += int(((age <= 30) & unread).sum())
    for flag in (contracts.is_forgotten, contracts.was_called, contracts.was_reached):
        flag[rows] = False
    contracts.push[rows] = 0.0
    contracts.ghost_due[rows] = arrears.due[cured]
    contracts.ghost_until[rows] = today.number + (known[cured] - today.start_us) // DAY_US
