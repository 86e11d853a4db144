"""One log line, one measurement and one span per request."""

import time

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.telemetry import tracing
from app.telemetry.metrics import EXCEPTIONS, REQUESTS, registry

QUIET = ("/health", "/metrics")
log = structlog.get_logger("app.request")


class Telemetry:
    """Plain ASGI, so that a response is streamed through and never held."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Follow everything but the probes; a visit that lasts for hours is no request."""
        if scope["type"] != "http":
            await self._counting(scope, receive, send)
        elif scope["path"].startswith(QUIET):
            await self._watching(scope, receive, send)
        else:
            headers, method = Headers(scope=scope), scope["method"]
            about = {"http_request_method": method, "url_path": scope["path"]}
            with tracing.span(method, "SERVER", headers, **about) as span:
                status = await self._watching(scope, receive, send)
                if span is not None:
                    span.update_name(f"{method} {_route(scope)}")
                    span.set_attribute("http.route", _route(scope))
                    span.set_attribute("http.response.status_code", status)

    async def _watching(self, scope: Scope, receive: Receive, send: Send) -> int:
        """See the status go by."""
        status, began = 500, time.perf_counter()

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._counting(scope, receive, watch)
        finally:
            _record(scope, status, time.perf_counter() - began)
        return status

    async def _counting(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            EXCEPTIONS.labels(type(error).__name__).inc()
            log.exception("unhandled")  # here, for the server that logs it again knows no trace
            raise


def _record(scope: Scope, status: int, seconds: float) -> None:
    method, path = scope["method"], scope["path"]
    REQUESTS.labels(method, _route(scope), status).observe(seconds)
    write = log.debug if path.startswith(QUIET) else log.info
    write("request", method=method, path=path, status=status, milliseconds=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    """Name the pattern, not the path: ids in paths would make endless series."""
    return getattr(scope.get("route"), "path", "unmatched")


async def metrics(_request: Request) -> Response:
    """Everything counted so far, in Prometheus' text format."""
    return Response(generate_latest(registry()), media_type=CONTENT_TYPE_LATEST)
