"""How often is too often? Limits of attempts by window: of a customer, of a contract, and without an answer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from journeys.rulebook.grammar import Channels, Rule, indices
from regua.channels import of_medium
from regua.vocabulary import CHANNELS

Counts = Literal["customer", "contract"]
Window = Literal["day", "24h", "7d", "conversation"]

COUNTED: Mapping[tuple[Counts, Window], str] = {
    ("customer", "day"): "attempts_1d",
    ("customer", "24h"): "attempts_24h",
    ("customer", "7d"): "attempts_7d",
    ("customer", "conversation"): "unanswered_in_a_row",
    ("contract", "7d"): "contract_calls_7d",
}
"""The column that counts: calendar day of the business zone, rolling hours, messages in a row without an answer."""
CALLS = frozenset(of_medium("voice"))
"""The channels counted by contract."""


class FrequencyRule(Rule):
    """How many attempts are too many; each of its channels on its own, or all of them together where none is named.

    Of a contract, calls are counted together; without an answer, messages are, and the channels are those that stop.
    """

    channels: Channels | None = None
    counts: Counts = "customer"
    window: Window
    at_most: int = Field(ge=0, le=1000)

    @model_validator(mode="after")
    def is_counted(self) -> "FrequencyRule":
        """Refuse what no column counts."""
        if (self.counts, self.window) not in COUNTED:
            raise ValueError("a window of 7d where contracts are counted")
        if self.counts == "contract" and (self.channels is None or not CALLS.issuperset(self.channels)):
            raise ValueError("channels: [voice], or some of them, where contracts are counted: only calls are")
        return self

    @property
    def column(self) -> str:
        """The column it counts by; of each channel where :attr:`by_channel`."""
        return COUNTED[self.counts, self.window]

    @property
    def by_channel(self) -> bool:
        """Whether each channel has a count of its own."""
        return self.channels is not None and self.counts == "customer" and self.window != "conversation"


class Cap(NamedTuple):
    """Limits ``(regions + 1, channels)`` on one count, infinite where there is none; the last row: unknown region."""

    column: str
    by_channel: bool
    limits: NDArray[np.float64]


Caps = tuple[Cap, ...]


def compile_section(rules: Sequence[Sequence[FrequencyRule]], possible: Sequence[int]) -> Caps:
    """Join the limits of each count; the lowest counts."""
    tables: dict[tuple[str, bool], NDArray[np.float64]] = {}
    for row, here in enumerate(rules):
        for rule in here:
            shape = (len(rules) + 1, len(CHANNELS))
            table = tables.setdefault((rule.column, rule.by_channel), np.full(shape, np.inf))
            index = indices(CHANNELS if rule.channels is None else rule.channels)
            table[row, index] = np.minimum(table[row, index], rule.at_most)
    for table in tables.values():
        table[-1] = table[list(possible)].min(axis=0)
    return tuple(Cap(column, by_channel, table) for (column, by_channel), table in tables.items())


def loosens(own: FrequencyRule, law: FrequencyRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would permit more than the law's of the same kind."""
    alike = (own.column, own.by_channel) == (law.column, law.by_channel)
    if alike and own.at_most > law.at_most and _shared(own.channels, law.channels):
        return f"at most {own.at_most} in {own.window}", f"at most {law.at_most}"
    return None


def _shared(own: Iterable[str] | None, law: Iterable[str] | None) -> bool:
    return own is None or law is None or bool(set(own) & set(law))
