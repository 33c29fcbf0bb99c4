"""A log line says what happened in which request, in JSON, and nobody's name, number or address."""

import io
import logging

import orjson
import pytest

from regua.errors import UnavailableError
from serving.telemetry.logs import REQUEST_ID, TOLD, JsonLines


@pytest.fixture
def lines():
    """Log to a stream of the test's own, and read it back."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("regua.of_a_test")
    log.addHandler(handler)
    log.setLevel("INFO")
    log.propagate = False
    yield log, lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    log.removeHandler(handler)
    log.propagate = True


def test_a_line_is_one_object_with_the_request_it_belongs_to(lines):
    log, read = lines
    token = REQUEST_ID.set("req_1")
    log.info("answered", extra={TOLD: {"operation": "GET /v1/permits/{permit_id}", "status": 200}})
    REQUEST_ID.reset(token)
    log.warning("two\nlines")
    first, second = read()
    assert (first["message"], first["request_id"], first["status"], first["level"]) == (
        "answered",
        "req_1",
        200,
        "info",
    )
    assert first["at"].endswith("Z")
    assert second["message"] == "two\nlines"
    assert "request_id" not in second


def test_of_a_failure_the_kinds_and_places_are_told_and_what_it_quotes_is_not(lines):
    log, read = lines
    try:
        try:
            raise KeyError("canary-customer owes 4711")
        except KeyError as problem:
            raise ValueError("bad row: canary-customer") from problem
    except ValueError:
        log.exception("a row failed")
    (line,) = read()
    assert line["errors"] == ["ValueError", "KeyError"]
    assert "canary" not in orjson.dumps(line).decode()
    assert "test_json_logs.py" in line["places"][-1]


def test_that_something_is_away_is_told_in_its_own_words(lines):
    log, read = lines
    try:
        raise UnavailableError("the decision log cannot be used: connection refused")
    except UnavailableError:
        log.exception("not now")
    assert "connection refused" in read()[0]["errors"][0]


@pytest.mark.parametrize(
    "who", ["529.982.247-25", "52998224725", "ana@example.com", "+55 11 91234-5678", "4111 1111 1111 1111"]
)
def test_what_looks_like_a_person_is_masked_wherever_it_stands(lines, who):
    log, read = lines
    log.info("found %s", who, extra={TOLD: {"of": who}})
    assert who not in orjson.dumps(read()[0]).decode()
