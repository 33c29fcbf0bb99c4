"""At which hours were contacts noticed? Messages read within two hours, calls the customer answered in person."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np

from models.base import ModelSpec
from models.slots import SLOT_LENGTH_HOURS
from regua.channels import of_medium, quoted
from regua.columns import Array
from regua.vocabulary import RIGHT_PARTY_OUTCOMES, SLOT_HOURS, ContactOutcome
from training.cases import contacts
from training.cases.case import Cases, History
from training.cases.labels import local_days

_NOTICED = f"""
CASE WHEN s.channel IN {quoted("message")}
     THEN coalesce(s.read_at <= s.happened_at + INTERVAL 2 HOUR
                   AND NOT coalesce(s.outcome = '{ContactOutcome.WRONG_PARTY}', false), false)
     ELSE coalesce(s.outcome IN {contacts.quoted(RIGHT_PARTY_OUTCOMES)} AND s.outcome_at <= s.ends, false) END
"""


def cases(history: History, spec: ModelSpec) -> Cases:
    """List messages and calls of the daytime and whether each was noticed.

    ``extras``: ``slot`` (position in :data:`regua.vocabulary.SLOT_HOURS`) and ``weekday`` (0 Monday) of the sending,
    where the customer lives.
    """
    spoken = of_medium("voice")
    found = contacts.sent(
        history, spec, _NOTICED, only=f"channel IN {contacts.quoted((*of_medium('message'), *spoken))}"
    )
    arm = np.where(np.isin(found["channel"].astype(str), spoken), "voice", "message").astype(object)
    slot = (local_hours(found["at"], history.zone) - SLOT_HOURS[0]) // SLOT_LENGTH_HOURS
    outside = (slot < 0) | (slot >= len(SLOT_HOURS))
    # 1970-01-01 was a Thursday.
    weekday = (local_days(found["at"], history.zone).astype(np.int64) + 3) % 7
    return contacts.cases(
        history,
        {**found, "why": contacts.also(found, outside, "outside_hours")},
        arm=arm,
        extras={"slot": slot.astype(np.float64), "weekday": weekday.astype(np.float64)},
    )


def local_hours(at: Array, zone: str) -> Array:
    """Return the hour of the clock where people live, ``(n,)`` whole numbers.

    Examples
    --------
    >>> local_hours(np.array(["2026-07-01T12:59"], "datetime64[us]"), "America/Sao_Paulo").tolist()
    [9]
    """
    # Zones differ by quarters of an hour at the least: the clock is asked once for each quarter.
    quarters, place = np.unique(at.astype("datetime64[m]").astype(np.int64) // 15, return_inverse=True)
    there = ZoneInfo(zone)
    instants = (quarters * 15).astype("datetime64[m]").astype("datetime64[us]").tolist()
    hours = np.array([one.replace(tzinfo=UTC).astimezone(there).hour for one in instants], np.int64)
    return hours[place] if len(hours) else np.empty(0, np.int64)
