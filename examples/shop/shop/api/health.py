"""Liveness says that the process turns; readiness says that it can serve a customer."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response, status
from redis import asyncio as redis
from sqlalchemy import text

from shop import database
from shop.settings import settings

router = APIRouter(prefix="/health", tags=["health"])
PATIENCE_SECONDS = 2


@router.get("/")
async def alive() -> dict[str, str]:
    """Never look at a dependency here: restarting this process would not cure it."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(response: Response) -> dict[str, str]:
    """Ask the database and Redis, both at once."""
    answers = await asyncio.gather(_state(_ask_database()), _state(_ask_redis()))
    if any(answer != "ok" for answer in answers):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return dict(zip(("database", "redis"), answers, strict=True))


async def _state(question: Awaitable[None]) -> str:
    """Name the kind of failure only: the address and user in its text are nobody's business."""
    try:
        await asyncio.wait_for(question, PATIENCE_SECONDS)
    except Exception as error:
        return type(error).__name__
    return "ok"


async def _ask_database() -> None:
    async with database.engine().connect() as connection:
        await connection.execute(text("SELECT 1"))


async def _ask_redis() -> None:
    async with redis.from_url(settings().redis_url) as client:
        await client.ping()
