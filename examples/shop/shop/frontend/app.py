"""Put the storefront together. It knows the API's address and nothing of the database."""

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
from shop.logs import configure_logging
from shop.settings import settings


async def alive(_request: Request) -> Response:
    """Ready as soon as it runs: without the API, the page itself says what is wrong."""
    return JSONResponse({"status": "alive"})


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """One connection pool to the API, and the visitors' sessions."""
    app.state.sessions = Sessions()
    async with httpx.AsyncClient(base_url=settings().api_url, timeout=5) as app.state.api:
        with farewell(app.state.sessions.part):
            yield


def create_app() -> Starlette:
    """Build the app; the server calls this once."""
    configure_logging()
    routes = [
        Route("/", pages.storefront),
        Route("/orders", pages.order, methods=["POST"]),
        WebSocketRoute("/ws", basket.visit),
        Route("/health/", alive),
        Route("/health/ready", alive),
    ]
    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(Farewell)])
