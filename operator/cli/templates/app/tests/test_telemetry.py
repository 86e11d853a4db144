"""Traces and metrics, as those who read them see them."""

import json
import os
import socket
import subprocess
import sys
import urllib.request
{% if arq %}
from types import SimpleNamespace
{% endif %}

{% if dramatiq %}
import dramatiq
{% endif %}
import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from app.api.app import create_app
{% if scheduler %}
from app.scheduler.__main__ import traced
{% endif %}
from app.telemetry import metrics, {% if arq %}tasks, {% endif %}tracing
{% if workers %}
{% if arq %}
from app.workers import default
{% endif %}
from app.workers.broker import send
{% if taskiq %}
from app.workers.default import broker
{% endif %}
{% endif %}

{% if workers %}

{% if dramatiq %}
@dramatiq.actor(queue_name="default", max_retries=1, min_backoff=1, max_backoff=1)
{% elif taskiq %}
@broker.task("stumble", delay=0.01)
{% endif %}
async def stumble() -> None:
    """Fail at first."""
    if not stumbled:
        stumbled.append(1)
        raise LookupError("at first")


{% if arq %}
stumble.__module__ = "app.workers.default.stumble"
{% endif %}
stumbled: list[int] = []

{% endif %}

@pytest.fixture
def spans(monkeypatch):
    """Everything that is traced."""
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(tracing, "_provider", provider)
{% if workers %}
    stumbled.clear()
{% endif %}
    return kept.get_finished_spans


async def test_a_span_tells_method_route_and_status_but_no_probe_is_traced(api, spans):
    await api.get("/health/")
    await api.get("/metrics")
    await api.get("/api/hello?name=&token=hunter2")
    (span,) = spans()
    assert span.name == "GET /api/hello"
    assert span.attributes["http.route"] == "/api/hello"
    assert span.attributes["http.response.status_code"] == 422
    assert "hunter2" not in span.to_json()


async def test_who_asks_with_a_trace_gets_a_part_of_it(api, spans):
    trace = "0af7651916cd43dd8448eb211c80319c"
    await api.get("/api/hello", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    (span,) = spans()
    assert span.context.trace_id == int(trace, 16)


async def test_what_fails_is_counted_traced_and_told_with_its_trace(spans, environment, capsys):
    environment(LOG_FORMAT="JSON")
    app = create_app()

    async def broken() -> None:
        raise LookupError("a bug")

    app.add_api_route("/broken", broken)
    before = count("exceptions_total", type="LookupError")
    to_app = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=to_app, base_url="http://app") as client:
        assert (await client.get("/broken")).status_code == 500
    assert count("exceptions_total", type="LookupError") == before + 1
    (span,) = spans()
    assert span.status.status_code == StatusCode.ERROR
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    (line,) = [line for line in lines if line["event"] == "unhandled"]
    assert "LookupError: a bug" in line["exception"]
    assert int(line["trace_id"], 16) == span.context.trace_id


def count(name, **labels):
    return metrics.registry().get_sample_value(name, labels) or 0
{% if workers %}


def named(spans, name):
    return [span for span in spans() if span.name == name]


{% if arq %}
@pytest.fixture
def known(monkeypatch):
    """The queue has the task, and does not wait for long."""
    module = SimpleNamespace(__name__="app.workers.default.stumble", stumble=stumble)
    monkeypatch.setattr(default, "TASKS", [module])
    monkeypatch.setattr(tasks, "BACKOFF_SECONDS", 0.01)


@pytest.mark.usefixtures("known")
{% endif %}
async def test_a_task_that_is_tried_again_keeps_its_trace_and_is_measured_twice(worked, spans):
    before = count("exceptions_total", type="LookupError")
    with tracing.span("ask", "INTERNAL"):
        await send(stumble)
    await worked()
    (sent,) = named(spans, "send default")
    first, second = named(spans, "process default")
    assert {first.parent.span_id, second.parent.span_id} == {sent.context.span_id}
    assert [span.status.status_code for span in (first, second)] == [
        StatusCode.ERROR,
        StatusCode.UNSET,
    ]
    assert count("exceptions_total", type="LookupError") == before + 1
    for outcome in ("ok", "error"):
        labels = {"actor": "stumble", "queue": "default", "outcome": outcome}
        assert count("task_duration_seconds_count", **labels) == 1
{% endif %}
{% if scheduler %}


async def test_a_job_begins_a_trace(spans):
    async def tidy() -> None:
        pass

    await traced("tidy", tidy)()
    (span,) = spans()
    assert (span.name, span.parent) == ("tidy", None)
{% endif %}


def run(*arguments, code=0, **variables):
    """Run something as its own process."""
    environment = os.environ | {"APP_ENV": "test", "LOG_FORMAT": "JSON"} | variables
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == code, ran.stderr
    return ran


@pytest.mark.parametrize(
    "told",
    [
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"},
        {"LOGFIRE_TOKEN": "pylf_v1_local_canary", "LOGFIRE_BASE_URL": "http://127.0.0.1:1"},
    ],
)
def test_a_collector_that_is_away_costs_no_failure_and_no_secret(told):
    work = """if True:
        from app.telemetry import begin, tracing

        begin()
        with tracing.span("a", "INTERNAL"):
            pass
        tracing.stop()
    """
    away = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    ran = run("-c", work, **away, **told)
    assert all(json.loads(line) for line in ran.stderr.splitlines())
    assert "canary" not in ran.stdout + ran.stderr


def test_warnings_and_what_nobody_caught_are_json_too():
    fail = "import warnings; from app.telemetry import begin; begin(); warnings.warn('old'); 1 / 0"
    ran = run("-c", fail, code=1, AEGIS_ROLE="api")
    warning, uncaught = map(json.loads, ran.stderr.splitlines())
    assert "UserWarning: old" in warning["event"]
    assert "ZeroDivisionError" in uncaught["exception"]
    assert warning["role"] == uncaught["role"] == "api"


def test_several_processes_are_one_to_prometheus(tmp_path):
    script = """if True:
        import os
        from prometheus_client import generate_latest
        from app.telemetry import metrics

        metrics.forget()
        for _ in range(2):
            if not (child := os.fork()):
                metrics.EXCEPTIONS.labels("a").inc()
                os._exit(0)
            os.waitpid(child, 0)
        print(generate_latest(metrics.registry()).decode())
        metrics.forget()
        print("again", generate_latest(metrics.registry()).decode())
    """
    shared = str(tmp_path / "shared")
    told = run("-c", script, PROMETHEUS_MULTIPROC_DIR=shared).stdout
    before, again = told.split("again")
    assert 'exceptions_total{type="a"} 2.0' in before
    assert 'exceptions_total{type="a"}' not in again


def test_a_worker_answers_prometheus_on_the_port_it_is_told(monkeypatch, caplog):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    metrics.serve(port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    assert "# TYPE http_request_duration_seconds histogram" in text
    assert "process_resident_memory_bytes" in text
    metrics.serve(port)
    assert "metrics_not_served" in caplog.text
    caplog.clear()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere")
    metrics.serve(port)
    assert not caplog.text
