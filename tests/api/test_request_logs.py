"""Each request leaves one line and, where asked for, one span; neither says whom it was about."""

import io
import logging

import orjson
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from regua.errors import SettingsError
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.telemetry.logs import JsonLines
from serving.telemetry.observing import Observing
from serving.telemetry.tracing import Tracing, tracing_of
from tests.api import in_process
from tests.api.callers import headers_of

CANARY = "canary-customer"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def written():
    """Read the lines of the requests."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    log = logging.getLogger("regua.requests")
    log.addHandler(handler)
    log.setLevel("INFO")
    yield stream
    log.removeHandler(handler)
    log.setLevel("NOTSET")


def test_a_request_leaves_one_line_with_its_operation_status_and_name(crm, written):
    crm.post("/v1/decisions", json={"customer_ids": [CANARY]}, headers={"x-request-id": "req-7"})
    crm.get(f"/v1/decisions/{CANARY}")
    crm.get(f"/{CANARY}?who={CANARY}")
    lines = [orjson.loads(line) for line in written.getvalue().splitlines()]
    assert [(one["operation"], one["status"]) for one in lines] == [
        ("POST /v1/decisions", 200),
        ("GET /v1/decisions/{decision_id}", 422),
        ("none", 404),
    ]
    assert lines[0]["request_id"] == "req-7"
    assert lines[0]["took_ms"] > 0
    assert CANARY not in written.getvalue()


def test_the_line_says_who_called_and_why_it_was_refused(crm, service, written):
    (own,) = service.store.callers.all()
    crm.get("/v1/caller")
    crm.get("/v1/api-keys")
    crm.get("/v1/caller", headers={"Authorization": f"Bearer rg_live_{'0' * 64}"})
    crm.get("/v1/caller", headers={"Authorization": f"Basic {CANARY}"})
    known, forbidden, unknown, unread = (orjson.loads(line) for line in written.getvalue().splitlines())
    assert (known["caller"], known.get("problem")) == (own.caller_id, None)
    assert (forbidden["status"], forbidden["caller"], forbidden["problem"]) == (403, own.caller_id, "forbidden")
    assert (unknown["status"], unknown["problem"]) == (401, "unauthenticated")
    assert unknown["found"] == "the key is not known here"
    assert unread["found"] == "an Authorization that cannot be read"
    assert not {"caller"} & {*unknown, *unread}
    assert CANARY not in written.getvalue()


def test_a_span_tells_the_operation_within_the_callers_trace_and_nothing_of_what_was_asked(service):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = create_app(service.settings, service=service)
    observed = Observing(app, service.metrics, Tracing(provider))
    with in_process.client(observed, headers_of(service, Role.CRM)) as client:
        client.post("/v1/decisions", json={"customer_ids": [CANARY]}, headers={"traceparent": PARENT})
        client.get(f"/v1/decisions/{CANARY}")
    provider.shutdown()
    first, second = exporter.get_finished_spans()
    assert (first.name, second.name) == ("POST /v1/decisions", "GET /v1/decisions/{decision_id}")
    assert first.attributes["http.response.status_code"] == 200
    assert f"{first.context.trace_id:032x}" == PARENT.split("-")[1]
    assert CANARY not in first.to_json() + second.to_json()


def test_whoever_else_traces_this_process_is_told_nothing_of_a_request(service, monkeypatch):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    app = create_app(service.settings, service=service)
    with in_process.client(app, headers_of(service, Role.CRM)) as client:
        client.get(f"/v1/decisions/{CANARY}")
    provider.shutdown()
    assert exporter.get_finished_spans() == ()


def test_traces_are_off_unless_a_collector_is_named(tmp_path):
    assert tracing_of(Settings(home=tmp_path)) is None


def test_a_collector_without_its_exporter_is_told_at_the_start(tmp_path):
    from importlib.util import find_spec

    if find_spec("opentelemetry.exporter") is not None:
        pytest.skip("the exporter is installed here")
    with pytest.raises(SettingsError, match="exporter"):
        tracing_of(Settings(home=tmp_path, otlp_endpoint="http://127.0.0.1:4318/v1/traces"))
