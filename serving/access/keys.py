"""API keys: made once, shown once, and kept only as what they hash to."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from regua.errors import RequestError
from serving.access.roles import Role

LIVES_FOR = timedelta(days=365)
OVERLAP = timedelta(days=7)
"""How long a key that was replaced still counts, so that no call fails while programs change over."""
SECRET_BYTES = 32
HINT_LETTERS = 4
NAME = r"[a-z0-9][a-z0-9._-]{0,63}"
KEY_ID, CALLER_ID = r"key_[0-9a-f]{20}", r"cal_[0-9a-f]{20}"
_SHAPE = re.compile(r"rg_(live|test)_[0-9a-f]{64}")


class Environment(StrEnum):
    """Whose traffic a key belongs to; a key of one environment counts for nothing in the other."""

    LIVE = "live"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: who it stands for, what it may do, until when; never the key itself.

    ``caller_id`` stays the same when a key is replaced, so that what was asked under the old key is known under the
    new one. ``name`` is the person or program behind it, held against changes and approvals. ``hint`` is how the key
    ends, to tell keys apart by eye.
    """

    key_id: str
    caller_id: str
    name: str
    roles: frozenset[Role]
    environment: Environment
    digest: bytes
    hint: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    requests_per_minute: int | None = None
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    last_used_at: datetime | None = None

    def counts_at(self, moment: datetime) -> bool:
        """Whether the key opens anything at a moment."""
        return moment < self.expires_at and (self.revoked_at is None or moment < self.revoked_at)

    def told(self) -> dict[str, Any]:
        """Tell what is kept, without what the key hashes to."""
        return {
            "key_id": self.key_id,
            "caller_id": self.caller_id,
            "name": self.name,
            "roles": sorted(self.roles),
            "environment": str(self.environment),
            "ends_with": self.hint,
            "created_at": self.created_at,
            "created_by": self.created_by,
            "expires_at": self.expires_at,
            "requests_per_minute": self.requests_per_minute,
            "revoked_at": self.revoked_at,
            "revoked_by": self.revoked_by,
            "last_used_at": self.last_used_at,
        }


def digest_of(text: str) -> bytes:
    """Hash a key: 256 random bits cannot be guessed from their hash, so nothing slower is needed."""
    return hashlib.sha256(text.encode()).digest()


def environment_of(text: str) -> Environment | None:
    """Say whose traffic a key belongs to by its own word; None where it is no key.

    Examples
    --------
    >>> environment_of("rg_test_" + "0" * 64)
    <Environment.TEST: 'test'>
    >>> environment_of("rg_live_short") is None
    True
    """
    found = _SHAPE.fullmatch(text)
    return Environment(found[1]) if found else None


def make(
    name: str,
    roles: Iterable[Role],
    environment: Environment,
    at: datetime,
    by: str,
    *,
    lives_for: timedelta = LIVES_FOR,
    requests_per_minute: int | None = None,
    caller_id: str | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; return what is kept of it, and the key itself, which nobody can read again.

    Parameters
    ----------
    name
        The person or program behind it: two keys of one person bear one name.
    roles
        What it is for.
    at, by
        When it is made, and by whom.
    caller_id
        Whose key it replaces; a caller of its own when None.

    Raises
    ------
    RequestError
        The name cannot be used, there is no role, or the roles may not be in one hand.
    """
    held = checked(name, roles)
    text = f"rg_{environment}_{secrets.token_hex(SECRET_BYTES)}"
    kept = ApiKey(
        key_id=f"key_{secrets.token_hex(10)}",
        caller_id=caller_id or f"cal_{secrets.token_hex(10)}",
        name=name,
        roles=held,
        environment=environment,
        digest=digest_of(text),
        hint=text[-HINT_LETTERS:],
        created_at=at,
        created_by=by,
        expires_at=at + lives_for,
        requests_per_minute=requests_per_minute,
    )
    return kept, text


def checked(name: str, roles: Iterable[Role]) -> frozenset[Role]:
    """Return the roles of a key, if they may be in one hand.

    Raises
    ------
    RequestError
        The name cannot be used, there is no role, or whoever gives out keys would also use them.
    """
    held = frozenset(roles)
    if not re.fullmatch(NAME, name):
        raise RequestError(
            f"the name of a key is {name[:64]!r}",
            expected="up to 64 of a-z, 0-9, '.', '_' and '-', such as crm-recife or ana.souza",
            remedy="name the person or the program the key is for",
        )
    if not held:
        raise RequestError("a key without a role", expected=f"one or more of {', '.join(Role)}")
    if Role.ADMIN in held and len(held) > 1:
        raise RequestError(
            f"a key that is {', '.join(sorted(held))} at once",
            expected="admin alone: who gives out keys sees no business and approves nothing",
            remedy="make two keys, for two persons",
        )
    return held
