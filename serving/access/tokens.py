"""Tokens of people and programs (JWT): who signed them, for whom, until when, and for which portfolio."""

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from jwt.types import Options

from regua.settings import Settings
from serving.access.keys import NAME
from serving.access.refusing import refused
from serving.access.roles import Caller, Role
from serving.access.token_keys import TokenKeys

KINDS = ("", "jwt", "at+jwt", "application/at+jwt")
"""What the ``typ`` of a token for calling may say: one that says it is for something else opens nothing."""
ALGORITHMS = ("EdDSA", "ES256", "ES384", "PS256", "PS384", "RS256", "RS384")
"""Signatures by a private key alone: whoever can check a token cannot make one."""
LEEWAY = timedelta(seconds=30)
LIVES_AT_MOST = timedelta(hours=24)
MOST_LETTERS = 8_192
_CLAIMS = ("sub", "aud", "exp", "iat", "roles", "portfolio", "environment")
# Times are held against the clock that is passed in; the library would ask the machine.
_UNTIMED: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}


class Tokens:
    """Reads tokens by the public keys of those who may sign them.

    A token names its bearer (``sub``), its roles, portfolio and environment (``live`` or ``test``), its audience and,
    where settings ask for one, its issuer; it was issued at most a day before it ends.
    """

    def __init__(self, settings: Settings, keys: TokenKeys) -> None:
        self._settings, self._keys = settings, keys

    def caller(self, text: str, at: datetime) -> Caller:
        """Say who bears a token.

        Raises
        ------
        UnauthenticatedError
            It is not signed by somebody trusted, not for this service, portfolio or environment, not yet or no more
            valid, or says nothing that can be understood.
        UnavailableError
            The keys that would tell cannot be read.
        """
        claims = self._claims(text, at)
        self._check_time(claims, at)
        if (claims["portfolio"], claims["environment"]) != (self._settings.portfolio, self._settings.environment):
            raise refused("the token is for another portfolio or environment")
        name, roles = claims["sub"], claims["roles"]
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            raise refused("the token's sub is no name", f"a sub such as ana.souza: {NAME}")
        if not isinstance(roles, list) or not roles or not set(map(str, roles)) <= set(Role):
            raise refused("the token's roles are not roles", f"a list out of {', '.join(Role)}")
        held = frozenset(map(Role, roles))
        if Role.ADMIN in held and len(held) > 1:
            raise refused("the token is an admin's and somebody else's at once", "admin alone")
        is_sandbox = self._settings.environment == "test"
        return Caller(f"token:{name}", name, held, self._settings.portfolio, is_sandbox)

    def _claims(self, text: str, at: datetime) -> Mapping[str, Any]:
        if len(text) > MOST_LETTERS:
            raise refused("the token is too long", f"at most {MOST_LETTERS} letters")
        try:
            header = jwt.get_unverified_header(text)
            if header.get("alg") not in ALGORITHMS:
                raise refused("the token is not signed in a way that counts", " or ".join(ALGORITHMS))
            if str(header.get("typ") or "").lower() not in KINDS:
                raise refused("the token is of another kind", "one for calling: typ JWT or at+jwt")
            key = self._keys.named(header.get("kid"), at)
            if key is None:
                raise refused("the token is signed by nobody known here", "a kid of the key set")
            # The algorithm is the key's own, never the one the token asks for.
            allowed = [key.algorithm_name] if key.algorithm_name in ALGORITHMS else []
            issuer = self._settings.token_issuer
            claims: Mapping[str, Any] = jwt.decode(
                text,
                key,
                algorithms=allowed,
                audience=self._settings.token_audience,
                issuer=issuer,
                options={**_UNTIMED, "require": [*_CLAIMS, *(["iss"] if issuer else [])]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as problem:
            # What the library says may repeat what was sent; only its kind is told.
            raise refused(f"the token is refused: {type(problem).__name__}") from problem
        return claims

    def _check_time(self, claims: Mapping[str, Any], at: datetime) -> None:
        now = at.timestamp()
        begins, ends, issued = claims.get("nbf", claims["iat"]), claims["exp"], claims["iat"]
        if not all(type(one) in (int, float) and math.isfinite(one) for one in (begins, ends, issued)):
            raise refused("the token's times are no numbers", "seconds since 1970")
        if now >= ends + LEEWAY.total_seconds():
            raise refused("the token has expired")
        if now < max(begins, issued) - LEEWAY.total_seconds():
            raise refused("the token is not valid yet")
        if ends - issued > LIVES_AT_MOST.total_seconds():
            raise refused("the token lives too long", f"at most {LIVES_AT_MOST} from iat to exp")
