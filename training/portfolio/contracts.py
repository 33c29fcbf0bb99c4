"""Make contracts: who holds which products, since when, for how much and until when."""

import numpy as np
import pyarrow as pa

from regua import dice
from regua.columns import Array, Flags
from training.portfolio import naming
from training.portfolio.days import DUE_DAYS, NEVER, NO_TIME, first_of_month, month_starts, number
from training.portfolio.luck import Keys, Luck, Whole
from training.portfolio.people import known_since_us
from training.portfolio.state import RING_DAYS, Contracts, People
from training.portfolio.world import PRODUCTS, World, by_product

OLDEST_MONTHS = 60
UTILITY = PRODUCTS.index("utility")
CARD = PRODUCTS.index("card")
LOAN = PRODUCTS.index("personal_loan")


def holdings(world: World, luck: Luck, numbers: Whole) -> tuple[Whole, Whole, Keys]:
    """Draw who holds what: positions of customers, positions of products, and the contracts' identities."""
    who = dice.identity(naming.customer_ids(numbers).to_pylist())
    held = np.stack(
        [luck.uniform(who, f"holds/{product}") < world.contracts.holding_share[product] for product in PRODUCTS], axis=1
    )
    held[~held.any(axis=1), UTILITY] = True
    customer, product = np.nonzero(held)
    ids = naming.contract_ids(numbers[customer] * naming.PRODUCT_SLOTS + product)
    return customer, product, dice.identity(ids.to_pylist())


def plan_lengths(world: World, luck: Luck, product: Whole, who: Keys) -> Whole:
    """Draw the number of instalments; 0 for what is billed without an end."""
    longest = np.array([world.contracts.instalments.get(name, 0) for name in PRODUCTS])[product]
    return np.ceil(longest * (1 + 2 * luck.uniform(who, "instalments")) / 3).astype(np.int64)


def opening_days(world: World, luck: Luck, product: Whole, who: Keys, origin: int, until: int) -> Whole:
    """Draw the day each contract was opened: most before the history, some within it."""
    first, u = number(first_of_month(origin)), luck.uniform(who, "opened")
    plan = plan_lengths(world, luck, product, who)
    oldest_days = np.where(plan > 0, np.maximum(plan - 2, 1), OLDEST_MONTHS) * 30
    is_young = luck.uniform(who, "young") < world.contracts.opened_in_window_share
    within = first + (u * max(until - first - 20, 1)).astype(np.int64)
    return np.where(is_young, within, first - 35 - (u * oldest_days).astype(np.int64))


def make_contracts(
    world: World, luck: Luck, people: People, held: tuple[Whole, Whole, Keys], opened: Whole, origin: int, months: int
) -> Contracts:
    """Draw the terms of each contract; nothing is owed yet.

    Parameters
    ----------
    held, opened
        From :func:`holdings` and :func:`opening_days`, ``(n,)``.
    origin, months
        The counted month the history begins, and how many months of bills to make room for.
    """
    customer, product, who = held
    n, given = len(customer), world.contracts
    spread = by_product(given.amount_spread)[product] * luck.normal(who, "amount")
    amount = by_product(given.amount_cents)[product] * np.exp(spread + 0.25 * people.ability[customer])
    due_day = np.array(DUE_DAYS)[luck.pick(who, "due_day", [1.0] * len(DUE_DAYS))]
    opened_month = opened.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12 - origin
    plan = plan_lengths(world, luck, product, who)
    u = luck.uniform(who, "closing")
    months_open = np.minimum(np.floor(np.log1p(-u) / np.log1p(-given.closing_monthly)), 240).astype(np.int64)
    last = np.maximum(opened_month, 0) + 1 + months_open
    last = np.where(plan > 0, np.minimum(last, opened_month + plan), last)
    starts = month_starts(origin, int(last.max(initial=0)) + 2)
    zero, none = np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    return Contracts(
        customer=customer,
        number=people.number[customer] * naming.PRODUCT_SLOTS + product,
        who=who,
        product=product,
        due_day=due_day,
        opened_on=opened,
        closed_on=starts[last] + due_day + 20,
        first_month=opened_month + 1,
        last_month=last,
        amount=np.maximum(np.rint(amount), 1500).astype(np.int64),
        is_auto=luck.uniform(who, "auto_debit") < by_product(given.auto_debit_share)[product],
        early_days=luck.pick(who, "early", [3, 2, 2, 1, 1, 1]),
        billed=np.zeros((n, months + 2), dtype=np.int64),
        paid=zero,
        is_forgotten=np.zeros(n, dtype=bool),
        push=np.zeros(n),
        arriving=np.zeros((n, RING_DAYS)),
        is_arriving=np.zeros((n, RING_DAYS), dtype=bool),
        promised_on=none,
        promised_cents=zero.copy(),
        promised_at=zero.copy(),
        held_until=none.copy(),
        disputed_until=none.copy(),
        is_upheld=np.zeros(n, dtype=bool),
        ghost_due=none.copy(),
        ghost_until=none.copy(),
        placed_on=np.full(n, NEVER, dtype=np.int64),
        wrong_month=none.copy(),
        was_called=np.zeros(n, dtype=bool),
        was_reached=np.zeros(n, dtype=bool),
        bucket_then=zero.copy(),
        arranged=none.copy(),
        arranged_at=zero.copy(),
        arranged_on=none.copy(),
        arranged_via=none.copy(),
        arranged_cents=zero.copy(),
        entry_cents=zero.copy(),
        standing=zero.copy(),
        instalments_paid=zero.copy(),
        instalment_on=none.copy(),
        missed_at=np.full(n, NO_TIME, dtype=np.int64),
    )


def contracts_table(world: World, luck: Luck, people: People, contracts: Contracts, day: int) -> pa.Table:
    """Show the contracts as a lender's register shows them on a day: what ended or was handed over by then."""
    opened = pa.array(known_since_us(contracts.opened_on)).cast(pa.timestamp("us", "UTC"))
    plan = plan_lengths(world, luck, contracts.product, contracts.who)
    is_card, is_loan = contracts.product == CARD, plan > 0
    secured = (contracts.product == LOAN) & (luck.uniform(contracts.who, "secured") < 0.2)
    return pa.table(
        {
            "contract_id": naming.contract_ids(contracts.number),
            "customer_id": naming.customer_ids(people.number[contracts.customer]),
            "product": pa.array(PRODUCTS).take(pa.array(contracts.product)),
            "opened_on": pa.array(contracts.opened_on.astype(np.int32), pa.date32()),
            "closed_at": _noon_or_null(contracts.closed_on, contracts.closed_on < day),
            "placed_at": _noon_or_null(contracts.placed_on, contracts.placed_on < day),
            "credit_limit_cents": pa.array(contracts.amount * 4 // 10000 * 10000 + 50000, mask=~is_card),
            "principal_cents": pa.array(contracts.amount * plan, mask=~is_loan),
            "instalments": pa.array(plan, mask=~is_loan),
            "is_secured": pa.array(secured),
            "happened_at": opened,
            "known_at": opened,
        }
    )


def _noon_or_null(days: Whole, holds: Flags) -> pa.Array:
    noon: Array = known_since_us(np.where(holds, days, 0))
    return pa.array(noon, mask=~holds).cast(pa.timestamp("us", "UTC"))
