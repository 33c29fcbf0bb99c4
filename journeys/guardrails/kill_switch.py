"""What people have stopped stays stopped: a channel, a journey or everything, until two of them let it go on."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import numpy as np

from journeys.rulebook.policies import Policy
from journeys.rulebook.row import NOWHERE, Row, word
from regua.columns import Columns, Flags
from regua.vocabulary import CHANNELS

BIT = 1 << 15
LASTING = False
SOURCE = "House rule: one person stops contact at once, two let it go on (four-eyes principle)"
WORDS = {
    "pt-BR": "Alguém parou este canal, esta jornada ou toda a carteira; só duas pessoas a retomam.",
    "en": "Somebody stopped this channel, this journey or the whole portfolio; two people let it go on.",
}

SWITCHES, JOURNEY = "kill_switches", "journey_now"
_NOBODY: Flags = np.zeros(len(CHANNELS), np.bool_)


def written(stops: Iterable[tuple[str, str]]) -> str | None:
    """Write what is stopped, as (scope, name), into the words of :data:`SWITCHES`; None where nothing is.

    Examples
    --------
    >>> written([("journey", "early"), ("channel", "sms")])
    'channel:sms journey:early'
    """
    return " ".join(sorted(f"{scope}:{name}" for scope, name in stops)) or None


def names_journeys(columns: Columns) -> bool:
    """Say whether any journey is stopped, so that :data:`JOURNEY` has to be known."""
    switches = columns.get(SWITCHES)
    return switches is not None and any(_read(said)[1] for said in set(switches.tolist()))


def stops(columns: Columns, policy: Policy, moment: datetime) -> Flags:  # noqa: ARG001
    """Stop what a kill switch covers.

    Parameters
    ----------
    columns
        ``kill_switches``: what is stopped, as :func:`written` (NULL or no such column: nothing); ``journey_now``: the
        journey whose contact is due (absent: of no journey that is stopped).
    policy
        Not used: no policy makes a stop, and none loosens it.
    moment
        Not used: what is stopped is as of it already.

    Returns
    -------
    ``(n, channels)``.
    """
    count = len(next(iter(columns.values()), ()))
    switches = columns.get(SWITCHES)
    said = switches.tolist() if switches is not None else [None]
    if not any(said):
        return np.broadcast_to(_NOBODY, (count, len(CHANNELS)))
    journeys = columns.get(JOURNEY)
    pairs = list(zip(said, [None] * count if journeys is None else journeys.tolist(), strict=True))
    kinds = {pair: place for place, pair in enumerate(dict.fromkeys(pairs))}
    covered: Flags = np.array([_covered(*pair) for pair in kinds])[[kinds[pair] for pair in pairs]]
    return covered


def stops_alone(row: Row, policy: Policy, moment: datetime) -> Sequence[bool]:  # noqa: ARG001
    """Say the same of one customer."""
    said = word(row, SWITCHES)
    return _covered(said, word(row, JOURNEY)).tolist() if said else NOWHERE


def rules(row: Row, channel: int, policy: Policy, moment: datetime) -> tuple[str, ...]:  # noqa: ARG001
    """Name the switch itself."""
    return ("KILL-SWITCH",) if _covered(word(row, SWITCHES), word(row, JOURNEY))[channel] else ()


def earliest(row: Row, channel: int, policy: Policy, moment: datetime) -> None:  # noqa: ARG001
    """Wait for two people."""
    return


def _covered(said: str | None, journey: str | None) -> Flags:
    channels, journeys = _read(said)
    return ~_NOBODY if journey in journeys else channels


@lru_cache(maxsize=64)
def _read(said: str | None) -> tuple[Flags, frozenset[str]]:
    """Say which channels are stopped, and which journeys."""
    named = [one.partition(":") for one in (said or "").split()]
    is_all = any(scope == "portfolio" for scope, _, _ in named)
    stopped = {name for scope, _, name in named if scope == "channel"}
    channels = np.array([is_all or channel in stopped for channel in CHANNELS])
    return channels, frozenset(name for scope, _, name in named if scope == "journey")
