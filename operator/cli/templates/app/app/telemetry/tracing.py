"""Spans, where somebody listens; otherwise nothing of it is imported and each costs a branch.

Somebody listens when an OTLP endpoint or a Logfire token is given.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Span, TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_provider: "TracerProvider | None" = None


def start() -> None:
    """Begin to tell; once for each process."""
    global _provider
    is_asked = any(map(os.environ.get, (*ENDPOINTS, "LOGFIRE_TOKEN")))
    if _provider is None and is_asked and os.environ.get("OTEL_SDK_DISABLED") != "true":
        from app.telemetry import exporters

        _provider = exporters.provider()


def stop() -> None:
    """Tell what is left: a process that is ended by a signal does nothing of its own accord."""
    global _provider
    shutdown = getattr(_provider, "shutdown", None)
    _provider = None
    if shutdown is not None:
        shutdown()


@contextmanager
def span(
    name: str, kind: str, carrier: Mapping[str, str] | None = None, **attributes: str
) -> Iterator["Span | None"]:
    """Follow what is done inside; a carrier says of whose trace it is a part."""
    if _provider is None:
        yield None
        return
    from opentelemetry import propagate
    from opentelemetry.trace import SpanKind

    context = None if carrier is None else propagate.extract(carrier)
    told = {key.replace("_", "."): value for key, value in attributes.items()}
    with _provider.get_tracer("app").start_as_current_span(
        name, context=context, kind=SpanKind[kind], attributes=told
    ) as current:
        yield current


def carrier() -> dict[str, str]:
    """Say which trace this is a part of, for whoever goes on with it."""
    carried: dict[str, str] = {}
    if _provider is not None:
        from opentelemetry import propagate

        propagate.inject(carried)
    return carried


def ids() -> dict[str, str]:
    """Name the present trace and span as a log line does."""
    if _provider is None:
        return {}
    from opentelemetry import trace

    present = trace.get_current_span().get_span_context()
    if not present.is_valid:
        return {}
    return {
        "trace_id": trace.format_trace_id(present.trace_id),
        "span_id": trace.format_span_id(present.span_id),
    }
