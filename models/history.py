"""Who put which release to work, who approved it, and why: one line a change, only ever added to."""

import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import orjson

from regua.clock import utc
from regua.errors import BundleError, Place
from regua.records import canonical

HISTORY = "history.jsonl"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of champion. ``left`` and ``taken`` are release identifiers; ``left`` is None the first time."""

    action: Literal["promote", "rollback"]
    at: str
    by: str
    approved_by: str
    reason: str
    left: str | None
    taken: str

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain data."""
        body = asdict(self)
        return {**{key: body[key] for key in ("action", "at", "by", "approved_by", "reason")}} | {
            "from": self.left,
            "to": self.taken,
        }


def read(releases: Path) -> list[Change]:
    """Read all changes, oldest first.

    Raises
    ------
    BundleError
        A line is not whole; nothing is guessed from a damaged history.
    """
    path = releases / HISTORY
    if not path.exists():
        return []
    changes = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            body = orjson.loads(line)
            told = {key: body[key] for key in ("action", "at", "by", "approved_by", "reason")}
            changes.append(Change(**told, left=body["from"], taken=body["to"]))
        except (ValueError, TypeError, KeyError) as problem:
            raise BundleError(
                f"no change of champion can be read: {problem}",
                expected="one whole JSON object a line",
                remedy="restore the file from a backup; the champion at work is not touched",
                place=Place(path, line=number),
            ) from problem
    return changes


def add(releases: Path, change: Change) -> None:
    """Add a change to the end of the history, and wait until it is on disk."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with os.fdopen(os.open(releases / HISTORY, flags, 0o644), "ab") as file:
        file.write(canonical(change.to_json()) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def before(changes: list[Change], champion: str) -> str | None:
    """Return the champion before this one: the one it was promoted over, also after one or more rollbacks.

    Examples
    --------
    >>> def change(action, left, taken):
    ...     return Change(action, "", "", "", "", left, taken)
    >>> told = [change("promote", None, "a"), change("promote", "a", "b"), change("promote", "b", "c")]
    >>> before(told, "c")
    'b'
    >>> before([*told, change("rollback", "c", "b")], "b")
    'a'
    """
    worked: list[str] = []
    for change in changes:
        if change.action == "rollback":
            while worked and worked[-1] != change.taken:
                worked.pop()
        elif not worked or worked[-1] != change.taken:
            worked.append(change.taken)
    while worked and worked[-1] != champion:
        worked.pop()
    return worked[-2] if len(worked) > 1 else None


def told_at(moment: datetime) -> str:
    """Write an instant as the history does."""
    return utc(moment).isoformat(timespec="seconds")
