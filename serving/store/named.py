"""What is told of by a name is known by all that was ever told of it: what lies before what is read is read too."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from regua.episodes import NAMES
from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import events as events_table
from serving.store.database import Transaction
from serving.store.subjects import Keys

WORDS: Mapping[EventKind, str] = {**NAMES, EventKind.PAYMENT: "payment_id"}
"""Under which word an event names what it is about: of a payment it is told once more when another system books it."""


def earlier(
    transaction: Transaction, portfolio: str, events: Sequence[Event], since: datetime, keys: Keys
) -> list[Event]:
    """Read from the beginning of the log what it tells of things like those that events are about, by their names.

    A beginning that is news may be told anew, or be of what is over long since; an end may be of what began long ago;
    a payment may be known by what another system told.

    Parameters
    ----------
    events
        All of some customers from ``since`` on.
    keys
        Of these customers.
    """
    wanted = named(events)
    if not wanted:
        return []
    ids = transaction.several({customer_id for customer_id, _ in wanted})
    words = {word for _, word in wanted}
    kinds = (kind for kind, word in WORDS.items() if word in words)
    told = events_table.ask_of_kinds(transaction, portfolio, ids, kinds, since)
    opened = events_table.opened(told(), keys)
    return [one for one in opened if (one.customer_id, WORDS.get(one.kind)) in wanted]


def named(events: Sequence[Event]) -> set[tuple[str, str]]:
    """Say of which customers something is told by a name, and under which word.

    Examples
    --------
    >>> at = datetime(2026, 3, 4)
    >>> named([Event("e1", EventKind.HOLD_LIFTED, "c1", at, at, data={"hold_id": "h1"})])
    {('c1', 'hold_id')}
    >>> named([Event("e2", EventKind.HOLD_LIFTED, "c1", at, at, data={"kind": "legal"})])
    set()
    """
    about = ((event, WORDS.get(event.kind)) for event in events)
    return {(event.customer_id, word) for event, word in about if word and event.data.get(word) is not None}
