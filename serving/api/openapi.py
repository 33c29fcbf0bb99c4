"""The service's own description, with the bodies that are read by our own parser."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from serving.api.schemas import IN, Problem

_ABOUT = (
    "The next right action for each customer in arrears: which channel, which message, when, or nothing at all. "
    "Money is whole cents; instants carry their offset; unknown keys, repeated keys and numbers as text are refused."
)


def install(app: FastAPI) -> None:
    """Make an application describe the bodies FastAPI does not see."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe(app)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _describe(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    told: tuple[type[BaseModel], ...] = (*IN, Problem)
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in told]
    _, extra = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(extra["$defs"])
    for path in found["paths"].values():
        for operation in path.values():
            # FastAPI always documents an empty JSON answer beside the model of a hand-made one.
            operation["responses"].setdefault("200", {}).setdefault("description", "Done")
    return found
