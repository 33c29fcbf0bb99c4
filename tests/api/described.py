"""The service's own description, read: every operation with its examples, for tests that try each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs
from fastapi import FastAPI

JSON = "application/json"


@dataclass(frozen=True)
class Described:
    """One operation as the description has it."""

    method: str
    template: str
    told: dict[str, Any]
    whole: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.told["operationId"])

    @cached_property
    def path(self) -> str:
        """Its address, with the example of each value in its place."""
        values = {one["name"]: one["example"] for one in self.parameters("path")}
        return self.template.format(**values)

    @property
    def is_keyed(self) -> bool:
        return any(one["name"] == "Idempotency-Key" for one in self.parameters("header"))

    def parameters(self, where: str) -> list[dict[str, Any]]:
        return [one for one in self.told.get("parameters", ()) if one["in"] == where]

    @property
    def body(self) -> dict[str, Any] | None:
        """Its JSON body as described, None where it takes none."""
        content: dict[str, Any] = self.told.get("requestBody", {}).get("content", {})
        return content.get(JSON)

    @property
    def example(self) -> Any:
        """The first example of its body."""
        return next(examples(self.body or {}), None)

    def fits(self, value: Any) -> bool:
        """Whether a body fits what is described."""
        return self.body is not None and self.validator(self.body["schema"]).is_valid(value)

    def validator(self, schema: dict[str, Any]) -> Any:
        return jsonschema_rs.validator_for({**schema, "components": self.whole["components"]}, validate_formats=True)


def examples(content: dict[str, Any]) -> Iterator[Any]:
    """Every example a described content has."""
    if "example" in content:
        yield content["example"]
    for one in content.get("examples", {}).values():
        yield one["value"]


def operations(app: FastAPI) -> list[Described]:
    """Every operation of a service."""
    whole = app.openapi()
    return [
        Described(method.upper(), path, told, whole)
        for path, methods in whole["paths"].items()
        for method, told in methods.items()
    ]
