"""Contracts, what was billed on them, and what was paid."""

import dataframely as dy
import polars as pl

from features.tables import columns as c
from features.tables.people import Happening
from regua.vocabulary import PaymentMethod, Product


class Contracts(Happening):
    """One row a contract."""

    contract_id = c.identifier()
    customer_id = c.pseudonym()
    product = c.word(Product)
    opened_on = c.day()
    closed_at = c.instant(nullable=True)
    placed_at = c.instant(nullable=True)
    credit_limit_cents = c.cents(nullable=True)
    principal_cents = c.cents(nullable=True)
    instalments = c.whole(1, 1_200, nullable=True)
    is_secured = c.flag(nullable=True)

    @dy.rule()
    def closed_before_opened(cls) -> pl.Expr:  # noqa: N805
        """Require that a contract ends after it begins; the instant may fall on the eve, seen from UTC."""
        return pl.col("closed_at").dt.date() >= pl.col("opened_on").dt.offset_by("-1d")


class Invoices(Happening):
    """One row an invoice."""

    invoice_id = c.identifier()
    contract_id = c.identifier()
    customer_id = c.pseudonym()
    issued_on = c.day()
    due_on = c.day(nullable=True)
    amount_cents = c.cents()
    reference_month = c.day(nullable=True, check={"not_first_of_month": lambda column: column.dt.day() == 1})
    has_payment_code = c.flag(nullable=True)
    cancelled_at = c.instant(nullable=True)


class InvoiceItems(Happening):
    """One row a line of an invoice."""

    item_id = c.identifier()
    invoice_id = c.identifier()
    description_code = c.identifier()
    billed_quantity = c.number(0.0, 1e12)
    consumed_quantity = c.number(0.0, 1e12, nullable=True)
    unit_price_cents = c.number(0.0, 1e12)
    amount_cents = c.cents()


class Payments(Happening):
    """One row a payment; ``happened_at`` is when it was paid."""

    payment_id = c.identifier()
    contract_id = c.identifier()
    customer_id = c.pseudonym()
    invoice_id = c.identifier(nullable=True)
    amount_cents = c.cents(least=1)
    method = c.word(PaymentMethod, nullable=True)


class RegionMonths(Happening):
    """One row a region and month of the world outside; known when it was published."""

    region = c.identifier(max_length=8)
    month = c.month()
    unemployment_rate = c.number(0.0, 1.0, nullable=True)
    selic_rate = c.number(-1.0, 10.0, nullable=True)
    is_disaster = c.flag(nullable=True)
