"""Put the storefront together. It knows the API's address and nothing of the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from shop.farewell import Farewell, farewell
from shop.frontend import basket, pages
from shop.frontend.sessions import Sessions
from shop.settings import settings
from shop.telemetry import begin, tracing
from shop.telemetry.requests import Telemetry, metrics


async def carry_trace(request: httpx.Request) -> None:
    """Let the API go on with the visitor's trace."""
    request.headers.update(tracing.carrier())


async def alive(_request: Request) -> Response:
    """Ready as soon as it runs: without the API, the page itself says what is wrong."""
    return JSONResponse({"status": "alive"})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """One connection pool to the API, and the visitors' sessions."""
    app.state.sessions = Sessions()
    async with httpx.AsyncClient(
        base_url=settings().api_url, timeout=5, event_hooks={"request": [carry_trace]}
    ) as app.state.api:
        with farewell(app.state.sessions.part):
            yield
    await asyncio.to_thread(tracing.stop)


def create_app() -> Starlette:
    """Build the app; the server calls this once."""
    begin()
    routes = [
        Route("/", pages.storefront),
        Route("/orders", pages.order, methods=["POST"]),
        WebSocketRoute("/ws", basket.visit),
        Route("/health/", alive),
        Route("/health/ready", alive),
        Route("/metrics", metrics),
    ]
    return Starlette(
        routes=routes, lifespan=lifespan, middleware=[Middleware(Farewell), Middleware(Telemetry)]
    )
