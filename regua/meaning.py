"""What the outcome of one contact says of all contacts by its channel: who refuses one refuses the next."""

from dataclasses import replace

from regua.records import Event
from regua.vocabulary import ContactOutcome, EventKind


def refusal(event: Event) -> Event | None:
    """Say the refusal that lies in the outcome of a contact, as an event of its own; None where there is none.

    Examples
    --------
    >>> from datetime import datetime
    >>> at = datetime(2026, 3, 4)
    >>> told = Event("e1", EventKind.CONTACT_OUTCOME, "ana", at, at, data={"outcome": "opted_out"})
    >>> refusal(told)
    Event(event_id='e1:opted_out', kind=<EventKind.OPTED_OUT: 'opted_out'>, customer_id='ana', ...)
    """
    if event.kind is not EventKind.CONTACT_OUTCOME or event.data.get("outcome") != ContactOutcome.OPTED_OUT:
        return None
    return replace(event, event_id=f"{event.event_id}:{EventKind.OPTED_OUT}", kind=EventKind.OPTED_OUT, data={})
