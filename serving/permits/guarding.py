"""The guard of a claim: the rules the decision was made under, asked again of what is known in the claim's instant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from journeys.book import Book
from journeys.book.owing import income_of
from journeys.guardrails import named, stopping
from journeys.language.strict import PURPOSES
from journeys.rulebook.hours import microseconds
from regua.clock import local_date
from regua.columns import Columns, number
from regua.vocabulary import CHANNELS
from serving.deciding.inputs import Inputs, Shape
from serving.deciding.pipeline import Pipeline, looking_back
from serving.permits.slots import purpose_of
from serving.store import Live, Logged, Permit, Store

AMOUNTS = ("customer_balance_overdue_cents", "balance_overdue_cents")
NOTHING_DUE, OUTSIDE_HOURS, OFFER_GONE, ERASED = "nothing_due", "hours", "offer_withdrawn", "decision_erased"


@dataclass(frozen=True, slots=True)
class Guarding:
    """What is read before a claim's transaction: the decision, and the profile as it is now.

    The rest is read inside it: what happened since the profile, and who holds which slot. ``owed`` are the
    amounts the decision asked for, as it knew them.
    """

    pipeline: Pipeline
    row: Logged
    owed: Mapping[str, float]
    profile: Columns

    @classmethod
    def of(cls, pipeline: Pipeline, permit: Permit, moment: datetime) -> "Guarding":
        """Read what a permit stands on."""
        row = pipeline.store.decision(permit.decision_id)
        profile = pipeline.profiles.read([permit.customer_id], moment)
        return cls(pipeline, row, {} if row.is_erased else owed(pipeline.store, row), profile)

    def look(self, permit: Permit, at: datetime, facts: Callable[[datetime], Live]) -> str | None:
        """Say why the contact of a permit must not be made at an instant; None if it may.

        Parameters
        ----------
        permit
            The permit to be claimed; the contact it plans does not stand in its own way.
        at
            The instant of the claim.
        facts
            Reads what is known since an instant, inside the transaction that claims.
        """
        if self.row.is_erased:
            return ERASED
        since = looking_back(self.profile, at)
        columns = dict(self.pipeline.laid_over(self.profile, others(facts(since), permit), at).columns)
        if purpose_of(permit.slot) != "service" and is_settled(columns, self.owed):
            return NOTHING_DUE
        problem = _ask(columns, self.row, permit, self.pipeline.book)
        return problem or _stopped(columns, permit, self.pipeline.book, at)


def others(live: Live, permit: Permit) -> Live:
    """Leave the contact a permit itself plans out of what is known."""
    kept = tuple(plan for plan in live.plans if plan.decision_id != permit.decision_id)
    return replace(live, plans=kept)


def owed(store: Store, row: Logged) -> Mapping[str, float]:
    """Read the amounts that a decision knew to be overdue."""
    shape = Shape.from_text(store.texts.read("shapes", row.shape_digest))
    then = Inputs.unpack(shape, [row.inputs]).columns
    return {name: float(number(then, name)[0]) for name in AMOUNTS}


def is_settled(columns: Columns, then: Mapping[str, float]) -> bool:
    """Say whether money is asked for that was owed when it was decided, and is not any more, or not known to be."""
    # Before a due date nothing is overdue, then or now.
    return any(then[name] > 0 and not number(columns, name)[0] > 0 for name in AMOUNTS)


def _ask(columns: dict[str, Any], row: Logged, permit: Permit, book: Book) -> str | None:
    """Put what the contact asks beside the facts, in place: its purpose, and what the offer that rides asks a month."""
    columns["purpose"] = np.array([PURPOSES.index(purpose_of(permit.slot))], np.int8)
    columns["offer_payment_cents"] = np.full(1, np.nan)
    columns["income_cents"] = income_of(book.offers.incomes, columns, np.zeros(1, np.intp))
    offer = orjson.loads(row.body).get("offer")
    if offer is not None:
        if offer["name"] not in book.offers.names:
            return OFFER_GONE
        which = np.array([book.offers.names.index(offer["name"])], np.intp)
        columns["offer_payment_cents"] = book.offers.payments(which, columns["customer_balance_overdue_cents"])
    return None


def _stopped(columns: Columns, permit: Permit, book: Book, at: datetime) -> str | None:
    """Name the first guardrail that stops the contact; the hours must be open in this very instant."""
    policy, channel = book.policies.on(local_date(at, book.policies.zone)), CHANNELS.index(permit.channel)
    opens = policy.hours.first_permitted(policy.codes(columns), at)[0, channel]
    if opens != microseconds(at):
        return OUTSIDE_HOURS
    return next(iter(named(stopping(columns, channel, policy, at))), None)
