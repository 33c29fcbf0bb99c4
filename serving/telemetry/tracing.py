"""Traces by OpenTelemetry, off unless ``REGUA_OTLP_ENDPOINT`` names a collector.

A span tells the operation, the status and the request's name; nothing of what was asked or answered.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from regua.errors import SettingsError
from regua.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Span, TracerProvider

SERVER_ERROR = 500


class RequestSpan:
    """The span of one request, named when it has been answered: only then its operation is known."""

    def __init__(self, span: "Span") -> None:
        self._span = span

    def ended(self, operation: str, status: int, request_id: str) -> None:
        """Tell how the request went."""
        from opentelemetry.trace import StatusCode

        self._span.update_name(operation)
        self._span.set_attribute("http.route", operation.partition(" ")[2] or operation)
        self._span.set_attribute("http.response.status_code", status)
        self._span.set_attribute("regua.request_id", request_id)
        if status >= SERVER_ERROR:
            self._span.set_status(StatusCode.ERROR)


class Tracing:
    """Makes a span of each request, within the caller's own trace where it sends one (``traceparent``)."""

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._tracer = provider.get_tracer("regua")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[RequestSpan]:
        """Open the span of a request."""
        from opentelemetry.trace import SpanKind

        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        context = self._propagator.extract(sent)
        # An error's message may quote what was sent: only that there was one is told.
        options: dict[str, Any] = {"record_exception": False, "set_status_on_exception": False}
        with self._tracer.start_as_current_span("request", context, SpanKind.SERVER, **options) as span:
            yield RequestSpan(span)


def tracing_of(settings: Settings) -> Tracing | None:
    """Open tracing as the settings say; None where they say nothing.

    Raises
    ------
    SettingsError
        A collector is named, and the exporter is not installed.
    """
    if settings.otlp_endpoint is None:
        return None
    try:
        exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as problem:
        raise SettingsError(
            "REGUA_OTLP_ENDPOINT names a collector, and the exporter is not here",
            expected="opentelemetry-sdk and opentelemetry-exporter-otlp-proto-http",
            remedy='pip install "regua[telemetry]", or unset REGUA_OTLP_ENDPOINT',
        ) from problem
    provider = TracerProvider(resource=Resource.create({"service.name": "regua"}))
    provider.add_span_processor(BatchSpanProcessor(exporter.OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    return Tracing(provider)
