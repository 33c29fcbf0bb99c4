"""One call of one operation, as its handler sees it: who calls, what was sent, when, and how to answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from regua.records import canonical
from serving.access.roles import Caller
from serving.store.keys import Once

if TYPE_CHECKING:
    from serving.service import Service


@dataclass(frozen=True, slots=True)
class Call:
    """One call, read and allowed: a handler needs nothing else of the request.

    ``at`` is the moment of the service's clock, one a call; ``body`` and ``query`` fit the models the operation was
    declared with, ``path`` its patterns. ``key`` is the caller's Idempotency-Key, None where there is none, and
    ``once`` the same with whose it is and what was asked.
    """

    service: "Service"
    caller: Caller
    at: datetime
    language: str
    request_id: str
    request: Request
    path: Mapping[str, str]
    query: Any = None
    body: Any = None
    key: str | None = None
    once: Once | None = None

    def json(
        self,
        content: BaseModel | Mapping[str, Any] | bytes,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Answer with canonical JSON: sorted keys, instants in UTC; bytes go out as they are."""
        if isinstance(content, BaseModel):
            content = content.model_dump(by_alias=True)
        body = content if isinstance(content, bytes) else canonical(content)
        return Response(body, status, headers, "application/json")
