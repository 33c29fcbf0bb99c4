"""What ends by its name is known by its beginning: where that lies before what is read of the log, it is read too."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from regua.episodes import BEGINS, ENDS, NAMES, name_of, told_apart
from regua.records import Event
from serving.store import events as events_table
from serving.store.database import Transaction
from serving.store.subjects import Keys


def earlier(
    transaction: Transaction, portfolio: str, events: Sequence[Event], since: datetime, keys: Keys
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


def beginning_earlier(events: Sequence[Event]) -> set[tuple[str, str]]:
    """Say of which customers, and what, something ends by a name under which nothing begins before.

    Examples
    --------
    >>> from regua.episodes import APART
    >>> from regua.vocabulary import EventKind
    >>> at = datetime(2026, 3, 4)
    >>> told = Event("e1", EventKind.HOLD_LIFTED, "c1", at, at, data={"hold_id": "h1"})
    >>> beginning_earlier([told])
    {('c1', 'hold_id')}
    >>> beginning_earlier([told, Event("e2", EventKind.HOLD_PLACED, "c1", at, at, data={"hold_id": "h1"})])
    set()
    >>> beginning_earlier([told, Event("e3", EventKind.HOLD_PLACED, "c1", at + APART * 2, at, data={"hold_id": "h1"})])
    {('c1', 'hold_id')}
    """
    begun, ended = set[tuple[str, str, str]](), set[tuple[str, str, str]]()
    for event in told_apart(events):
        name = name_of(event.kind, event.data)
        if name is not None and event.kind in BEGINS | ENDS:
            (begun if event.kind in BEGINS else ended).add((event.customer_id, NAMES[event.kind], name))
    return {(customer_id, what) for customer_id, what, _ in ended - begun}
