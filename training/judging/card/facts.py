"""What a card tells, gathered before anybody words it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class About:
    """Facts of a training that every card of it shares.

    ``digests`` are of the data, the profile catalogue and the book; ``versions`` of the libraries that matter;
    ``by`` is who trained. ``customers`` counts those learned from.
    """

    trained_as_of: datetime
    plan: str
    seed: int
    by: str
    digests: Mapping[str, str]
    versions: Mapping[str, str] = field(default_factory=dict)
    moments: tuple[datetime, ...] = ()
    missing_families: tuple[str, ...] = ()
    customers: int | None = None
