"""What does each hold stop, of whom, until when, and who may lift it?"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from journeys.language.strict import PURPOSES, Duration, Sentence
from journeys.rulebook.grammar import Channels, Rule, indices
from regua.vocabulary import CHANNELS, HOLD_BIT, Channel, HoldKind

Who = Literal["customer", "specialist", "disputes", "payments", "legal", "fraud", "data_quality", "agency", "authority"]
DAY = timedelta(days=1)


class HoldRule(Rule):
    """What a hold stops: every contact, every request to pay, or only the notices of the law.

    ``scope`` is what it is about; ``longest`` how long it may last before somebody must look at it again, or, where the
    law itself ends it, how long it lasts; ``lifted_by`` who may lift it and ``evidence`` what must be on file.
    """

    holds: list[HoldKind] = Field(min_length=1)
    stops: Literal["all", "collection", "notice"]
    channels: Channels = Field(default_factory=lambda: list(Channel))
    scope: Literal["customer", "contract", "contact_point"] = "customer"
    starts: Sentence | None = None
    longest: Duration | None = None
    at_longest: Literal["review", "ends"] = "review"
    lifted_by: list[Who] = Field(default_factory=list)
    evidence: Sentence | None = None

    @model_validator(mode="after")
    def ends_some_day(self) -> "HoldRule":
        """Refuse an end without a day."""
        if self.at_longest == "ends" and self.longest is None:
            raise ValueError("longest, where the law ends a hold")
        return self

    @property
    def bits(self) -> int:
        """The bits of ``hold_bits`` this rule listens to."""
        # Each kind has a bit of its own, and records ask about thousands of customers.
        return sum({HOLD_BIT[kind] for kind in self.holds})

    def mask(self) -> NDArray[np.int64]:
        """Return the hold bits by which this rule stops a message, ``(channels, purposes)``."""
        mask = np.zeros((len(CHANNELS), len(PURPOSES)), np.int64)
        for purpose, name in enumerate(PURPOSES):
            if self.stops_purpose(name):
                mask[indices(self.channels), purpose] = self.bits
        return mask

    def stops_purpose(self, purpose: str) -> bool:
        """Say whether a message of a purpose is stopped."""
        return self.stops == "all" or purpose == "notice" or (self.stops == "collection" and purpose != "service")


def compile_section(rules: Sequence[Sequence[HoldRule]], possible: Sequence[int]) -> NDArray[np.int64]:
    """Join the hold bits that stop a message, ``(regions + 1, channels, purposes)``; the last row: unknown region."""
    masks = np.zeros((len(rules) + 1, len(CHANNELS), len(PURPOSES)), np.int64)
    # A rule speaks of many regions: what it stops is worked out once.
    alike = {rule.id: rule for here in rules for rule in here}
    stops = {name: rule.mask() for name, rule in alike.items()}
    for row, here in enumerate(rules):
        for rule in here:
            masks[row] |= stops[rule.id]
    masks[-1] = np.bitwise_or.reduce(masks[list(possible)], axis=0)
    return masks


def compile_ends(
    rules: Sequence[Sequence[HoldRule]], possible: Sequence[int]
) -> Mapping[HoldKind, NDArray[np.float64]]:
    """Say after how many days the law itself ends a hold, ``(regions + 1,)`` by kind; infinite where it does not."""
    ends: dict[HoldKind, NDArray[np.float64]] = {}
    for row, here in enumerate(rules):
        for rule in here:
            if rule.at_longest == "ends" and rule.longest is not None:
                for kind in rule.holds:
                    days = ends.setdefault(kind, np.full(len(rules) + 1, np.inf))
                    days[row] = min(days[row], rule.longest / DAY)
    for days in ends.values():
        days[-1] = days[list(possible)].max()
    return ends


def loosens(own: HoldRule, law: HoldRule) -> tuple[str, str] | None:
    """Return both values where a house's own rule would let pass what the law's hold stops, or end it sooner."""
    if not (set(own.holds) & set(law.holds) and set(own.channels) & set(law.channels)):
        return None
    if any(law.stops_purpose(purpose) and not own.stops_purpose(purpose) for purpose in PURPOSES):
        return f"stops {own.stops}", f"stops {law.stops}"
    if own.at_longest == "ends" and (law.at_longest != "ends" or (own.longest or DAY) < (law.longest or DAY)):
        return f"ends after {own.longest}", f"{law.at_longest} after {law.longest}"
    return None
