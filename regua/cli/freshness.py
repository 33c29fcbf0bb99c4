"""Are the profiles of the moment decided for? Where not, the command that decides at theirs is told."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from regua.errors import NotFoundError

if TYPE_CHECKING:
    from regua.clock import Clock
    from regua.settings import Settings

OLD_AFTER = timedelta(days=1)
"""A profile further from the moment of a decision than this is told: the book may be one of the past."""


def of_snapshots(settings: "Settings", clock: "Clock", command: str) -> str | None:
    """Say how to decide at the latest snapshot, where it lies more than a day from the moment decided for."""
    from features import snapshots

    built = snapshots.built(settings)
    return _older(built[-1] if built else None, clock, command)


def of_online(settings: "Settings", clock: "Clock") -> str | None:
    """Say the same of the profiles that are online, or that there are none."""
    from features.online import OnlineProfiles

    try:
        profiles = OnlineProfiles(settings)
    except NotFoundError:
        return "nothing is online yet, so no decision can be made; next: regua profile materialise"
    taken_at = profiles.taken_at()
    profiles.close()
    return _older(taken_at, clock, "regua serve")


def _older(taken_at: datetime | None, clock: "Clock", command: str) -> str | None:
    if taken_at is None or abs(clock.now() - taken_at) <= OLD_AFTER:
        return None
    return (
        f"{command} --at {taken_at:%Y-%m-%dT%H:%M}Z   "
        f"(the latest profile is of {taken_at:%Y-%m-%d %H:%M} UTC, {_apart(clock.now() - taken_at)})"
    )


def _apart(time: timedelta) -> str:
    days = abs(time).days
    return f"{days} day{'s' if days != 1 else ''} {'before' if time > timedelta() else 'after'} the moment decided for"
