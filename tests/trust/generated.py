"""Requests made from the description of every operation, valid and invalid: none fails, and answers keep to it."""

import copy
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode

from journeys import book as books
from regua.clock import SetClock
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.service import Service
from tests.api import in_process
from tests.api.callers import headers_of
from tests.trust.line import Line, count_line, each, some_line
from tests.trust.world import small_world

CASES, TURNS = 50_000, 5
"""Over all operations and both kinds of requests; to learn what can be asked takes longer than to ask a few."""
A_FEW = 120
REJECTION, NO_FAILURE = "negative_data_rejection", "not_a_server_error"
HELD_TO = (
    NO_FAILURE,
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    REJECTION,
)
TOO_LARGE = 413
"""A refusal as well, of a list that is longer than described: the library's own list of refusals lacks it."""
TEXTS = ("application/x-ndjson", "application/jsonl", "text/csv")


@schemathesis.serializer(*TEXTS)
def as_text(context: Any, value: Any) -> bytes:
    """Send lists of lines as the text they are."""
    return str(value).encode("utf-8", "replace")


class Tried:
    """What came of all requests to a service."""

    def __init__(self, service: Service, turn: int) -> None:
        self._turn = turn
        self.statuses: Counter[int] = Counter()
        self.too_late = 0
        self.failed: list[str] = []
        self.breaches: list[str] = []
        self.operations = 0
        self._service, self._app = service, create_app(service.settings, service=service)
        load_all_checks()
        self._checks = CHECKS.get_by_names(list(HELD_TO))

    def try_all(self, cases: int) -> None:
        """Try every operation, as its description allows and as it does not."""
        schema = schemathesis.openapi.from_dict(_without_keys(self._app.openapi()))
        operations = [found.ok() for found in schema.get_all_operations()]
        self.operations = len(operations)
        # In another order in every turn: what one operation has no more to be asked, those after it are asked.
        Random(self._turn).shuffle(operations)
        left = len(operations) * len(GenerationMode)
        for operation in operations:
            roles = [Role(role) for role in operation.definition.raw["x-roles"] if role != "public"]
            with in_process.client(self._app, headers_of(self._service, *roles[:1])) as caller:
                for mode in GenerationMode:
                    self._try(operation, mode, caller, max((cases - self.statuses.total()) // left, 1))
                    left -= 1

    def _try(self, operation: Any, mode: GenerationMode, caller: httpx.Client, cases: int) -> None:
        quiet = settings(
            max_examples=cases,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @seed(self._turn)
        @quiet
        @given(operation.as_strategy(generation_mode=mode))
        def call(case: Any) -> None:
            if case.media_type in TEXTS and not isinstance(case.body, str):
                return  # on the wire a text has no other type than text
            told = case.as_transport_kwargs(base_url="http://regua")
            told["headers"] = {**httpx.Headers(dict(told.get("headers") or {})), **caller.headers}
            answer = caller.request(**{name: value for name, value in told.items() if name in KNOWN})
            self.statuses[answer.status_code] += 1
            is_in_time = not _is_too_late(answer)
            self.too_late += not is_in_time
            if answer.status_code >= 500 and is_in_time:
                self.failed.append(_told(answer))
            # Of a list each item is taken or refused, and the answer as a whole is none of a refusal.
            is_refused = answer.status_code == TOO_LARGE or _refuses_items(answer)
            passed = {REJECTION} if is_refused else set() if is_in_time else {NO_FAILURE}
            checks = [one for one in self._checks if one.__name__ not in passed]
            try:
                case.validate_response(answer, checks=checks)
            except (FailureGroup, Failure) as group:
                found = getattr(group, "exceptions", [group])
                self.breaches += [f"{type(one).__name__}: {_told(answer)}" for one in found]

        with suppress(Unsatisfiable):  # what takes nothing at all cannot be called wrongly
            call()


OF_EVERY_REQUEST = {"authorization", "host", "user-agent", "accept", "accept-encoding", "connection", "content-length"}
KNOWN = {"method", "url", "params", "headers", "cookies", "json", "data", "content"}


def run(folder: Path, *, full: bool, turn: int = 0) -> Sequence[Line]:
    """Call every operation as its description allows, and as it does not."""
    service = _small_service(folder)
    tried = Tried(service, turn)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tried.try_all(CASES // TURNS if full else A_FEW)
    service.close()
    return each(_lines(tried), tried.statuses.total(), CASES)


def _without_keys(described: dict[str, Any]) -> dict[str, Any]:
    """Leave keys out of a description: every request here carries a good one, and who may call is another promise."""
    told = copy.deepcopy(described)
    del told["components"]["securitySchemes"]
    for methods in told["paths"].values():
        for operation in methods.values():
            del operation["security"]
    return told


def _told(answer: httpx.Response) -> str:
    """Write an answer and what was asked so that it can be asked again."""
    asked = answer.request
    headers = {name: value for name, value in asked.headers.items() if name not in OF_EVERY_REQUEST}
    return f"{asked.method} {asked.url} {headers} {asked.content!r:.600}: {answer.status_code} {answer.text:.300}"


def _is_too_late(answer: httpx.Response) -> bool:
    """Say whether a caller who told how long it waits was told, as it asked, that this is not long enough."""
    asks = "regua-timeout-ms" in answer.request.headers
    return asks and answer.status_code == 503 and answer.json()["code"] == "too_late"


def _refuses_items(answer: httpx.Response) -> bool:
    """Say whether an answer about several things tells that one of them was refused."""
    told = answer.json() if answer.headers.get("content-type") == "application/json" else None
    return isinstance(told, dict) and isinstance(told.get("counts"), dict) and told["counts"].get("refused", 0) > 0


def _lines(tried: Tried) -> Iterator[Line]:
    count = tried.statuses.total()
    done = sum(times for status, times in tried.statuses.items() if status < 300)
    what = f"generated requests to {tried.operations} operations"
    yield count_line(f"{what}: server errors", len(tried.failed), such=tried.failed)
    yield count_line(f"{what}: answers that are not as described", len(tried.breaches), such=tried.breaches)
    yield some_line(f"{what}: done", done)
    yield some_line(f"{what}: refused", count - done)
    late = tried.too_late
    yield Line(f"{what}: refused for a caller who waits less long", "told", f"{late:,}", is_met=True, count=late)


def _small_service(folder: Path) -> Service:
    small = small_world()
    folder.mkdir(parents=True, exist_ok=True)
    profiles = small.TableProfiles(small.customers(50), small.PROFILE_AT)
    return Service(Settings(home=folder, threads=1), SetClock(small.MOMENT), profiles, books.load())
