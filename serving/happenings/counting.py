"""What the contacts of a customer count as at a moment: attempts in windows, calls, conversations, silence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from regua.vocabulary import CHANNELS, ContactOutcome
from serving.happenings.attempts import MESSAGES, SPOKEN, Contact, latest
from serving.happenings.effects import Row

LOOK_BACK = timedelta(days=7)
"""How far back before the profile contacts are read: the longest window that a rule counts."""

ROLLING: Mapping[str, timedelta] = {"attempts_24h": timedelta(hours=24), "attempts_7d": LOOK_BACK}
LEARNED: Mapping[str, timedelta] = {"attempts_30d": timedelta(days=30), "attempts_90d": timedelta(days=90)}
"""Windows of models: what was sent is added, and until the next profile nothing leaves them."""
OF_THE_DAY = ("attempts_1d", *(f"attempts_1d_{channel}" for channel in CHANNELS))
AGEING = ("hours_since_last_contact", "hours_since_last_conversation")

BY_CHANNEL = frozenset({"attempts_30d"})
"""Of those windows the ones that are also counted by channel."""


@dataclass(slots=True)
class _Tally:
    """What to add to each counter, and what the log alone shows of it."""

    changes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    logged: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def weigh(self, name: str, channel: str | None, change: int, *, is_within: bool) -> None:
        """Take one contact into a counter, in total and, where a channel is named, by it."""
        for counter in (name, f"{name}_{channel}") if channel else (name,):
            self.changes[counter] += change
            self.logged[counter] += is_within

    def settle(self, row: Row) -> None:
        """Write the counters; no count is less than what the log shows, and an unknown one stays unknown."""
        for counter, change in self.changes.items():
            value = row.get(counter) + change
            row.set(counter, max(value, self.logged[counter]))  # NULL first: it stays


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
    if not contacts:
        return
    sent = [(one.at, one) for one in contacts if one.at is not None and one.at < row.day.end]
    tally, last_new = _Tally(), None
    for at, one in sent:
        is_new = _is_new(one, known_until)
        if is_new and at >= row.day.start:
            tally.weigh("attempts_1d", one.channel, 1, is_within=True)
        for name, window in ROLLING.items():
            is_within = at > row.moment - window
            if is_within or at > known_until - window:
                tally.weigh(name, one.channel, is_new if is_within else is_new - 1, is_within=is_within)
                if window is LOOK_BACK and one.channel in SPOKEN and row.is_about(one.contract_id):
                    tally.weigh("contract_calls_7d", None, is_new if is_within else is_new - 1, is_within=is_within)
        if is_new and one.known_at is not None:
            last_new = at if last_new is None else max(last_new, at)
            _learn(tally, one, row.moment - at)
    tally.settle(row)
    if last_new is not None:
        row.least("days_since_last_contact", row.days_since(last_new))
    for one in contacts:
        _came_back(row, one, known_until)
    _last_contact(row, sent, known_until)
    _conversations(row, contacts, known_until)


def _learn(tally: _Tally, contact: Contact, age: timedelta) -> None:
    """Count a contact that is news in the windows of models."""
    for name, window in LEARNED.items():
        if age < window:
            tally.weigh(name, contact.channel if name in BY_CHANNEL else None, 1, is_within=False)
    if contact.offer is not None and age < LEARNED["attempts_90d"]:
        tally.weigh("offers_made_90d", None, 1, is_within=False)


def _came_back(row: Row, contact: Contact, known_until: datetime) -> None:
    """Count what was read, answered or complained of, once it and the contact are known."""
    is_new = _is_new(contact, known_until)
    if contact.outcome == ContactOutcome.COMPLAINED and contact.outcome_at is not None:
        row.add("complaints_365d", is_new or contact.outcome_at > known_until)
    if contact.read_at is not None and (is_new or contact.read_at > known_until):
        row.least("days_since_last_read", row.days_since(contact.read_at))
        if contact.channel:
            row.add(f"read_90d_{contact.channel}", 1)
    if contact.replied_at is not None and (is_new or contact.replied_at > known_until):
        row.least("days_since_last_reply", row.days_since(contact.replied_at))
        row.add("replies_90d", 1)


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
