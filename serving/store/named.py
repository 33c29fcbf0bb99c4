"""What is told of by a name is known by all that was ever told of it: what lies before what is read is read too."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from regua.episodes import NAMES, name_of
from regua.records import Event
from serving.store import events as events_table
from serving.store.database import Transaction
from serving.store.subjects import Keys


def earlier(
    transaction: Transaction, portfolio: str, events: Sequence[Event], since: datetime, keys: Keys
) -> list[Event]:
    """Read from the beginning of the log what it tells of things like those that events are about, by their names.

    A beginning that is news may be told anew, or be of what is over long since; an end may be of what began long ago.

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
    told = events_table.ask_known(transaction, portfolio, ids, events_table.NEVER, since - timedelta(microseconds=1))
    opened = events_table.opened(told(), keys)
    return [one for one in opened if (one.customer_id, NAMES.get(one.kind)) in wanted]


def named(events: Sequence[Event]) -> set[tuple[str, str]]:
    """Say of which customers something is told by a name, and under which word.

    Examples
    --------
    >>> from regua.vocabulary import EventKind
    >>> at = datetime(2026, 3, 4)
    >>> named([Event("e1", EventKind.HOLD_LIFTED, "c1", at, at, data={"hold_id": "h1"})])
    {('c1', 'hold_id')}
    >>> named([Event("e2", EventKind.HOLD_LIFTED, "c1", at, at, data={"kind": "legal"})])
    set()
    """
    about = ((event.customer_id, event.kind, name_of(event.kind, event.data)) for event in events)
    return {(customer_id, NAMES[kind]) for customer_id, kind, name in about if name is not None}
