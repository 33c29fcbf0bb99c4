"""What each kind of event must tell besides its customer and its moment."""

from datetime import date, datetime
from typing import Any

from regua.errors import RequestError
from regua.vocabulary import (
    ArrangementResolution,
    ContactOutcome,
    DisputeResolution,
    EventKind,
    HoldKind,
    OfferKind,
    PromiseResolution,
    SignalKind,
)
from regua.written_time import DAY, INSTANT


def check_details(kind: EventKind, data: dict[str, Any]) -> None:
    """Look for what a kind of event needs in its details.

    Raises
    ------
    RequestError
        Something is missing, or is not what it claims to be.
    """
    if kind is EventKind.PROMISE_MADE:
        _date(data, "promised_for")
    if kind is EventKind.PROMISE_RESOLVED:
        _word(data, "resolution", tuple(PromiseResolution))
    if kind is EventKind.ARRANGEMENT_MADE:
        _arrangement(data)
    if kind is EventKind.ARRANGEMENT_RESOLVED:
        _word(data, "resolution", tuple(ArrangementResolution))
    if kind in (EventKind.INSTALMENT_DUE, EventKind.INSTALMENT_PAID):
        _name(data, "instalment_id")
    if kind is EventKind.INSTALMENT_DUE:
        _name(data, "arrangement_id")
        _date(data, "due_on")
    if kind is EventKind.DISPUTE_RESOLVED:
        _word(data, "resolution", tuple(DisputeResolution))
    if kind in (EventKind.HOLD_PLACED, EventKind.HOLD_LIFTED):
        _word(data, "kind", tuple(HoldKind))
    if kind is EventKind.CONTACT_OUTCOME:
        _word(data, "outcome", tuple(ContactOutcome))
    if kind in (EventKind.SIGNAL_RAISED, EventKind.SIGNAL_CLEARED):
        _word(data, "kind", tuple(SignalKind))
    if data.get("ends_at") is not None:
        _instant(data, "ends_at")


def _arrangement(data: dict[str, Any]) -> None:
    for name in ("arrangement_id", "offer"):
        _name(data, name)
    _word(data, "kind", tuple(OfferKind))
    _date(data, "first_due_on")
    count = data.get("instalments")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1_200:
        raise _wrong(data, "instalments", "how many: a whole number from 1 to 1,200")


def _name(data: dict[str, Any], name: str) -> None:
    if not isinstance(data.get(name), str) or not data[name]:
        raise _wrong(data, name, "an identifier such as A-2026-0001")


def _word(data: dict[str, Any], name: str, words: tuple[str, ...]) -> None:
    if data.get(name) not in words:
        raise _wrong(data, name, f"one of {', '.join(words)}")


def _date(data: dict[str, Any], name: str) -> None:
    try:
        is_day = DAY.fullmatch(data[name]) is not None and bool(date.fromisoformat(data[name]))
    except (KeyError, TypeError, ValueError):
        is_day = False
    if not is_day:
        raise _wrong(data, name, "a date such as 2026-03-31")


def _instant(data: dict[str, Any], name: str) -> None:
    try:
        is_aware = INSTANT.fullmatch(data[name]) is not None and datetime.fromisoformat(data[name]).tzinfo is not None
    except (TypeError, ValueError):
        is_aware = False
    if not is_aware:
        raise _wrong(data, name, "an instant with its offset, such as 2026-03-31T12:00:00Z")


def _wrong(data: dict[str, Any], name: str, expected: str) -> RequestError:
    # What was sent is not shown: nobody knows what it is.
    found = f"data.{name}: {'nothing' if data.get(name) is None else 'something else'}"
    return RequestError(found, expected=expected, param=f"/data/{name}")
