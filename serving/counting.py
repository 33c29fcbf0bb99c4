"""What the contacts of a customer count as at a moment: attempts in windows, calls, conversations, silence."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from regua.clock import local_date
from regua.vocabulary import CHANNELS
from serving.attempts import MESSAGES, SPOKEN, Contact, latest
from serving.effects import Row

LOOK_BACK = timedelta(days=7)
"""How far back before the profile contacts are read: the longest window that a rule counts."""

ROLLING: Mapping[str, timedelta] = {"attempts_24h": timedelta(hours=24), "attempts_7d": LOOK_BACK}
LEARNED: Mapping[str, timedelta] = {"attempts_30d": timedelta(days=30), "attempts_90d": timedelta(days=90)}
"""Windows of models: what was sent is added, and until the next profile nothing leaves them."""
OF_THE_DAY = ("attempts_1d", *(f"attempts_1d_{channel}" for channel in CHANNELS))
AGEING = ("hours_since_last_contact", "hours_since_last_conversation")

_BY_CHANNEL = frozenset({"attempts_1d", "attempts_24h", "attempts_7d", "attempts_30d"})


def count(row: Row, contacts: Sequence[Contact], known_until: datetime) -> None:
    """Bring the counters of a customer up to the moment.

    What the profile knew and has left a window since is taken out; what became known later is added; no count is less
    than what the log alone shows. A plan counts as an attempt until it is reported as sent.

    Parameters
    ----------
    row
        The profile, its hours already aged to the moment.
    contacts
        Of the last seven days before the profile, and since.
    known_until
        The instant up to which the profile knows.
    """
    sent = [(one.at, one) for one in contacts if one.at is not None and local_date(one.at, row.zone) <= row.today]
    for at, one in sent:
        is_new = _is_new(one, known_until)
        if is_new and local_date(at, row.zone) == row.today:
            _add(row, "attempts_1d", one, 1)
        for name, window in ROLLING.items():
            _slide(row, name, one, at, window, known_until, is_new=is_new)
        if one.channel in SPOKEN and row.is_about(one.contract_id):
            change = _change(row, at, LOOK_BACK, known_until, is_new=is_new)
            row.add("contract_calls_7d", change)
        if is_new and one.known_at is not None:
            for name, window in LEARNED.items():
                if at > row.moment - window:
                    _add(row, name, one, 1)
            days = (row.today - local_date(at, row.zone)).days
            row.least("days_since_last_contact", days)
    for one in contacts:
        _came_back(row, one, known_until)
    _no_less_than_logged(row, sent)
    _last_contact(row, sent, known_until)
    _conversations(row, contacts, known_until)


def _add(row: Row, name: str, contact: Contact, change: int) -> None:
    row.add(name, change)
    if name in _BY_CHANNEL and contact.channel:
        row.add(f"{name}_{contact.channel}", change)


def _slide(
    row: Row, name: str, contact: Contact, at: datetime, window: timedelta, known_until: datetime, *, is_new: bool
) -> None:
    change = _change(row, at, window, known_until, is_new=is_new)
    if change:
        _add(row, name, contact, change)


def _change(row: Row, at: datetime, window: timedelta, known_until: datetime, *, is_new: bool) -> int:
    """Return 1 for what entered a window since the profile, -1 for what left it."""
    is_within = at > row.moment - window
    if is_new:
        return int(is_within)
    return -int(not is_within and at > known_until - window)


def _came_back(row: Row, contact: Contact, known_until: datetime) -> None:
    """Count what was read and what was answered, once it and the contact are known."""
    is_new = _is_new(contact, known_until)
    if contact.read_at is not None and (is_new or contact.read_at > known_until):
        row.least("days_since_last_read", row.days_since(contact.read_at))
        if contact.channel:
            row.add(f"read_90d_{contact.channel}", 1)
    if contact.replied_at is not None and (is_new or contact.replied_at > known_until):
        row.least("days_since_last_reply", row.days_since(contact.replied_at))
        row.add("replies_90d", 1)


def _no_less_than_logged(row: Row, sent: Sequence[tuple[datetime, Contact]]) -> None:
    logged: dict[str, int] = {}
    for at, one in sent:
        names = [name for name, window in ROLLING.items() if at > row.moment - window]
        if local_date(at, row.zone) == row.today:
            names.append("attempts_1d")
        for name in names:
            for counter in (name, f"{name}_{one.channel}") if one.channel else (name,):
                logged[counter] = logged.get(counter, 0) + 1
        if one.channel in SPOKEN and row.is_about(one.contract_id) and at > row.moment - LOOK_BACK:
            logged["contract_calls_7d"] = logged.get("contract_calls_7d", 0) + 1
    for counter, least in logged.items():
        if row.get(counter) < least:
            row.set(counter, least)


def _last_contact(row: Row, sent: Sequence[tuple[datetime, Contact]], known_until: datetime) -> None:
    if not sent:
        return
    at, last = max(sent, key=lambda pair: (pair[0], pair[1].state))
    hours = max((row.moment - at) / timedelta(hours=1), 0.0)
    before = row.get("hours_since_last_contact")
    if before < hours - 1e-6:
        return
    is_news = not abs(before - hours) < 1e-6 or (last.heard_at is not None and last.heard_at > known_until)
    row.set("hours_since_last_contact", hours)
    if is_news or np.isnan(row.get("last_contact_state")):
        row.set("last_contact_state", last.state)


def _conversations(row: Row, contacts: Sequence[Contact], known_until: datetime) -> None:
    if (spoken := latest(*(one.spoken_at for one in contacts))) is not None:
        row.least("hours_since_last_conversation", (row.moment - spoken) / timedelta(hours=1))
    answers = [(one.answered_at, one) for one in contacts if one.answered_at is not None]
    answered, answer = max(answers, key=lambda pair: pair[0], default=(None, Contact()))
    messages = [(one.at, one) for one in contacts if one.at is not None and one.channel in MESSAGES]
    since = [one for at, one in messages if answered is None or at > answered]
    if answered is not None and (answered > known_until or _is_new(answer, known_until)):
        # Whatever was sent after an answer the log tells of, the log tells of as well.
        row.set("unanswered_in_a_row", row.get("unanswered_in_a_row") * 0.0 + len(since))
    else:
        row.add("unanswered_in_a_row", sum(_is_new(one, known_until) for one in since))


def _is_new(contact: Contact, known_until: datetime) -> bool:
    """Say whether the profile does not know that it was sent; what was sent before the log begins it knows."""
    return contact.at is not None and (contact.known_at is None or contact.known_at > known_until)
