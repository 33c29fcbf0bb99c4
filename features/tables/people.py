"""Customers and what we may use to reach them. Nothing here says who a person is."""

import dataframely as dy
import polars as pl

from features.tables import columns as c
from regua.vocabulary import NOTHING, Band, Channel, ContactOutcome, ContactPointStatus, CustomerKind


class Happening(dy.Schema):
    """Every row says when it happened and when it became known; both in UTC."""

    happened_at = c.instant()
    known_at = c.instant()

    @dy.rule()
    def known_before_it_happened(cls) -> pl.Expr:  # noqa: N805
        """Require that nothing is known before it happens."""
        return c.not_before("happened_at", "known_at")


class Customers(Happening):
    """One row a customer."""

    customer_id = c.pseudonym()
    kind = c.word(CustomerKind)
    region = c.identifier(max_length=8)
    customer_since = c.day()
    income_band = c.word(Band, nullable=True)
    preferred_channel = c.word(Channel, nullable=True)
    sex = c.identifier(nullable=True, max_length=16)
    birth_year = c.whole(1900, 2100, nullable=True)


class Contacts(Happening):
    """One row an attempt to reach a customer; ``happened_at`` is when it was sent."""

    contact_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier(nullable=True)
    decision_id = c.identifier(nullable=True)
    contact_point_id = c.identifier(nullable=True)
    channel = c.word(Channel)
    template = c.identifier(nullable=True)
    offer = c.identifier(nullable=True)
    journey = c.identifier(nullable=True)
    step = c.whole(-1, 10_000, nullable=True)
    accepted_at = c.instant(nullable=True)
    delivered_at = c.instant(nullable=True)
    read_at = c.instant(nullable=True)
    replied_at = c.instant(nullable=True)
    outcome = c.word(ContactOutcome, nullable=True)
    outcome_at = c.instant(nullable=True)
    cost_cents = c.cents(nullable=True)
    propensity = c.number(0.0, 1.0, nullable=True)
    is_randomised = c.flag(nullable=True)
    offer_propensity = c.number(0.0, 1.0, nullable=True)

    @dy.rule()
    def accepted_before_sent(cls) -> pl.Expr:  # noqa: N805
        """Require that a provider accepts a message after it is sent."""
        return c.not_before("happened_at", "accepted_at")

    @dy.rule()
    def delivered_before_sent(cls) -> pl.Expr:  # noqa: N805
        """Require that a message arrives after it is sent."""
        return c.not_before("happened_at", "delivered_at")

    @dy.rule()
    def read_before_sent(cls) -> pl.Expr:  # noqa: N805
        """Require that a message is read after it is sent."""
        return c.not_before("happened_at", "read_at")

    @dy.rule()
    def replied_before_sent(cls) -> pl.Expr:  # noqa: N805
        """Require that an answer comes after the message."""
        return c.not_before("happened_at", "replied_at")


class ContactPoints(Happening):
    """One row an address or number, known by its identifier only."""

    contact_point_id = c.identifier()
    customer_id = c.pseudonym()
    channel = c.word(Channel)
    status = c.word(ContactPointStatus)
    status_at = c.instant(nullable=True)


class Consents(Happening):
    """One row a yes or no of a customer to a channel; the latest ``happened_at`` wins."""

    consent_id = c.identifier()
    customer_id = c.pseudonym()
    channel = c.word(Channel)
    is_granted = c.flag()


class Treatments(Happening):
    """One row a case-day on which a policy chose what to do; a NULL channel means left in peace.

    ``among`` are the channels it could have chosen, ``nothing`` among them, a word a candidate, by spaces. A choice
    left to chance (``is_randomised``) fell on each candidate with the same chance.
    """

    treatment_id = c.identifier()
    customer_id = c.pseudonym()
    contract_id = c.identifier()
    channel = c.word(Channel, nullable=True)
    propensity = c.number(0.0, 1.0)
    is_randomised = c.flag()
    among = c.words((*Channel, NOTHING), nullable=True)

    @dy.rule()
    def chosen_not_among(cls) -> pl.Expr:  # noqa: N805
        """Require that what was chosen could be chosen."""
        chosen = pl.format(" {} ", pl.col("channel").fill_null(NOTHING))
        return pl.col("among").is_null() | pl.format(" {} ", pl.col("among")).str.contains(chosen, literal=True)
