"""Traces for OpenTelemetry, where the environment asks for them; otherwise nothing of it is loaded."""

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from model.errors import AppError, UsageError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_LIBRARY = "opentelemetry.trace"
_NAME = "bellwether"


def configure_tracing(environment: Mapping[str, str]) -> None:
    """Send spans to the endpoint that the environment names; nothing when it names none.

    Raises UsageError when the extra with the libraries is not installed.
    """
    if not any(environment.get(name) for name in ENDPOINTS) or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise UsageError(
            "Traces are asked for, and OpenTelemetry is not installed.",
            where=f"${ENDPOINTS[0]}",
            fix="Install it: pip install 'bellwether[otel]' (with uv: uv sync --extra otel), or unset the variable.",
        ) from error
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return  # one process sets it up once
    provider = TracerProvider(resource=Resource.create({"service.name": _NAME}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, /, **attributes: str | int | float | bool | None) -> Iterator[None]:
    """A span around a job or an outgoing call. An error marks it with its slug; its text stays here."""
    if _LIBRARY not in sys.modules:
        yield
        return
    from opentelemetry import trace

    told = {f"{_NAME}.{key}": value for key, value in attributes.items() if value is not None}
    tracer = trace.get_tracer(_NAME)
    with tracer.start_as_current_span(
        name, attributes=told, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except Exception as error:
            reason = error.reason if isinstance(error, AppError) else type(error).__name__
            current.set_status(trace.StatusCode.ERROR, reason)
            raise


def mark_failed(reason: str) -> None:
    """Mark the span that goes on with the slug of why its work failed, where no error ends it."""
    if _LIBRARY in sys.modules:
        from opentelemetry import trace

        trace.get_current_span().set_status(trace.StatusCode.ERROR, reason)


def send_the_rest(most_s: float = 3.0) -> None:
    """Send the spans that still wait, before this process ends at once. A collector that is away holds it up no longer."""
    if _LIBRARY not in sys.modules:
        return
    from opentelemetry import trace

    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if shutdown is not None:
        sending = threading.Thread(target=shutdown, daemon=True)
        sending.start()
        sending.join(most_s)
