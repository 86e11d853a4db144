"""Where spans go: to an OTLP endpoint, to Logfire, or to both. Imported only when one is given.

Names, attributes and sampling come from the OTEL_* variables, which the libraries read themselves.
"""

import os

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from app.telemetry.tracing import ENDPOINTS

PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
# A collector that is away must not hold up the end of a pod.
os.environ.setdefault("OTEL_EXPORTER_OTLP_TIMEOUT", "3")


def provider() -> trace.TracerProvider:
    """Put it together."""
    ours = [BatchSpanProcessor(_otlp())] if any(map(os.environ.get, ENDPOINTS)) else []
    if os.environ.get("LOGFIRE_TOKEN"):
        return _logfire(ours)
    made = TracerProvider()
    for processor in ours:
        made.add_span_processor(processor)
    trace.set_tracer_provider(made)
    return made


def _otlp() -> SpanExporter:
    """Speak the protocol that is asked for; each library is large, so only one is loaded."""
    protocol = next(filter(None, map(os.environ.get, PROTOCOLS)), "http/protobuf")
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as by_grpc

        return by_grpc.OTLPSpanExporter()
    from opentelemetry.exporter.otlp.proto.http import trace_exporter as by_http

    return by_http.OTLPSpanExporter()


def _logfire(ours: list[BatchSpanProcessor]) -> trace.TracerProvider:
    """Let Logfire make the provider; it reads LOGFIRE_TOKEN and the other LOGFIRE_* itself."""
    import logfire

    # Its own export to OTLP endpoints knows no gRPC, and would send everything twice.
    os.environ |= {f"OTEL_{kind}_EXPORTER": "none" for kind in ("TRACES", "METRICS", "LOGS")}
    logfire.configure(
        send_to_logfire=True,
        additional_span_processors=ours,
        sampling=logfire.SamplingOptions(head=TracerProvider().sampler),
        console=False,
        metrics=False,
        inspect_arguments=False,
        distributed_tracing=True,
        advanced=logfire.AdvancedOptions(pending_spans=False),
    )
    return trace.get_tracer_provider()
