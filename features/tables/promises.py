"""What customers agree to and say, what stops us and what was noticed: promises to signals, one class a table."""

import dataframely as dy
import polars as pl

from features.tables import columns as c
from features.tables.people import Happening
from regua.vocabulary import (
    ArrangementResolution,
    DisputeResolution,
    HoldKind,
    OfferKind,
    PromiseResolution,
    SignalKind,
)


class Promises(Happening):
    """One row a promise to pay."""

    promise_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier()
    amount_cents = c.cents(least=1)
    promised_for = c.day()
    resolution = c.word(PromiseResolution, nullable=True)
    resolved_at = c.instant(nullable=True)

    @dy.rule()
    def resolved_before_made(cls) -> pl.Expr:  # noqa: N805
        """Require that a promise is kept or broken after it is made."""
        return c.not_before("happened_at", "resolved_at")


class Arrangements(Happening):
    """One row an arrangement to pay; ``happened_at`` is when it was agreed."""

    arrangement_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier()
    contact_id = c.identifier(nullable=True)
    offer = c.identifier()
    kind = c.word(OfferKind)
    total_cents = c.cents(least=1)
    entry_cents = c.cents(nullable=True)
    instalments = c.whole(1, 1_200)
    first_due_on = c.day()
    resolution = c.word(ArrangementResolution, nullable=True)
    resolved_at = c.instant(nullable=True)

    @dy.rule()
    def resolved_before_agreed(cls) -> pl.Expr:  # noqa: N805
        """Require that an arrangement ends after it is agreed."""
        return c.not_before("happened_at", "resolved_at")

    @dy.rule()
    def entry_above_total(cls) -> pl.Expr:  # noqa: N805
        """Require that the entry is part of the total."""
        return pl.col("entry_cents") <= pl.col("total_cents")


class ArrangementInstalments(Happening):
    """One row an instalment of an arrangement, the entry included; ``happened_at`` is when it was agreed."""

    instalment_id = c.identifier()
    arrangement_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier()
    due_on = c.day()
    amount_cents = c.cents(least=1)
    paid_at = c.instant(nullable=True)

    @dy.rule()
    def paid_before_agreed(cls) -> pl.Expr:  # noqa: N805
        """Require that an instalment is paid after it is agreed."""
        return c.not_before("happened_at", "paid_at")


class Disputes(Happening):
    """One row a customer who says the debt is not owed, or already paid."""

    dispute_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier()
    invoice_id = c.identifier(nullable=True)
    kind = c.word(("dispute", "paid_claim"))
    resolution = c.word(DisputeResolution, nullable=True)
    resolved_at = c.instant(nullable=True)

    @dy.rule()
    def resolved_before_opened(cls) -> pl.Expr:  # noqa: N805
        """Require that a dispute is settled after it is opened."""
        return c.not_before("happened_at", "resolved_at")


class Holds(Happening):
    """One row a reason to pause contact; ``happened_at`` is its start."""

    hold_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier(nullable=True)
    invoice_id = c.identifier(nullable=True)
    kind = c.word(HoldKind)
    ends_at = c.instant(nullable=True)
    lifted_at = c.instant(nullable=True)
    evidence = c.text(nullable=True)

    @dy.rule()
    def lifted_before_placed(cls) -> pl.Expr:  # noqa: N805
        """Require that a hold is lifted after it is placed."""
        return c.not_before("happened_at", "lifted_at")


class Signals(Happening):
    """One row something another system noticed; ``happened_at`` is when it was raised."""

    signal_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier(nullable=True)
    kind = c.word(SignalKind)
    cleared_at = c.instant(nullable=True)

    @dy.rule()
    def cleared_before_raised(cls) -> pl.Expr:  # noqa: N805
        """Require that a signal is cleared after it is raised."""
        return c.not_before("happened_at", "cleared_at")


class Suspicions(Happening):
    """One row an invoice that a billing rule doubts; made by Regua, never ingested."""

    invoice_id = c.identifier()
    contract_id = c.identifier()
    customer_id = c.pseudonym()
    rule = c.identifier()
    evidence = c.text()
