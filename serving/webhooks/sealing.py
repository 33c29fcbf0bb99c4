"""Secrets of endpoints are kept sealed: whoever reads the database alone cannot sign in our name.

A signing secret has to be used, so it cannot be kept as a digest the way an API key is. It is sealed by AES-256-GCM
under a key of the home, or of the setting ``REGUA_WEBHOOK_KEY`` where several machines share one database.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from regua.errors import SettingsError
from regua.settings import Settings
from serving.store.instants import instant, moment_of
from serving.webhooks.signing import Secret

KEY_BYTES, NONCE_BYTES = 32, 12


class Seal:
    """Seals the secrets of endpoints, and opens them to sign; an endpoint's name is bound to what is sealed.

    Raises
    ------
    SettingsError
        The key is not 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise SettingsError(
                f"the key of the webhooks has {len(key)} bytes",
                expected=f"{KEY_BYTES} bytes, written in base64 in REGUA_WEBHOOK_KEY or raw in the home's webhooks.key",
                remedy="unset REGUA_WEBHOOK_KEY: the home makes its own",
            )
        self._cipher = AESGCM(key)

    @classmethod
    def of(cls, settings: Settings) -> "Seal":
        """Take the key of the settings, or the home's own, which is made once for its owner alone."""
        given = settings.webhook_key
        if given is None:
            return cls(_own_key(settings.home / "webhooks.key"))
        try:
            return cls(base64.b64decode(given.get_secret_value(), validate=True))
        except binascii.Error as problem:
            raise SettingsError("REGUA_WEBHOOK_KEY is not base64", expected="32 bytes in base64") from problem

    def close(self, endpoint_id: str, secrets: Sequence[Secret]) -> bytes:
        """Seal secrets."""
        plain = orjson.dumps([[one.text, instant(one.until) if one.until else None] for one in secrets])
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, endpoint_id.encode())

    def open(self, endpoint_id: str, sealed: bytes) -> tuple[Secret, ...]:
        """Read sealed secrets.

        Raises
        ------
        SettingsError
            They were sealed under another key, or for another endpoint.
        """
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], endpoint_id.encode())
        except InvalidTag as problem:
            raise SettingsError(
                f"the secrets of webhook endpoint {endpoint_id} were sealed under another key",
                expected="the key they were sealed under, in REGUA_WEBHOOK_KEY or in the home's webhooks.key",
                remedy="bring that key back, or remove the endpoint and make it again",
            ) from problem
        return tuple(Secret(text, moment_of(until) if until else None) for text, until in orjson.loads(plain))


def _own_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        # Made beside and linked: of several processes one wins, and nobody reads half a key.
        descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(AESGCM.generate_key(bit_length=256))
        try:
            os.link(whole, path)
        except FileExistsError:
            pass
        finally:
            whole.unlink()
    return path.read_bytes()
