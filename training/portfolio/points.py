"""Contact points and consents: what is known of each address, and what each customer permits."""

import numpy as np
import pyarrow as pa

from regua.columns import Array
from training.portfolio import naming
from training.portfolio.channels import CHANNELS
from training.portfolio.days import NO_TIME
from training.portfolio.luck import Luck, Whole
from training.portfolio.people import known_since_us
from training.portfolio.rows import instants, words
from training.portfolio.state import People, State

STATUSES = ("unverified", "verified", "wrong_party", "invalid")
WRONG_PARTY, INVALID = 2, 3


def points_table(luck: Luck, people: People, troubles: dict[str, Array] | None) -> pa.Table:
    """Show every address with the last thing learned of it; before ``status_at`` it was unverified.

    Parameters
    ----------
    troubles
        Rows of the log: addresses found to be wrong or dead.
    """
    customer, channel = np.nonzero(people.has_point)
    verified = luck.uniform(people.who[customer] ^ channel.astype(np.uint64), "verified") < 0.7
    began = known_since_us(people.since)[customer]
    status, at = verified.astype(np.int64), np.where(verified, began, NO_TIME)
    if troubles is not None:
        place = np.full(people.has_point.shape, -1, dtype=np.int64)
        place[customer, channel] = np.arange(len(customer))
        found = place[troubles["customer"], troubles["channel"]]
        status[found] = np.where(troubles["status"] == 0, WRONG_PARTY, INVALID)
        at[found] = troubles["at"]
    return _points(people, customer, channel, status, at)


def changed_points(state: State, troubles: dict[str, Array]) -> pa.Table:
    """Show the addresses of which something was just learned."""
    status = np.where(troubles["status"] == 0, WRONG_PARTY, INVALID)
    return _points(state.people, troubles["customer"], troubles["channel"], status, troubles["at"])


def _points(people: People, customer: Whole, channel: Whole, status: Whole, at: Whole) -> pa.Table:
    owners, names = naming.customer_ids(people.number[customer]), words(CHANNELS, channel)
    began = instants(known_since_us(people.since)[customer])
    return pa.table(
        {
            "contact_point_id": naming.joined(owners, "-", names),
            "customer_id": owners,
            "channel": names,
            "status": words(STATUSES, status),
            "status_at": instants(at),
            "happened_at": began,
            "known_at": began,
        }
    )


def first_consents(people: People, granted: Array) -> pa.Table:
    """Show what each customer permitted at the start, for every channel with an address; ``granted`` is ``(n, 7)``."""
    customer, channel = np.nonzero(people.has_point)
    owners, names = naming.customer_ids(people.number[customer]), words(CHANNELS, channel)
    began = instants(known_since_us(people.since)[customer])
    return pa.table(
        {
            "consent_id": naming.joined(owners, "-", names, "-0"),
            "customer_id": owners,
            "channel": names,
            "is_granted": pa.array(granted[customer, channel]),
            "happened_at": began,
            "known_at": began,
        }
    )
