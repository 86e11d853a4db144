"""Put the API together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
{% if frontend and not apart %}
from flet import fastapi as flet
{% endif %}

from app import NAME{% if database %}, database{% endif %}

from app.api.mistakes import report_mistakes
{% if database %}
from app.api.outage import report_outages
{% endif %}
from app.farewell import Farewell, farewell
{% if frontend and not apart %}
from app.frontend.routing import main
{% endif %}
from app.parts import parts
{% if auth %}
from app.settings import settings
{% endif %}
from app.telemetry import begin, tracing
from app.telemetry.requests import Telemetry, metrics

# Requests are traced and counted by app/telemetry/requests.py.
OURS_ONLY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Nothing is opened up front: what is away shows in readiness, not as a crash loop."""
{% if frontend and not apart %}
    await flet.app_manager.start()
{% endif %}
    with farewell():
        yield
{% if frontend and not apart %}
    await flet.app_manager.shutdown()
{% endif %}
{% if database %}
    await database.engine().dispose()
{% endif %}
    await asyncio.to_thread(tracing.stop)


def create_app() -> FastAPI:
    """Build the app; the server calls this once."""
    begin()
{% if auth %}
    if settings().jwt_signing_key_file:
        from app.auth import tokens

        tokens.signer()  # a key that cannot be used is told now, not to the first who logs in
{% endif %}
    app = FastAPI(title=NAME, lifespan=lifespan, telemetry=OURS_ONLY)
    app.add_middleware(Telemetry)
    app.add_middleware(Farewell)
{% if database %}
    report_outages(app)
{% endif %}
    report_mistakes(app)
    for part in parts("app.api"):
        if hasattr(part, "router"):
            app.include_router(part.router)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
{% if frontend and not apart %}
    app.mount("/ui", flet.app(main, app_name=NAME, no_cdn=True))
{% endif %}
    return app
