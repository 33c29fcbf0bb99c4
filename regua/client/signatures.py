"""Is this webhook ours, whole and fresh? Standard Webhooks: HMAC-SHA-256 over identifier, time and body."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

FRESH = timedelta(minutes=5)
_PREFIX = "whsec_"


class SignatureError(Exception):
    """A webhook that must not be believed; the message says why."""


def verified(
    headers: Mapping[str, str], body: bytes, secrets: str | Sequence[str], now: datetime, fresh: timedelta = FRESH
) -> dict[str, Any]:
    """Return what a webhook says, once its signature and its age are found right.

    Parameters
    ----------
    headers
        Those of the request; their case does not matter.
    body
        The bytes of the request as they came.
    secrets
        The endpoint's secret, or both while one replaces the other.
    now
        The present instant, with its zone.
    fresh
        How old, or how far ahead, it may be: an older one may be a copy that was held back.

    Raises
    ------
    SignatureError
        A header is missing, the time is not near, or no secret made this signature.
    """
    told = {name.lower(): value for name, value in headers.items()}
    try:
        name, sent_at, signatures = told["webhook-id"], int(told["webhook-timestamp"]), told["webhook-signature"]
    except (KeyError, ValueError) as problem:
        raise SignatureError(f"no usable header {problem}") from problem
    if abs(now.timestamp() - sent_at) > fresh.total_seconds():
        raise SignatureError(f"it was sent at {sent_at}, which is not within {fresh} of now")
    content = f"{name}.{sent_at}.".encode() + body
    given = [part[3:].encode() for part in signatures.split() if part.startswith("v1,")]
    for secret in [secrets] if isinstance(secrets, str) else secrets:
        own = base64.b64encode(
            hmac.new(base64.b64decode(secret.removeprefix(_PREFIX)), content, hashlib.sha256).digest()
        )
        if any(hmac.compare_digest(own, one) for one in given):
            said: dict[str, Any] = orjson.loads(body)
            return said
    raise SignatureError("none of the secrets made this signature")
