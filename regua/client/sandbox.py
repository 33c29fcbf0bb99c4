"""What a client does in a sandbox alone: set the clock, make customers that play a part, and let time pass."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class Request(Protocol):
    """Calls one operation of the service with JSON; returns what it answers."""

    def __call__(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> dict[str, Any]:
        """Call it, and again where that may help."""
        ...


class Sandbox:
    """The clock and the test customers of a service in the environment ``test``; every other refuses them.

    Parameters
    ----------
    request
        Calls an operation of the service.
    new_key
        Makes the key of one request.
    """

    def __init__(self, request: Request, new_key: Callable[[], str]) -> None:
        self._request, self._new_key = request, new_key
        self._clock_id: str | None = None

    def set_clock(self, at: datetime) -> datetime:
        """Let it be an instant, for the whole sandbox, until time is let pass; return it as the service has it."""
        told = self._request("POST", "/v1/test-clocks", {"at": at.isoformat()}, key=self._new_key())
        self._clock_id = told["clock_id"]
        return datetime.fromisoformat(told["at"])

    def advance(self, *, hours: int | None = None, to: datetime | None = None) -> datetime:
        """Let time pass, by some hours or to an instant; what is due until then has happened when this returns.

        Raises
        ------
        Problem
            Another clock was set meanwhile, or it is not later.
        ValueError
            No clock was set by this client.
        """
        if self._clock_id is None:
            raise ValueError("no clock: call set_clock first")
        asked = {"hours": hours} if to is None else {"to": to.isoformat()}
        path = f"/v1/test-clocks/{self._clock_id}/advance"
        return datetime.fromisoformat(self._request("POST", path, asked, key=self._new_key())["at"])

    def customer(self, kind: str, **details: Any) -> dict[str, Any]:
        """Make a customer that plays a part, such as ``paid`` or ``opted_out``; return it with what will happen.

        ``details`` are days_past_due, balance_cents, region and customer_id.
        """
        return self._request("POST", "/v1/test-customers", {"kind": kind, **details}, key=self._new_key())
