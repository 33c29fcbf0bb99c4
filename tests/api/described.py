"""The service's own description, read: every operation with its examples, for tests that try each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import jsonschema_rs
from fastapi import FastAPI
from starlette.routing import Match

from tests.api import in_process

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


class Held(in_process.InProcess):
    """Carries requests to an application, and fails at any answer that their operation is not said to give."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(app)
        self._app = app
        self._validators: dict[tuple[str, str, str], Any] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, whole, as it is described; what breaks is no answer that anybody described."""
        answer = super().handle_request(request)
        operation = self._operation(request)
        if operation is not None and answer.status_code != 500:
            self._check(operation, answer)
        return answer

    def _check(self, operation: Described, answer: httpx.Response) -> None:
        status, media = str(answer.status_code), answer.headers.get("content-type", "").split(";")[0]
        where = f"{operation.method} {operation.template}: {status} {media}"
        assert status in operation.told["responses"], f"{where}: no such status is described"
        content = operation.told["responses"][status].get("content", {})
        answer.read()
        assert media in content or not (content or answer.content), f"{where}: described are {[*content]}"
        if media.endswith(("/json", "+json")):
            key = (operation.name, status, media)
            if key not in self._validators:
                self._validators[key] = operation.validator(content[media]["schema"])
            errors = self._validators[key].iter_errors(answer.json())
            found = [f"{one.instance_path}: {one.message}"[:300] for one in errors]
            assert not found, f"{where}: {found}"

    @cached_property
    def _by_name(self) -> dict[str, Described]:
        return {one.name: one for one in operations(self._app)}

    def _operation(self, request: httpx.Request) -> Described | None:
        scope = {"type": "http", "method": request.method, "path": request.url.path, "root_path": ""}
        for route in self._app.routes:
            if route.matches(scope)[0] is Match.FULL:
                return self._by_name.get(getattr(route, "name", ""))
        return None


def client(app: FastAPI, headers: dict[str, str]) -> httpx.Client:
    """Open a client of an application, with the headers of a caller; its answers are held to the description."""
    return httpx.Client(transport=Held(app), base_url="http://regua", headers=headers)
