{% if apart %}
"""Put the frontend together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from flet import fastapi as flet

from app import NAME
from app.farewell import Farewell, farewell
from app.frontend.routing import main
from app.telemetry import begin, tracing
from app.telemetry.requests import Telemetry, metrics

# Requests are traced and counted by app/telemetry/requests.py.
OURS_ONLY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Flet looks after its visits while this lasts."""
    await flet.app_manager.start()
    with farewell():
        yield
    await flet.app_manager.shutdown()
    await asyncio.to_thread(tracing.stop)


async def alive() -> dict[str, str]:
    """The process turns; a page needs nothing else to be shown."""
    return {"status": "alive"}


def create_app() -> FastAPI:
    """Build the app; the server calls this once."""
    begin()
    app = FastAPI(title=NAME, lifespan=lifespan, telemetry=OURS_ONLY)
    app.add_middleware(Telemetry)
    app.add_middleware(Farewell)
    app.add_api_route("/health/", alive, include_in_schema=False)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    app.mount("/", flet.app(main, app_name=NAME, no_cdn=True))
    return app
{% endif %}
