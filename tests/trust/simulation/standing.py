"""What begins and ends, as the tests read what was told of one name: what begins after an end is another."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from regua.clock import utc

Told = dict[str, Any]
ENDS = frozenset({"promise_resolved", "dispute_resolved", "hold_lifted"})
CLOCKS = timedelta(minutes=5)


def naive(at: datetime) -> datetime:
    """Write an instant as the oracle's tables do."""
    return utc(at).replace(tzinfo=None)


def rows(told: Iterable[tuple[datetime, datetime, Told]], over: str, more: Told) -> list[Told]:
    """Make rows of what was told of one name: when it happened, when that was known, and the event.

    Parameters
    ----------
    over
        The word that says when a row was known to be over; None while it is not.
    more
        What all rows say.
    """
    found: list[Told] = []
    ended: tuple[datetime, datetime] | None = None
    for at, known, event in sorted(told, key=lambda one: one[0]):
        # What was acknowledged is known, whatever any clock says: it counts from the first instant it can.
        happened, heard = naive(min(at, known)), naive(known)
        if event["kind"] in ENDS:
            ended = at, heard
            if found:
                found[-1][over] = min(found[-1][over] or heard, heard)
        elif not found or (ended is not None and at > ended[0] + CLOCKS):
            times = {"known_at": happened, "happened_at": happened, "told_at": heard}
            found.append(times | _content(event) | more | {over: None})
            ended = None
        else:
            told_at = min(found[-1]["told_at"], heard)
            found[-1] |= {"happened_at": happened, "told_at": told_at, **_content(event)}
    return found


def _content(event: Told) -> Told:
    data, kind = event["data"], event["kind"]
    if kind == "promise_made":
        return {"promised_for": date.fromisoformat(data["promised_for"]), "amount_cents": event["amount_cents"]}
    if kind != "hold_placed":
        return {"kind": kind}
    ends_at = None if data.get("ends_at") is None else naive(datetime.fromisoformat(data["ends_at"]))
    return {"kind": data["kind"], "contract_id": None, "invoice_id": None, "ends_at": ends_at}
