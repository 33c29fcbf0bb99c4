"""Events at the border: what a CRM, a channel or a billing system may report of a customer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from regua.clock import utc
from regua.errors import RequestError
from regua.money import LARGEST_CENTS
from regua.records import Event
from regua.vocabulary import Channel, EventKind
from regua.written_time import Instant
from serving.happenings.event_details import check_details
from serving.privacy.identifying import personal, personal_in
from serving.store.log import AHEAD
from serving.strict_json import PERSONAL, personal_data


def pseudonym(text: str) -> str:
    """Return an identifier that says nothing of who somebody is.

    Raises
    ------
    PydanticCustomError
        It looks like a CPF, a CNPJ, a card, an e-mail or a phone.
    """
    if kind := personal(text):
        raise PydanticCustomError(PERSONAL, "a pseudonym that is no {kind}", {"kind": kind})
    return text


Identifier = Annotated[
    str,
    StringConstraints(min_length=1, max_length=128, pattern=r"^[^\p{C}\p{Z}]([^\p{C}]*[^\p{C}\p{Z}])?$"),
    AfterValidator(pseudonym),
]
"""A pseudonym: no control or direction characters, no space at its ends, nothing that says who somebody is."""

Source = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, pattern=r"^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+$"),
    AfterValidator(pseudonym),
]
"""Who reports, as a URI reference: /crm/payments, urn:bank:billing, or a plain word."""

_WITH_CHANNEL = frozenset(
    {
        EventKind.CONTACT_SENT,
        EventKind.CONTACT_ACCEPTED,
        EventKind.CONTACT_DELIVERED,
        EventKind.CONTACT_READ,
        EventKind.CONTACT_REPLIED,
        EventKind.CONTACT_FAILED,
        EventKind.CONTACT_OUTCOME,
    }
)
_WITH_AMOUNT = frozenset(
    {EventKind.PAYMENT, EventKind.PROMISE_MADE, EventKind.ARRANGEMENT_MADE, EventKind.INSTALMENT_DUE}
)


class EventIn(BaseModel):
    """One thing that happened to a customer. The same ``event_id`` may be sent any number of times."""

    model_config = ConfigDict(extra="forbid")

    event_id: Identifier
    kind: EventKind
    customer_id: Identifier
    happened_at: Instant = Field(description="When it happened, with its offset from UTC.")
    contract_id: Identifier | None = None
    decision_id: Identifier | None = Field(None, description="The decision this contact came from.")
    channel: Channel | None = Field(None, description="Needed for every contact; an opt-out without one is from all.")
    amount_cents: int | None = Field(
        None, gt=0, le=LARGEST_CENTS, description="Needed for a payment, a promise, an arrangement."
    )
    data: dict[str, Any] = Field(default_factory=dict, description="Keys of the row it is about, and its details.")

    def event(self, known_at: datetime) -> Event:
        """Return the event as Regua keeps it, learned at an instant.

        Raises
        ------
        RequestError
            Something its kind needs is missing, or it lies in the future.
        """
        happened_at = utc(self.happened_at)
        if happened_at > utc(known_at) + AHEAD:
            raise RequestError(
                f"happened_at: {happened_at.isoformat()} is in the future",
                expected=f"an instant not after {utc(known_at).isoformat()}",
                param="/happened_at",
            )
        if self.kind in _WITH_CHANNEL and self.channel is None:
            raise RequestError(
                f"channel: none, in a {self.kind}", expected=f"one of {', '.join(Channel)}", param="/channel"
            )
        if self.kind in _WITH_AMOUNT and self.amount_cents is None:
            raise RequestError(
                f"amount_cents: none, in a {self.kind}",
                expected="a whole number of cents above zero",
                param="/amount_cents",
            )
        if told := personal_in(self.data, "data"):
            raise personal_data(*told)
        check_details(self.kind, self.data)
        return Event(
            event_id=self.event_id,
            kind=self.kind,
            customer_id=self.customer_id,
            happened_at=happened_at,
            known_at=max(utc(known_at), happened_at),
            contract_id=self.contract_id,
            decision_id=self.decision_id,
            channel=self.channel,
            amount_cents=self.amount_cents,
            data=self.data,
        )
