"""Signatures by which a receiver knows that a message is ours, is whole and is new.

Standard Webhooks 1.0: ``webhook-signature`` holds ``v1,<base64>`` of HMAC-SHA-256 over ``<id>.<timestamp>.<body>``,
once a secret. While a secret is being exchanged for another there are two, and a receiver may hold either.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)
"""How long the secret before still signs beside a new one."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What a receiver checks signatures with; ``until`` is when it stops signing, None while it is the newest."""

    text: str
    until: datetime | None = None


def new_secret() -> str:
    """Make a secret of 256 bits.

    Examples
    --------
    >>> new_secret().startswith("whsec_"), new_secret() == new_secret()
    (True, False)
    """
    return PREFIX + base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()


def rotated(secrets: Sequence[Secret], moment: datetime) -> tuple[Secret, ...]:
    """Put a new secret first; the newest so far goes on signing for a day, any older one no more."""
    kept = [Secret(one.text, moment + OVERLAP) for one in secrets if one.until is None]
    return (Secret(new_secret()), *kept)


def headers(secrets: Sequence[Secret], message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a message that is sent at a moment.

    Parameters
    ----------
    secrets
        All of the endpoint; one that has run out does not sign.
    message_id
        The same at every try, so that a receiver hears a message once.

    Examples
    --------
    >>> from datetime import UTC
    >>> secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> at = datetime.fromtimestamp(1614265330, UTC)
    >>> headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    timestamp = str(int(moment.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = [_signature(one.text, signed) for one in secrets if one.until is None or moment < one.until]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
