"""A batch of bills and their items, and how it is written to the log."""

from dataclasses import dataclass, fields, replace

import numpy as np

from regua.columns import Flags
from training.portfolio.days import DAY_US, HOUR_US, NO_TIME, midnight_us
from training.portfolio.log import Log
from training.portfolio.luck import Whole
from training.portfolio.world import PRODUCTS

PLAIN, DUPLICATE, UNDUE, SETTLED = range(4)
COMPLETE, NO_DUE_DATE, NO_MONTH, NO_CODE = range(4)

ITEM_CODES: dict[str, tuple[str, str]] = {
    "card": ("purchases", "purchases"),
    "personal_loan": ("instalment", "instalment"),
    "telecom": ("monthly_plan", "extra_gigabytes"),
    "utility": ("public_lighting", "energy_kwh"),
    "retail_credit": ("instalment", "instalment"),
}
"""What the fixed and the metered item of each product's bill are called."""

CODES: tuple[str, ...] = tuple(code for product in PRODUCTS for code in ITEM_CODES[product])


@dataclass(frozen=True, slots=True)
class Bills:
    """Bills of one batch, ``(n,)``: a fixed item and, where ``metered`` is above 0, a metered one; money in cents.

    ``month`` counts from the origin; ``slip`` is an amount by which the fixed item's total is wrong; ``missing`` names
    the absent field.
    """

    contract: Whole
    month: Whole
    variant: Whole
    fixed: Whole
    metered: Whole
    consumed: Whole
    unit: Whole
    slip: Whole
    amount: Whole
    missing: Whole

    @classmethod
    def of_one_item(cls, contract: Whole, month: int, variant: int, amount: Whole) -> "Bills":
        """Make complete bills of a single fixed item."""
        zero = np.zeros(len(contract), dtype=np.int64)
        here, kind = np.full(len(contract), month), np.full(len(contract), variant)
        return cls(contract, here, kind, amount, zero, zero, zero, zero, amount, zero)

    def only(self, keep: Flags) -> "Bills":
        """Keep some of the bills."""
        return Bills(*(getattr(self, field.name)[keep] for field in fields(self)))

    def again(self) -> "Bills":
        """Bill the same a second time."""
        zero = np.zeros(len(self.contract), dtype=np.int64)
        return replace(self, variant=np.full(len(self.contract), DUPLICATE), missing=zero)


def write(log: Log, bills: Bills, due: int, issued: int, reference: int, cancelled_in: int | None = None) -> None:
    """Log bills with their items, issued at six in the morning.

    Parameters
    ----------
    due, issued
        Day numbers.
    reference
        The month the bill says it is for, counted from the origin.
    cancelled_in
        After how many days the biller takes them back, if ever.
    """
    n = len(bills.contract)
    at = midnight_us(issued) + 6 * HOUR_US
    cancelled = NO_TIME if cancelled_in is None else at + cancelled_in * DAY_US
    log.add("invoices", contract=bills.contract, month=bills.month, variant=bills.variant, amount=bills.amount,
            issued=np.full(n, issued), due=np.full(n, due), missing=bills.missing, reference=np.full(n, reference),
            cancelled=np.full(n, cancelled), at=np.full(n, at))  # fmt: skip
    log.add("invoice_items", contract=bills.contract, month=bills.month, variant=bills.variant,
            position=np.full(n, 1), quantity=np.ones(n, dtype=np.int64), consumed=np.full(n, -1), unit=bills.fixed,
            amount=bills.fixed + bills.slip, at=np.full(n, at))  # fmt: skip
    some = bills.only(bills.metered > 0)
    n = len(some.contract)
    log.add("invoice_items", contract=some.contract, month=some.month, variant=some.variant, position=np.full(n, 2),
            quantity=some.metered, consumed=some.consumed, unit=some.unit, amount=some.metered * some.unit,
            at=np.full(n, at))  # fmt: skip
