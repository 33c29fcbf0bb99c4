"""Who calls, and may they? Keys and tokens are read here; whoever cannot be told is refused."""

import asyncio
import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from regua.clock import Clock, SystemClock
from regua.errors import ForbiddenError, ReguaError
from regua.settings import Settings
from serving.access import keys
from serving.access.keys import ApiKey, Environment
from serving.access.quota import Quota, Usage
from serving.access.refusing import refused
from serving.access.roles import Caller, Role
from serving.store import Store

if TYPE_CHECKING:
    from serving.access.tokens import Tokens

BELIEVED_FOR_S = 5.0
"""How long a key that was found is not looked up again: a key revoked by another process opens nothing after that."""
MOST_BELIEVED = 10_000
USE_KEPT_EVERY = timedelta(minutes=5)
FIRST = {"first-admin": Role.ADMIN, "first-crm": Role.CRM}
"""Whom the first run of a service makes keys for."""
_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{1,8192})")
_LOG = logging.getLogger("regua.access")


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as it is shown, once: what is kept of it, and the key itself."""

    key: ApiKey
    text: str


class Access:
    """The door of one portfolio's service.

    Parameters
    ----------
    clock
        The clock that keys and tokens run out by: the machine's own also where decisions are made as of another
        moment.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock | None = None) -> None:
        self.settings, self.store, self.clock = settings, store, clock or SystemClock()
        self.environment = Environment(settings.environment)
        self._quota, self._tokens = Quota(settings), _tokens(settings)
        self._believed: dict[bytes, tuple[ApiKey, float]] = {}

    async def caller(self, authorization: Sequence[str]) -> Caller:
        """Say who calls, by the ``Authorization`` fields of a request.

        Raises
        ------
        UnauthenticatedError
            There is none or more than one, or what it shows opens nothing here.
        UnavailableError
            Keys cannot be looked up now.
        """
        found = _BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
        if found is None:
            raise refused("no key and no token" if not authorization else "an Authorization that cannot be read")
        text = found[1]
        if text.startswith("rg_"):
            key = self._key(text)
            is_sandbox, limit = key.environment is Environment.TEST, key.requests_per_minute
            return Caller(key.caller_id, key.name, key.roles, self.settings.portfolio, is_sandbox, limit)
        if self._tokens is None:
            raise refused("a token, which this service does not take")
        # Reading tokens may have to fetch their keys.
        return await asyncio.to_thread(self._tokens.caller, text, self.clock.now())

    async def admit(self, caller: Caller, roles: Collection[Role], what: str, *, is_limited: bool = True) -> Usage:
        """Let a caller do something its roles allow, as often as it may.

        Raises
        ------
        ForbiddenError
            None of its roles may do this.
        LimitedError
            It has asked too often.
        """
        if caller.roles.isdisjoint(roles):
            raise ForbiddenError(
                f"{what} is not for {', '.join(sorted(caller.roles)) or 'a caller without roles'}",
                expected=f"one of the roles {', '.join(sorted(roles))}",
                remedy="call with a key of such a role; whoever keeps the keys makes them",
            )
        if self._quota.is_elsewhere:
            return await asyncio.to_thread(self._take, caller, is_limited)
        return self._take(caller, is_limited)

    def give(
        self,
        name: str,
        roles: Collection[Role],
        by: str,
        *,
        lives_for: timedelta = keys.LIVES_FOR,
        requests_per_minute: int | None = None,
    ) -> Shown:
        """Make a key and keep what it hashes to; it is shown now and never again.

        Raises
        ------
        RequestError
            The name cannot be used, or the roles may not be in one hand.
        """
        made = Shown(
            *keys.make(
                name,
                roles,
                self.environment,
                self.clock.now(),
                by,
                lives_for=lives_for,
                requests_per_minute=requests_per_minute,
            )
        )
        self.store.callers.keep(made.key)
        return made

    def give_first(self) -> list[Shown]:
        """Make the keys a new service begins with, one for an admin and one for a CRM; none where it ever had keys."""
        at, by = self.clock.now(), "first-run"
        made = [Shown(*keys.make(name, {role}, self.environment, at, by)) for name, role in FIRST.items()]
        kept = self.store.callers.keep_first(lambda: [one.key for one in made])
        return made if kept else []

    def rotate(self, key_id: str, by: str, overlap: timedelta = keys.OVERLAP) -> Shown:
        """Make a key in the place of another, which counts on for a while so that no call fails meanwhile.

        The new key lives as long as the old one was to live, and is the same caller.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such key, or it counts no more.
        """
        at, made = self.clock.now(), list[Shown]()

        def fresh(old: ApiKey) -> ApiKey:
            lives_for, limit = old.expires_at - old.created_at, old.requests_per_minute
            caller_id, environment = old.caller_id, old.environment
            shown = keys.make(
                old.name,
                old.roles,
                environment,
                at,
                by,
                lives_for=lives_for,
                requests_per_minute=limit,
                caller_id=caller_id,
            )
            made.append(Shown(*shown))
            return made[-1].key

        self.store.callers.rotate(key_id, fresh, at + overlap, at)
        self._believed.clear()
        return made[-1]

    def revoke(self, key_id: str, by: str) -> ApiKey:
        """End a key: at once in this process, within :data:`BELIEVED_FOR_S` seconds in every other.

        Raises
        ------
        NotFoundError, ConflictError
            There is no such key, or it is the last that may give out keys.
        """
        ended = self.store.callers.revoke(key_id, by, self.clock.now())
        self._believed.clear()
        return ended

    def _key(self, text: str) -> ApiKey:
        if keys.environment_of(text) is not self.environment:
            raise refused("the key is of another environment, or is none", f"a key that begins rg_{self.environment}_")
        digest, at = keys.digest_of(text), self.clock.now()
        key, read_at = self._believed.get(digest, (None, 0.0))
        if key is None or monotonic() - read_at > BELIEVED_FOR_S:
            key = self._looked_up(digest, at)
        if key is None:
            raise refused("the key is not known here")
        if key.environment is not self.environment or not key.counts_at(at):
            raise refused("the key counts no more")
        return key

    def _looked_up(self, digest: bytes, at: datetime) -> ApiKey | None:
        self._believed.pop(digest, None)
        key = self.store.callers.find(digest)
        if key is not None and key.counts_at(at):
            if len(self._believed) >= MOST_BELIEVED:
                self._believed.clear()
            self._believed[digest] = key, monotonic()
            if key.last_used_at is None or at - key.last_used_at > USE_KEPT_EVERY:
                self._remember_use(key, at)
        return key

    def _remember_use(self, key: ApiKey, at: datetime) -> None:
        try:
            self.store.callers.used(key.key_id, at)
        except ReguaError:
            # The call itself may need no writing; when a key was used is worth no failed call.
            _LOG.warning("the use of %s could not be kept", key.key_id)

    def _take(self, caller: Caller, is_limited: bool) -> Usage:
        return self._quota.take(caller.caller_id, caller.requests_per_minute, is_limited=is_limited)


def _tokens(settings: Settings) -> "Tokens | None":
    if settings.token_keys is None:
        return None
    # Cryptography takes a quarter of a second to import; most services take keys alone.
    from serving.access.token_keys import TokenKeys
    from serving.access.tokens import Tokens

    return Tokens(settings, TokenKeys(settings.token_keys))
