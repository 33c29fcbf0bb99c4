"""What the documentation says of bodies that are read by our own parser, and of problems."""

from typing import Any

from pydantic import BaseModel

from serving.api.problems import MEDIA_TYPE
from serving.api.schemas import MOST_EVENTS

_WHEN = {
    400: "Not strict JSON",
    404: "Nothing under this identifier",
    409: "The same identifier with another content",
    413: "Too large",
    415: "Not JSON",
    422: "Does not fit",
    503: "Something an answer needs is not there; try again later",
}
_EVENT = {
    "event_id": "crm-7781",
    "kind": "payment",
    "customer_id": "c0000001",
    "happened_at": "2026-03-02T08:40:00-03:00",
    "amount_cents": 18990,
    "data": {"method": "pix"},
}


def reference(model: type[BaseModel]) -> dict[str, str]:
    """Point to a model among the documented schemas."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def body(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a JSON body of one model."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": reference(model)}}}}


def events_body() -> dict[str, Any]:
    """Describe a body of one event or of a list."""
    one = {"$ref": "#/components/schemas/EventIn"}
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_EVENTS}
    examples = {"one": {"value": _EVENT}, "several": {"value": [_EVENT]}}
    content = {"schema": {"oneOf": [one, many]}, "examples": examples}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems a route may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WHEN[status], "content": content} for status in statuses}
