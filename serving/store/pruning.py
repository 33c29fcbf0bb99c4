"""What was told to the outside is kept for a while and then removed: messages, their deliveries and each try of them.

What happened itself is kept in the log and its audit chain; here only lies what was said of it, and to whom.
"""

from datetime import datetime

from sqlalchemy import bindparam, delete, exists, literal_column, select

from serving.store.database import Transaction
from serving.store.instants import instant
from serving.store.statements import OneOf, limited, statement
from serving.store.tables import outbox, webhook_attempts, webhook_deliveries

_ended = (
    webhook_deliveries.c.portfolio == bindparam("portfolio"),
    webhook_deliveries.c.state != literal_column("'waiting'"),
    webhook_deliveries.c.due_at < bindparam("before"),
)
_ENDED = statement(
    limited(select(webhook_deliveries.c.delivery_id).where(*_ended).order_by(webhook_deliveries.c.due_at)),
    "portfolio",
    "before",
    "limit",
)
_is_awaited = exists().where(
    webhook_deliveries.c.message_id == outbox.c.message_id, webhook_deliveries.c.portfolio == outbox.c.portfolio
)
_TOLD = statement(
    limited(
        select(outbox.c.message_id)
        .where(
            outbox.c.portfolio == bindparam("portfolio"),
            outbox.c.delivered_at.is_not(None),
            outbox.c.delivered_at < bindparam("before"),
            ~_is_awaited,
        )
        .order_by(outbox.c.delivered_at)
    ),
    "portfolio",
    "before",
    "limit",
)
_REMOVE_TRIES, _REMOVE_DELIVERIES, _REMOVE_MESSAGES = (
    statement(
        delete(table).where(table.c.portfolio == bindparam("portfolio"), OneOf(table.c[name], "names")),
        "portfolio",
        "names",
    )
    for table, name in (
        (webhook_attempts, "delivery_id"),
        (webhook_deliveries, "delivery_id"),
        (outbox, "message_id"),
    )
)


def prune(transaction: Transaction, portfolio: str, before: datetime, limit: int) -> int:
    """Remove deliveries that ended before an instant, and messages handed on before it that no delivery refers to.

    A message that nobody has handed on, or that is still on its way to somebody, stays. Returns how many went.
    """
    ended = [name for (name,) in transaction.rows(_ENDED, portfolio, instant(before), limit)]
    transaction.change(_REMOVE_TRIES, portfolio, transaction.several(ended))
    gone = transaction.change(_REMOVE_DELIVERIES, portfolio, transaction.several(ended))
    told = [name for (name,) in transaction.rows(_TOLD, portfolio, instant(before), limit)]
    return gone + transaction.change(_REMOVE_MESSAGES, portfolio, transaction.several(told))
