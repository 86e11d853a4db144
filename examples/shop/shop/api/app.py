"""Put the API together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shop import database
from shop.api import accounts, health, orders, reports
from shop.api.mistakes import report_mistakes
from shop.api.outage import report_outages
from shop.api.telemetry import Telemetry, metrics
from shop.farewell import Farewell, farewell
from shop.logs import configure_logging
from shop.settings import settings


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Nothing is opened up front: a missing database shows in readiness, not as a crash loop."""
    with farewell():
        yield
    await database.engine().dispose()


def create_app() -> FastAPI:
    """Build the app; the server calls this once."""
    configure_logging()
    if settings().jwt_signing_key_file:
        from shop.auth import tokens

        tokens.signer()  # a key that cannot be used is told now, not to the first who logs in
    app = FastAPI(title="Shop", lifespan=lifespan)
    app.add_middleware(Telemetry)
    app.add_middleware(Farewell)
    report_outages(app)
    report_mistakes(app)
    for part in (health, accounts, orders, reports):
        app.include_router(part.router)
    app.add_api_route("/metrics", metrics, include_in_schema=False)
    return app
