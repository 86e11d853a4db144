"""Put the API together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shop import database
from shop.api import accounts, health, orders, reports
from shop.api.mistakes import report_mistakes
from shop.api.outage import report_outages
from shop.farewell import Farewell, farewell
from shop.settings import settings
from shop.telemetry import begin, tracing
from shop.telemetry.requests import Telemetry, metrics

# Frontend and API are traced in one way, see shop/telemetry/requests.py.
OURS_ONLY = {"tracing": False, "metrics": False, "logs": False}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Nothing is opened up front: a missing database shows in readiness, not as a crash loop."""
    with farewell():
        yield
    await database.engine().dispose()
    await asyncio.to_thread(tracing.stop)


def create_app() -> FastAPI:
    """Build the app; the server calls this once."""
    begin()
    if settings().jwt_signing_key_file:
        from shop.auth import tokens

        tokens.signer()  # a key that cannot be used is told now, not to the first who logs in
    app = FastAPI(title="Shop", lifespan=lifespan, telemetry=OURS_ONLY)
    app.add_middleware(Telemetry)
    app.add_middleware(Farewell)
    report_outages(app)
    report_mistakes(app)
    for part in (health, accounts, orders, reports):
        app.include_router(part.router)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    return app
