"""What ends by its name is known by its beginning: where that lies before what is read of the log, it is read too."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from regua.records import Event
from regua.vocabulary import EventKind
from serving.store import events as events_table
from serving.store.database import Transaction
from serving.store.subjects import Keys

PROMISE, DISPUTE, HOLD, ARRANGEMENT, SIGNAL = "promise_id", "dispute_id", "hold_id", "arrangement_id", "signal_id"
NAMES: Mapping[EventKind, str] = {
    EventKind.PROMISE_MADE: PROMISE,
    EventKind.PROMISE_RESOLVED: PROMISE,
    EventKind.DISPUTE_OPENED: DISPUTE,
    EventKind.PAYMENT_CLAIMED: DISPUTE,
    EventKind.DISPUTE_RESOLVED: DISPUTE,
    EventKind.HOLD_PLACED: HOLD,
    EventKind.HOLD_LIFTED: HOLD,
    EventKind.ARRANGEMENT_MADE: ARRANGEMENT,
    EventKind.ARRANGEMENT_RESOLVED: ARRANGEMENT,
    EventKind.SIGNAL_RAISED: SIGNAL,
    EventKind.SIGNAL_CLEARED: SIGNAL,
}
"""Under which word an event names what it is about."""
ENDS = frozenset(
    {
        EventKind.PROMISE_RESOLVED,
        EventKind.DISPUTE_RESOLVED,
        EventKind.HOLD_LIFTED,
        EventKind.ARRANGEMENT_RESOLVED,
        EventKind.SIGNAL_CLEARED,
    }
)


def earlier(
    transaction: Transaction, portfolio: str, events: Iterable[Event], since: datetime, keys: Keys
) -> list[Event]:
    """Read from the beginning of the log what it tells of things like those that end among events, and begin before.

    Parameters
    ----------
    events
        All of some customers from ``since`` on.
    keys
        Of these customers.
    """
    wanted = beginning_earlier(events)
    if not wanted:
        return []
    ids = transaction.several({customer_id for customer_id, _ in wanted})
    told = events_table.ask_known(transaction, portfolio, ids, events_table.NEVER, since - timedelta(microseconds=1))
    opened = events_table.opened(told(), keys)
    return [one for one in opened if (one.customer_id, NAMES.get(one.kind)) in wanted]


def beginning_earlier(events: Iterable[Event]) -> set[tuple[str, str]]:
    """Say of which customers, and what, something ends by a name under which nothing begins.

    Examples
    --------
    >>> at = datetime(2026, 3, 4)
    >>> told = Event("e1", EventKind.HOLD_LIFTED, "c1", at, at, data={"hold_id": "h1"})
    >>> beginning_earlier([told])
    {('c1', 'hold_id')}
    >>> beginning_earlier([told, Event("e2", EventKind.HOLD_PLACED, "c1", at, at, data={"hold_id": "h1"})])
    set()
    """
    begun, ended = set[tuple[str, str, str]](), set[tuple[str, str, str]]()
    for event in events:
        what = NAMES.get(event.kind)
        name = event.data.get(what) if what is not None else None
        if what is not None and name is not None:
            (ended if event.kind in ENDS else begun).add((event.customer_id, what, str(name)))
    return {(customer_id, what) for customer_id, what, _ in ended - begun}
