"""The service's own description, made from what its operations declare."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from serving.api.anatomy import PUBLIC, Json, Lines, Operation, Resource, Shape
from serving.api.problems import MEDIA_TYPE
from serving.api.schemas import Problem, without_defs
from serving.degrading.overload import LONGEST_MS, SHARES

_ABOUT = (
    "The next right action for each customer in arrears: which channel, which message, when, or nothing at all. "
    "Money is whole cents; instants carry their offset; unknown keys, repeated keys and numbers as text are refused."
)
_JSON = "application/json"
_REFERENCE = "#/components/schemas/{model}"
_WHEN = {
    400: "Not strict JSON, or a header that cannot be used",
    401: "No key or token, or one that does not count",
    403: "Not for this role",
    404: "Nothing under this identifier",
    409: "It contradicts what is kept, or another request is at it",
    410: "It was erased",
    413: "Too large",
    415: "Not of an accepted media type",
    422: "Does not fit",
    429: "Too many; try again later",
    503: "Something an answer needs is not there; try again later",
}
Modelled = tuple[Any, JsonSchemaMode]


def install(app: FastAPI, resources: Iterable[Resource]) -> None:
    """Make an application describe the operations of its resources."""
    told = list(resources)

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app.title, app.version, told)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def describe(title: str, version: str, resources: Iterable[Resource]) -> dict[str, Any]:
    """Describe operations as OpenAPI 3.1."""
    told = list(resources)
    operations = [one for resource in told for one in resource.operations]
    references, schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": one.tag, "description": one.about} for one in told],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key (rg_live_…, rg_test_…) or a token."}
            },
        },
    }


def _schemas(operations: list[Operation]) -> tuple[dict[Modelled, Any], dict[str, Any]]:
    models: dict[Modelled, None] = {(Problem, "serialization"): None}
    for one in operations:
        if isinstance(one.takes, type):
            models[(one.takes, "validation")] = None
        for answered in (one.gives, *one.also.values()):
            if isinstance(answered, type):
                models[(answered, "serialization")] = None
    references, defined = models_json_schema(list(models), ref_template=_REFERENCE)
    schemas = dict(defined["$defs"])
    for one in operations:
        if isinstance(one.takes, Json):
            for shape in one.takes.shapes.values():
                schemas.update(shape.schema["$defs"])
        if one.query is not None:
            schemas.update(one.query.model_json_schema(ref_template=_REFERENCE).get("$defs", {}))
    return dict(references), dict(sorted(schemas.items()))


def _operation(one: Operation, references: dict[Modelled, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "tags": [one.tag],
        "operationId": one.name,
        "summary": one.summary,
        "description": one.about,
        "x-roles": ["public"] if one.roles is PUBLIC else sorted(one.roles),
        "security": [] if one.roles is PUBLIC else [{"key": []}],
        "responses": _responses(one, references),
    }
    if parameters := _parameters(one):
        found["parameters"] = parameters
    if isinstance(one.takes, type):
        found["requestBody"] = _content(_JSON, references[(one.takes, "validation")], _examples(one.takes))
    elif isinstance(one.takes, Json):
        found["requestBody"] = {"content": {media: _shaped(shape) for media, shape in one.takes.shapes.items()}}
    elif isinstance(one.takes, Lines):
        told = {"schema": {"type": "string", "description": one.takes.about}, "example": one.takes.example}
        found["requestBody"] = {"content": dict.fromkeys(one.takes.media_types, told)}
    if "requestBody" in found:
        found["requestBody"]["required"] = True
    return found


def _shaped(shape: Shape) -> dict[str, Any]:
    examples = {name: {"value": value} for name, value in shape.examples.items()}
    return {"schema": without_defs(shape.schema), "examples": examples}


def _parameters(one: Operation) -> list[dict[str, Any]]:
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": place.about,
            "schema": place.adapter.json_schema(),
            "example": place.example,
        }
        for name, place in one.places.items()
    ]
    if one.query is not None:
        schema = one.query.model_json_schema(ref_template=_REFERENCE)
        for name, part in schema["properties"].items():
            told = {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": part}
            found.append(told | {"description": part.get("description", name)})
    if one.keyed:
        about = "Repeated with the same key and body, the request does nothing and gets the first answer, for 7 days."
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        told = {"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema, "description": about}
        found.append(told)
    if one.path in SHARES and one.method == "POST":
        about = "How long the caller waits. What cannot be answered by then is refused or dropped, and not decided."
        schema = {"type": "integer", "minimum": 1, "maximum": LONGEST_MS}
        told = {"name": "Regua-Timeout-Ms", "in": "header", "required": False, "schema": schema, "description": about}
        found.append(told)
    return found


def _responses(one: Operation, references: dict[Modelled, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, given in ((one.status, one.gives), *one.also.items()):
        told: dict[str, Any] = {"description": "As asked" if status == one.status else "Why not"}
        if isinstance(given, type):
            media_type = one.gives_as if status == one.status else _JSON
            told = told | _content(media_type, references[(given, "serialization")], _examples(given))
        elif given:
            told = told | _content(given.media_type, {"type": "string", "description": given.about}, [given.example])
        if status == one.status and one.also_as:
            told["content"] |= {media: {"schema": {"type": "string"}} for media in one.also_as}
        found[str(status)] = told
    problem = _content(MEDIA_TYPE, references[(Problem, "serialization")], [])
    for status in sorted(_refusals(one) - {int(status) for status in found}):
        found[str(status)] = {"description": _WHEN[status], **problem}
    return found


def _refusals(one: Operation) -> set[int]:
    statuses = set(one.problems) | {422, 503}
    if one.roles is not PUBLIC:
        statuses |= {401, 403, 429}
    if one.takes is not None:
        statuses |= {400, 413, 415}
    return statuses | ({400, 409} if one.keyed else set())


def _content(media_type: str, schema: Any, examples: list[Any]) -> dict[str, Any]:
    shown = {f"example {number}" if number > 1 else "example": {"value": one} for number, one in enumerate(examples, 1)}
    told = {"schema": schema} | ({"examples": shown} if shown else {})
    return {"content": {media_type: told}}


def _examples(model: type[BaseModel]) -> list[Any]:
    extra = model.model_config.get("json_schema_extra")
    found = extra.get("examples") if isinstance(extra, dict) else None
    return list(found) if isinstance(found, list) else []
