"""Traces and metrics, as those who read them see them."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import urllib.request

import dramatiq
import httpx
import pytest
from collector import Collector
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shop.api.app import create_app as create_api
from shop.frontend.app import carry_trace, create_app
from shop.scheduler.__main__ import traced
from shop.telemetry import metrics, tracing
from shop.telemetry.logs import configure_logging
from shop.workers.broker import broker
from shop.workers.orders import fulfil_order

TOKEN = "pylf_v1_local_" + "canary"


@dramatiq.actor(queue_name="media", max_retries=1, min_backoff=1, max_backoff=1)
async def stumble() -> None:
    """Fail at first."""
    if not stumbled:
        stumbled.append(1)
        raise LookupError("at first")


stumbled = []


@pytest.fixture
def spans(monkeypatch):
    """Everything that is traced."""
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(tracing, "_provider", provider)
    stumbled.clear()
    return kept.get_finished_spans


async def join(*names):
    for name in names:
        await asyncio.to_thread(broker.join, name, timeout=10_000, fail_fast=False)


def named(spans, name):
    return [span for span in spans() if span.name == name]


async def test_an_order_is_one_trace_from_the_page_to_the_receipt(
    tables, spans, queues, environment, capfd
):
    environment(LOG_FORMAT="JSON")
    app = create_app()
    to_api = httpx.ASGITransport(create_api())
    hooks = {"request": [carry_trace]}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=to_api, base_url="http://a", event_hooks=hooks
        ) as app.state.api,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as visitor,
    ):
        await visitor.post("/orders", data={"item": "cup", "quantity": "2"})
        await join("orders", "media")
        trace, *others = {span.context.trace_id for span in spans()}

    assert not others
    parents = {span.context.span_id: span for span in spans()}
    receipt = named(spans, "process media")[0]
    way = []
    while receipt:
        way.append((receipt.name, receipt.kind))
        receipt = parents.get(receipt.parent and receipt.parent.span_id)
    assert way == [
        ("process media", SpanKind.CONSUMER),
        ("send media", SpanKind.PRODUCER),
        ("process orders", SpanKind.CONSUMER),
        ("send orders", SpanKind.PRODUCER),
        ("POST /api/orders", SpanKind.SERVER),
        ("POST /orders", SpanKind.SERVER),
    ]
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    told = {line["event"]: line for line in lines}
    for event in ("order_placed", "order_fulfilled", "receipt_made", "request"):
        assert int(told[event]["trace_id"], 16) == trace
    assert (
        int(told["order_placed"]["span_id"], 16)
        == named(spans, "POST /api/orders")[0].context.span_id
    )
    assert "trace_id" not in told.get("Event loop is running.", {})


async def test_a_span_tells_method_route_and_status_but_no_probe_is_traced(api, spans):
    await api.get("/health/")
    await api.get("/metrics")
    await api.get("/api/orders/12?token=hunter2")
    (span,) = spans()
    assert span.name == "GET /api/orders/{order_id}"
    assert span.attributes["http.route"] == "/api/orders/{order_id}"
    assert span.attributes["http.response.status_code"] == 422
    assert "hunter2" not in span.to_json()


async def test_who_asks_with_a_trace_gets_a_part_of_it(api, spans):
    trace = "0af7651916cd43dd8448eb211c80319c"
    await api.get("/api/orders", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    (span,) = spans()
    assert span.context.trace_id == int(trace, 16)


async def test_what_fails_is_counted_traced_and_told_with_its_trace(
    tables, spans, environment, capsys, monkeypatch
):
    environment(LOG_FORMAT="JSON")
    app = create_api()

    async def broken() -> None:
        raise LookupError("a bug")

    app.add_api_route("/broken", broken)
    before = count("exceptions_total", type="LookupError")
    to_app = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=to_app, base_url="http://shop") as client:
        assert (await client.get("/broken")).status_code == 500
    assert count("exceptions_total", type="LookupError") == before + 1
    labels = {"method": "GET", "route": "/broken", "status": "500"}
    assert count("http_request_duration_seconds_count", **labels) == 1
    (span,) = spans()
    assert span.status.status_code == StatusCode.ERROR
    lines = map(json.loads, capsys.readouterr().err.splitlines())
    (line,) = [line for line in lines if line["event"] == "unhandled"]
    assert "LookupError: a bug" in line["exception"]
    assert int(line["trace_id"], 16) == span.context.trace_id


def count(name, **labels):
    return metrics.registry().get_sample_value(name, labels) or 0


async def test_a_task_that_is_tried_again_keeps_its_trace_and_is_measured_twice(queues, spans):
    before = count("exceptions_total", type="LookupError")
    with tracing.span("ask", "INTERNAL"):
        stumble.send()
    await join("media")
    (sent,) = named(spans, "send media")
    first, second = named(spans, "process media")
    assert {first.parent.span_id, second.parent.span_id} == {sent.context.span_id}
    assert [span.status.status_code for span in (first, second)] == [
        StatusCode.ERROR,
        StatusCode.UNSET,
    ]
    assert count("exceptions_total", type="LookupError") == before + 1
    for outcome in ("ok", "error"):
        labels = {"actor": "stumble", "queue": "media", "outcome": outcome}
        assert count("task_duration_seconds_count", **labels) == 1


async def test_a_message_that_carries_no_trace_begins_one(queues, spans, tables):
    message = fulfil_order.message("6f0c4c5e-3c5b-4b52-9e0e-5a2c1f8e7d11")
    message.options["trace"] = {}  # as one that something else has put there
    broker.enqueue(message)
    await join("orders")
    (span,) = spans()
    assert (span.name, span.parent) == ("process orders", None)


async def test_what_a_job_puts_into_a_queue_goes_on_with_its_trace(queues, spans, tables):
    async def ask_again() -> None:
        stumble.send()

    stumbled.append(1)
    await traced(ask_again)()
    await join("media")
    assert len({span.context.trace_id for span in spans()}) == 1
    assert {span.name for span in spans()} == {"ask_again", "send media", "process media"}


def run(*arguments, code=0, **variables):
    """Run something as its own process."""
    environment = os.environ | {"APP_ENV": "test", "LOG_FORMAT": "JSON"} | variables
    command = [sys.executable, *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ran.returncode == code, ran.stderr
    return ran


@pytest.fixture
def migrate(tmp_path):
    """A role that ends by itself, with what it is told of telemetry."""
    database = f"sqlite+aiosqlite:///{tmp_path}/shop.db"
    return lambda **told: run("-m", "shop", "migrate", DATABASE_URL=database, **told)


RESOURCE = {
    "OTEL_SERVICE_NAME": "shop-migration",
    "OTEL_RESOURCE_ATTRIBUTES": "service.version=1.4.2,k8s.pod.name=shop-migration-x",
}


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_spans_arrive_before_the_process_ends(migrate, protocol):
    collector = Collector()
    address, end = collector.by_grpc() if protocol == "grpc" else collector.by_http()
    told = {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
    migrate(**told, **RESOURCE)
    end()
    ((name, about, _),) = collector.spans
    assert name == "migrate"
    assert about["service.name"] == "shop-migration"
    assert (about["service.version"], about["k8s.pod.name"]) == ("1.4.2", "shop-migration-x")


def test_logfire_gets_them_by_its_token_which_is_told_to_nobody(migrate):
    logfire, collector = Collector(), Collector()
    base, end = logfire.by_http()
    address, end_too = collector.by_grpc()
    ran = migrate(
        LOGFIRE_TOKEN=TOKEN,
        LOGFIRE_BASE_URL=base,
        LOGFIRE_SERVICE_NAME="shop-migration",
        OTEL_EXPORTER_OTLP_ENDPOINT=address,
        OTEL_EXPORTER_OTLP_PROTOCOL="grpc",
        **RESOURCE,
    )
    end()
    end_too()
    for spans, expected in ((logfire.spans, TOKEN), (collector.spans, None)):
        ((name, about, sender),) = spans
        assert (name, about["service.name"]) == ("migrate", "shop-migration")
        assert sender == expected
    assert TOKEN not in ran.stdout + ran.stderr
    assert all(json.loads(line) for line in (ran.stdout + ran.stderr).splitlines())


def test_what_is_not_sampled_goes_nowhere(migrate):
    collector = Collector()
    address, end = collector.by_http()
    migrate(
        LOGFIRE_TOKEN=TOKEN,
        LOGFIRE_BASE_URL=address,
        OTEL_EXPORTER_OTLP_ENDPOINT=address,
        OTEL_TRACES_SAMPLER="always_off",
    )
    end()
    assert collector.spans == []


def test_a_collector_that_is_away_costs_a_few_seconds_and_no_failure(migrate):
    ran = migrate(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1", OTEL_EXPORTER_OTLP_TIMEOUT="1")
    assert all(json.loads(line) for line in ran.stderr.splitlines())


def test_warnings_and_what_nobody_caught_are_json_too():
    fail = "import warnings; from shop.telemetry import begin; begin(); warnings.warn('old'); 1 / 0"
    ran = run("-c", fail, code=1, AEGIS_ROLE="api")
    warning, uncaught = map(json.loads, ran.stderr.splitlines())
    assert "UserWarning: old" in warning["event"]
    assert "ZeroDivisionError" in uncaught["exception"]
    assert warning["role"] == uncaught["role"] == "api"


def test_where_nobody_listens_nothing_of_it_is_loaded():
    large = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "logfire", "grpc")
    loaded = (
        f"import sys, shop.workers.orders; print([m for m in sys.modules if m.startswith({large})])"
    )
    assert run("-c", loaded).stdout.strip() == "[]"


def test_several_processes_are_one_to_prometheus(tmp_path):
    script = """if True:
        import os
        from prometheus_client import generate_latest
        from shop.telemetry import metrics

        metrics.forget()
        for _ in range(2):
            if not (child := os.fork()):
                metrics.TASKS.labels("a", "q", "ok").observe(1)
                os._exit(0)
            os.waitpid(child, 0)
        print(generate_latest(metrics.registry()).decode())
        metrics.forget()
        print("again", generate_latest(metrics.registry()).decode())
    """
    shared = str(tmp_path / "shared")
    told = run("-c", script, PROMETHEUS_MULTIPROC_DIR=shared).stdout
    before, again = told.split("again")
    assert 'task_duration_seconds_count{actor="a",outcome="ok",queue="q"} 2.0' in before
    assert "task_duration_seconds_count{" not in again


def test_a_worker_answers_prometheus_on_the_port_it_is_told(monkeypatch, caplog):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    metrics.serve(port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    assert "# TYPE task_duration_seconds histogram" in text
    assert "process_resident_memory_bytes" in text
    metrics.serve(port)
    assert "metrics_not_served" in caplog.text
    caplog.clear()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere")
    metrics.serve(port)
    assert not caplog.text


async def test_the_storefront_is_measured_too(environment):
    configure_logging()
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as visitor:
        await visitor.get("/health/ready")
        text = (await visitor.get("/metrics")).text
    assert (
        'http_request_duration_seconds_count{method="GET",route="/health/ready",status="200"}'
        in text
    )
