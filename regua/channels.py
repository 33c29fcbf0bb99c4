"""Which channels there are: one file each in ``journeys/channels``, and the file's name is the channel's."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from regua.errors import DataError, Place

FOLDER = Path(__file__).parents[1] / "journeys" / "channels"
FIRST: tuple[str, ...] = ("push", "email", "sms", "whatsapp", "voice_bot", "call", "letter")
"""Channels every house has: models have priors for them and the simulated book uses them."""
SHIPPED: tuple[str, ...] = (*FIRST, "line", "telegram", "rcs", "portal")
MOST = 31
"""As many as the bits of a position tell apart."""

_MEDIA = {"voice_bot": "voice", "call": "voice", "letter": "print", "portal": "self_service"}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TAKEN = frozenset({"nothing", "task"})
_LONGEST = 24


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """List the channels of a folder: the shipped ones in their order, then all others by name.

    Raises
    ------
    DataError
        The folder lacks one of the first seven, holds a file whose name cannot be a channel's, or holds too many.

    Examples
    --------
    >>> names()[:3]
    ('push', 'email', 'sms')
    """
    found = {file.stem: file for file in folder.glob("*.yaml")}
    if missing := [name for name in FIRST if name not in found]:
        raise DataError(
            f"no file for {', '.join(missing)}",
            expected=f"one file each for {', '.join(FIRST)}",
            remedy="restore it: a channel that is not used is left out of the journeys, not of the folder",
            place=Place(folder),
        )
    for name, file in sorted(found.items()):
        if not _NAME.fullmatch(name) or name in _TAKEN or len(name) > _LONGEST:
            raise DataError(
                f"{name!r} cannot name a channel",
                expected=f"small letters, digits and single underscores, at most {_LONGEST}, a letter first",
                remedy="rename the file",
                place=Place(file),
            )
    if len(found) > MOST:
        raise DataError(f"{len(found)} channels", expected=f"at most {MOST}", place=Place(folder))
    return ordered(found)


@cache
def of_medium(medium: str) -> tuple[str, ...]:
    """Name the channels of a medium, as their files say it: ``message``, ``voice``, ``print`` or ``self_service``.

    Examples
    --------
    >>> of_medium("voice")
    ('voice_bot', 'call')
    """
    return tuple(name for name in names() if _medium(FOLDER / f"{name}.yaml") == medium)


def quoted(medium: str) -> str:
    """Write the channels of a medium as a list of SQL.

    Examples
    --------
    >>> quoted("voice")
    "('voice_bot', 'call')"
    """
    return f"({', '.join(repr(name) for name in of_medium(medium))})"


def _medium(file: Path) -> str:
    found = yaml.load(file.read_text("utf-8"), yaml.CBaseLoader)  # noqa: S506 - strings only
    said = found.get("medium") if isinstance(found, dict) else None
    return str(said) if said else _MEDIA.get(file.stem, "message")


def ordered(found: Iterable[str]) -> tuple[str, ...]:
    """Put channels in the order of every ``(n, channels)`` array.

    Examples
    --------
    >>> ordered(["fax", "sms", "carrier_pigeon", "push"])
    ('push', 'sms', 'carrier_pigeon', 'fax')
    """
    there = set(found)
    return (*(name for name in SHIPPED if name in there), *sorted(there.difference(SHIPPED)))
