"""The public keys of those who sign tokens: read from a file or from this machine, and read again when they change."""

import threading
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from regua.errors import SettingsError, UnavailableError

OLD_AFTER = timedelta(minutes=5)
ASKED_AGAIN_AFTER = timedelta(seconds=10)
"""A kid nobody knows makes the set be read again, but not more often than this."""
WAIT_SECONDS = 2.0
MOST_BYTES = 1 << 18
SHORTEST_RSA_BITS = 2_048
"""A shorter one can be worked out by others, and opens nothing (NIST SP 800-131A)."""


class TokenKeys:
    """A set of public keys (JWKS), as a file or at an address of this machine.

    A set that cannot be read again stays as it was; one that was never read opens nothing.

    Raises
    ------
    SettingsError
        The address is not one of this machine: a key set from elsewhere comes through a proxy here, or as a file.
    """

    def __init__(self, where: str) -> None:
        self._where, self._lock = where, threading.Lock()
        self._keys: list[jwt.PyJWK] = []
        self._read_at: datetime | None = None
        self._stamp: tuple[int, int] | None = None
        parts = urlsplit(where)
        self._is_address = parts.scheme in ("http", "https")
        if self._is_address and not _is_this_machine(parts.hostname or ""):
            raise SettingsError(
                f"REGUA_TOKEN_KEYS is an address of {parts.hostname}",
                expected="a file, or an address of this machine such as http://127.0.0.1:8081/keys",
                remedy="let a job fetch the key set into a file; it is read again when it changes",
            )

    def named(self, kid: object, at: datetime) -> jwt.PyJWK | None:
        """Return the key of a name; the only one where no name is given; None where there is none.

        Raises
        ------
        UnavailableError
            The set could not be read even once.
        """
        with self._lock:
            self._refresh(at, OLD_AFTER)
            found = self._find(kid)
            if found is None:
                self._refresh(at, ASKED_AGAIN_AFTER)
                found = self._find(kid)
            return found

    def _find(self, kid: object) -> jwt.PyJWK | None:
        if kid is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == kid), None)

    def _refresh(self, at: datetime, after: timedelta) -> None:
        if self._is_fresh(at, after):
            return
        try:
            found = jwt.PyJWKSet.from_json(self._read())
            self._keys = [key for key in found.keys if _counts(key)]
        except (OSError, jwt.PyJWTError, ValueError) as problem:
            if not self._keys:
                raise UnavailableError(
                    f"the keys that tokens are signed with cannot be read: {type(problem).__name__}",
                    expected=f"a JWK set at {self._where}",
                    remedy="correct REGUA_TOKEN_KEYS, or bring back what it names",
                ) from problem
        self._read_at = at

    def _is_fresh(self, at: datetime, after: timedelta) -> bool:
        if self._is_address:
            return self._read_at is not None and abs(at - self._read_at) < after
        try:
            status = Path(self._where).stat()
        except OSError:
            return bool(self._keys)
        stamp, self._stamp = self._stamp, (status.st_mtime_ns, status.st_size)
        return stamp == self._stamp and bool(self._keys)

    def _read(self) -> str:
        if not self._is_address:
            return Path(self._where).read_text("utf-8")
        import httpx

        # No proxy and no redirect: the answer comes from where the settings say, or not at all.
        content = bytearray()
        try:
            with (
                httpx.Client(trust_env=False, timeout=WAIT_SECONDS) as client,
                client.stream("GET", self._where) as answer,
            ):
                answer.raise_for_status()
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise ValueError("too large")
        except httpx.HTTPError as problem:
            raise ConnectionError(type(problem).__name__) from problem
        return content.decode()


def _counts(key: jwt.PyJWK) -> bool:
    is_short = isinstance(key.key, RSAPublicKey) and key.key.key_size < SHORTEST_RSA_BITS
    return key.public_key_use in (None, "sig") and not is_short


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
