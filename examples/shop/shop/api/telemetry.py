"""One log line and two metrics per request."""

import time

import structlog
from fastapi import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

disable_created_metrics()
REQUESTS = Counter("http_requests_total", "Requests served.", ["method", "route", "status"])
LATENCY = Histogram("http_request_duration_seconds", "Time to answer.", ["method", "route"])
QUIET = ("/health", "/metrics")
log = structlog.get_logger("shop.api.request")


class Telemetry:
    """Plain ASGI, so that a response is streamed through and never held."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch the status go by."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, began = 500, time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            record(scope, status, time.perf_counter() - began)


def record(scope: Scope, status: int, seconds: float) -> None:
    """Label by route, not by path: ids in paths would make endless series."""
    method, path = scope["method"], scope["path"]
    route = getattr(scope.get("route"), "path", "unmatched")
    REQUESTS.labels(method, route, status).inc()
    LATENCY.labels(method, route).observe(seconds)
    write = log.debug if path.startswith(QUIET) else log.info
    write("request", method=method, path=path, status=status, milliseconds=round(seconds * 1000, 1))


async def metrics() -> Response:
    """Everything counted so far, in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
