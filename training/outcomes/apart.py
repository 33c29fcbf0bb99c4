"""Rows of their own for what has a name in common: what begins anew after it ended, and each word of a consent."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from regua.episodes import FOREVER, NAMES, Telling, episodes, lasting, name_of, numbered
from regua.vocabulary import EventKind
from training.outcomes.choices import Body

CONSENT = "consent_id"
_WORDS = frozenset({EventKind.OPTED_OUT, EventKind.OPTED_IN})
STANDING = frozenset(NAMES) | _WORDS
"""Kinds of which it takes all that was told of a name to know which row an event is of."""


def told_apart(events: Sequence[Body]) -> list[Body]:
    """Give each event the name of its row in the place of that of what it is about.

    What is told anew of one row counts if it lasts longer (:func:`regua.episodes.lasting`): of what begins and ends the
    events come in this order, after all others.
    """
    renamed = list(events)
    told: dict[int, Telling] = {}
    words = defaultdict[tuple[str, str], list[int]](list)
    for index, event in enumerate(events):
        kind = EventKind(event["kind"])
        if (name := name_of(kind, event["data"])) is not None:
            told[index] = Telling(kind, event["customer_id"], name, datetime.fromisoformat(event["happened_at"]))
        elif kind in _WORDS and (name := event["data"].get(CONSENT)) is not None:
            words[event["customer_id"], str(name)].append(index)
    for index, name in zip(told, episodes(list(told.values())), strict=True):
        if name != told[index].name:
            renamed[index] = _renamed(events[index], NAMES[told[index].kind], name)
    for (_, name), own in words.items():
        said = {index: (datetime.fromisoformat(events[index]["happened_at"]), events[index]["kind"]) for index in own}
        numbers = {word: number for number, word in enumerate(sorted(set(said.values())), 1)}
        for index, word in said.items():
            renamed[index] = _renamed(events[index], CONSENT, numbered(name, numbers[word]))
    return sorted(renamed, key=_standing)


def _standing(event: Body) -> tuple[bool, datetime, datetime]:
    if EventKind(event["kind"]) not in STANDING:
        return False, FOREVER, FOREVER
    return True, *lasting(datetime.fromisoformat(event["happened_at"]), event["data"])


def _renamed(event: Body, word: str, name: str) -> Body:
    return {**event, "data": {**event["data"], word: name}}
