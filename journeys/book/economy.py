"""What a contact costs, what it may harm and what a payment is worth: the figures arbitration weighs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from journeys.book.channels import Channels, Medium, Money, Share
from journeys.language.fields import FAMILIES
from journeys.language.numbering import Numbering
from journeys.language.reading import Document, understand
from journeys.language.strict import Strict
from regua.columns import Numbers
from regua.vocabulary import Product

THOUSAND = 1_000
"""Channels give their figures per thousand contacts, because a push costs less than a cent."""


FAMILY_OF_MEDIUM: Mapping[Medium, str] = {
    "message": "message",
    "self_service": "message",
    "voice": "voice",
    "print": "letter",
}
"""The family of contact each medium belongs to: the effect of a contact is known by family."""


class CollectibleShare(Strict):
    """How much of an overdue balance a response brings."""

    overall: Share
    by_product: dict[Product, Share] = Field(default_factory=dict)


class Exploration(Strict):
    """How often the dice choose among the permitted, to keep learning."""

    rate: Annotated[Decimal, Field(ge=0, le=Decimal("0.2"))]
    seed: int = Field(ge=0)


class EconomyFile(Strict):
    """The figures of one house."""

    currency: Literal["BRL"]
    collectible_share: CollectibleShare
    collectible_at_most_mean_invoices: Annotated[Decimal, Field(gt=0, le=100)] | None = Field(
        None, description="Cap on what a response brings, in mean invoices of the last six months."
    )
    harm_growth_per_attempt_7d: Annotated[Decimal, Field(ge=0, le=10)]
    cost_of_complaint: Money = Field(0, ge=0, description="What an opt-out, a block or a complaint costs the house.")
    minimum_value: Money = Field(ge=0)
    exploration: Exploration


@dataclass(frozen=True, slots=True)
class Economy:
    """The figures as arrays; every channel array is in the order of ``CHANNELS``, in cents a contact.

    ``families`` has the position of each channel's family among ``FAMILIES``; ``complaint_cost`` is in cents.
    ``shares`` ends with the overall share, so that an unknown product (code -1) takes it. ``most_invoices`` is infinite
    where nothing caps what a response brings.
    """

    currency: str
    outlay: Numbers
    harm: Numbers
    harm_growth: float
    products: Numbering
    shares: Numbers
    most_invoices: float
    families: NDArray[np.intp]
    complaint_cost: int
    minimum_value: int
    exploration_rate: float
    seed: int

    def collectible(self, balances: Numbers, products: NDArray[np.intp], mean_invoices: Numbers) -> Numbers:
        """Return what one response brings, ``(n,)`` cents.

        Parameters
        ----------
        balances
            Overdue, in cents.
        products
            Positions in :attr:`products`; an unknown one, -1, takes the overall share.
        mean_invoices
            Mean invoice in cents; NULL caps nothing.

        Returns
        -------
        ``min(balance × share of the product, most_invoices × mean invoice)``.
        """
        # fmin: a mean that is not known is no cap.
        return np.fmin(balances * self.shares[products], mean_invoices * self.most_invoices)

    def collectible_alone(self, balance: float, product: str | None, mean_invoice: float) -> float:
        """Return the same of one customer, by the name of the product."""
        share, most = balance * self.shares.item(self.products[product]), mean_invoice * self.most_invoices
        return most if most < share or share != share else share


def compile_economy(document: Document, channels: Channels) -> Economy:
    """Compile the figures, those of each channel included.

    Raises
    ------
    BookError
        A figure is missing, unknown or out of range.
    """
    written = understand(document, EconomyFile)
    figures = channels.decided
    shares = written.collectible_share
    return Economy(
        currency=written.currency,
        outlay=np.array([(one.cost_per_thousand + one.price_per_thousand) / THOUSAND for one in figures]),
        harm=np.array([one.harm_per_thousand / THOUSAND for one in figures]),
        harm_growth=float(written.harm_growth_per_attempt_7d),
        products=Numbering(shares.by_product),
        shares=np.array([float(share) for share in (*shares.by_product.values(), shares.overall)]),
        most_invoices=np.inf
        if written.collectible_at_most_mean_invoices is None
        else float(written.collectible_at_most_mean_invoices),
        families=np.array([FAMILIES.index(FAMILY_OF_MEDIUM[one.medium]) for one in figures], np.intp),
        complaint_cost=written.cost_of_complaint,
        minimum_value=written.minimum_value,
        exploration_rate=float(written.exploration.rate),
        seed=written.exploration.seed,
    )
