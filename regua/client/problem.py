"""A refusal or failure of the service, as RFC 9457 tells it."""

from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - the service calls it a problem
    """What the service answered instead: ``found``, what was ``expected``, and the ``remedy``.

    ``code`` is stable and meant for programs; ``retry_after_s`` is told where asking again may help.
    """

    status: int
    code: str
    found: str
    expected: str | None = None
    remedy: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    members: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Exception.__init__(self, str(self))

    def __str__(self) -> str:
        told = [self.found, f"expected: {self.expected}" if self.expected else "", f"try: {self.remedy or ''}"]
        return f"{self.status} {self.code}: " + "; ".join(part for part in told if part and part != "try: ")

    @classmethod
    def of(cls, answer: httpx.Response) -> "Problem":
        """Read a problem from an answer; whatever else stands before the service may have written it."""
        try:
            members = answer.json()
        except ValueError:
            members = {}
        if not isinstance(members, dict):
            members = {}
        return cls(
            status=answer.status_code,
            code=str(members.get("code", f"http_{answer.status_code}")),
            found=str(members.get("found", answer.reason_phrase)),
            expected=members.get("expected"),
            remedy=members.get("try"),
            request_id=members.get("request_id") or answer.headers.get("x-request-id"),
            retry_after_s=_seconds(answer.headers.get("retry-after")),
            members=members,
        )


def _seconds(told: str | None) -> float | None:
    return float(told) if told is not None and told.replace(".", "", 1).isdigit() else None
