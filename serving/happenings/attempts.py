"""The contacts of one customer, as the log tells them: what was sent or planned, how far it got, who answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from regua import channels
from regua.clock import utc
from regua.records import Event
from regua.vocabulary import ANSWERS, STATE_CODE, ContactOutcome, ContactState, EventKind
from serving.store import Plan

MESSAGES, SPOKEN = frozenset(channels.of_medium("message")), frozenset(channels.of_medium("voice"))
_SENT, _READ, _REPLIED = (STATE_CODE[state] for state in (ContactState.SENT, ContactState.READ, ContactState.REPLIED))
_FAILED = frozenset({ContactOutcome.FAILED, ContactOutcome.WRONG_PARTY})
_TOOK_PART = frozenset({*ANSWERS, ContactOutcome.OPTED_OUT})
_REACHED: Mapping[EventKind, int] = {
    EventKind.CONTACT_ACCEPTED: STATE_CODE[ContactState.ACCEPTED],
    EventKind.CONTACT_DELIVERED: STATE_CODE[ContactState.DELIVERED],
    EventKind.CONTACT_READ: _READ,
    EventKind.CONTACT_REPLIED: _REPLIED,
}
ABOUT_CONTACTS = frozenset({*_REACHED, EventKind.CONTACT_SENT, EventKind.CONTACT_FAILED, EventKind.CONTACT_OUTCOME})


@dataclass(slots=True)
class Contact:
    """One contact and what came of it.

    ``at`` is when it was or will be sent, None where that lies before what was read of the log; ``known_at`` is when
    Regua learned that it was sent, None while it is only planned. What came of it counts from when it was heard.
    """

    channel: str | None = None
    at: datetime | None = None
    known_at: datetime | None = None
    contract_id: str | None = None
    offer: str | None = None
    reached: int = _SENT
    outcome: str | None = None
    outcome_at: datetime | None = None
    read_at: datetime | None = None
    replied_at: datetime | None = None
    heard_at: datetime | None = None

    @property
    def state(self) -> int:
        """How far it got: 0 failed, 1 sent, 2 accepted, 3 delivered, 4 read, 5 replied."""
        if self.outcome in _TOOK_PART:
            return _REPLIED
        return 0 if self.outcome in _FAILED and self.reached < _READ else self.reached

    @property
    def spoken_at(self) -> datetime | None:
        """When a conversation became known, None where there was none."""
        if self.channel not in SPOKEN:
            return None
        return latest(self.replied_at, self.outcome_at if self.outcome in ANSWERS else None)

    @property
    def answered_at(self) -> datetime | None:
        """When a reply or a conversation became known."""
        return latest(self.replied_at, self.spoken_at)


def latest(*instants: datetime | None) -> datetime | None:
    """Return the last of those that are."""
    return max((instant for instant in instants if instant is not None), default=None)


def contacts(events: Iterable[Event], plans: Iterable[Plan] = ()) -> list[Contact]:
    """Fold what was reported, in the order it became known, and what is planned into contacts.

    A contact is named by its own key, else by its decision: reported twice it is one, in whatever order. A report that
    names neither is about the latest contact by its channel sent before it.
    """
    found: dict[str, Contact] = {}
    of_decision: dict[str, Contact] = {}
    nameless: list[Event] = []
    for event in sorted(events, key=lambda event: (event.known_at, event.happened_at, event.event_id)):
        key, decision_id = event.data.get("contact_id"), event.decision_id
        if key is None and decision_id is None:
            if event.kind is not EventKind.CONTACT_SENT:
                nameless.append(event)
                continue
            key = event.event_id
        contact = found.get(str(key)) if key is not None else of_decision.get(str(decision_id))
        contact = contact or (of_decision.get(decision_id) if decision_id else None) or Contact()
        if key is not None:
            found[str(key)] = contact
        if decision_id is not None:
            of_decision[decision_id] = contact
        _tell(contact, event)
    for plan in plans:
        contact = of_decision.setdefault(plan.decision_id, Contact(plan.channel, plan.send_at))
        if contact.at is None:
            # What is reported of it before its sending does not make it less of an attempt.
            contact.at = plan.send_at
    every = list({id(contact): contact for contact in (*found.values(), *of_decision.values())}.values())
    for event in nameless:
        sent = [(one.at, one) for one in every if one.at and one.at <= event.happened_at]
        mine = [(at, one) for at, one in sent if one.channel == event.channel]
        about = max(mine, key=lambda pair: pair[0])[1] if mine else Contact()
        _tell(about, event)
        if not mine:
            every.append(about)
    return every


def _tell(contact: Contact, event: Event) -> None:
    contact.channel = contact.channel or event.channel
    if event.kind is EventKind.CONTACT_SENT:
        contact.at, contact.contract_id = utc(event.happened_at), event.contract_id
        contact.known_at = contact.known_at or event.known_at
        contact.offer = contact.offer or event.data.get("offer")
        return
    contact.heard_at = event.known_at
    if event.kind in _REACHED:
        contact.reached = max(contact.reached, _REACHED[event.kind])
        if event.kind is EventKind.CONTACT_READ:
            contact.read_at = contact.read_at or event.known_at
        if event.kind is EventKind.CONTACT_REPLIED:
            contact.replied_at = contact.replied_at or event.known_at
        return
    outcome = ContactOutcome.FAILED if event.kind is EventKind.CONTACT_FAILED else event.data.get("outcome")
    if outcome != contact.outcome:
        contact.outcome, contact.outcome_at = outcome, event.known_at
