"""What Prometheus reads, summed over the processes of a pod where there are several."""

import os
from functools import cache
from pathlib import Path

import structlog
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

disable_created_metrics()
EXCEPTIONS = Counter("exceptions_total", "Exceptions that nothing handled.", ["type"])
REQUESTS = Histogram(
    "http_request_duration_seconds", "Time to answer.", ["method", "route", "status"]
)
{% if workers %}
TASKS = Histogram("task_duration_seconds", "Time to end a task.", ["actor", "queue", "outcome"])
{% endif %}
SHARED = "PROMETHEUS_MULTIPROC_DIR"
log = structlog.get_logger("app.telemetry.metrics")


@cache
def registry() -> CollectorRegistry:
    """Choose this process's own numbers, or everybody's."""
    if SHARED not in os.environ:
        return REGISTRY
    everybodys = CollectorRegistry()
    MultiProcessCollector(everybodys)
    return everybodys


def serve(port: int | None) -> None:
    """Answer Prometheus from a thread, in a role that speaks no HTTP otherwise.

    Of several processes the first takes the port, and answers for all.
    """
    if port is None:
        return
    try:
        start_http_server(port, registry=registry())
    except OSError as error:
        if SHARED not in os.environ:
            log.warning("metrics_not_served", port=port, reason=str(error))


def forget() -> None:
    """Begin anew, before the first process counts: a restarted container finds its old files."""
    if folder := os.environ.get(SHARED):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file in Path(folder).glob("*.db"):
            file.unlink()
