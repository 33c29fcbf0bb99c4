"""Nobody is contacted while the service cannot know enough to be sure: better silent than wrong."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from journeys.rulebook.policies import Policy, on_every_channel
from journeys.rulebook.row import EVERYWHERE, NOWHERE, Row, known
from regua.columns import Columns, Flags, number

BIT = 1 << 14
LASTING = False
SOURCE = "LGPD (Lei 13.709/2018) art. 6 V and X: current data, and measures against harm; CDC art. 42"
WORDS = {
    "pt-BR": "O serviço não sabe o bastante neste momento para permitir um contato.",
    "en": "The service does not know enough at this moment to permit a contact.",
}

STOP_BIT: Mapping[str, int] = {
    "features_unavailable": 1 << 0,
    "payments_stale": 1 << 1,
    "clock_untrusted": 1 << 2,
    "policy_unavailable": 1 << 3,
}
"""What ``service_stops`` adds up, by the code of the reason."""


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop every channel while something the service needs to be sure is away, late or wrong.

    Parameters
    ----------
    columns
        ``service_stops``: the :data:`STOP_BIT` of what is amiss (NULL or no such column: nothing).
    policy
        Not used.
    moment
        Not used: what is amiss is as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    return on_every_channel(number(columns, "service_stops") > 0)


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    return EVERYWHERE if known(row, "service_stops") > 0 else NOWHERE


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the promise itself: no policy makes it, and none loosens it."""
    return ("NEVER-BLINDLY",) if known(row, "service_stops") > 0 else ()


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for the service to be sound again."""
    return
