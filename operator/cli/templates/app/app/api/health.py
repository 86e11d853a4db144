"""Liveness says that the process turns; readiness says that it can serve."""

{% if database or redis %}
import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response, status
{% if redis %}
from redis import asyncio as redis
{% endif %}
{% if database %}
from sqlalchemy import text

from app import database
{% endif %}
{% if redis %}
{% if not database %}

{% endif %}
from app.settings import settings
{% endif %}
{% else %}
from fastapi import APIRouter
{% endif %}

router = APIRouter(prefix="/health", tags=["health"])
{% if database or redis %}
PATIENCE_SECONDS = 2
{% endif %}


@router.get("/")
async def alive() -> dict[str, str]:
    """Never look at a dependency here: restarting this process would not cure it."""
    return {"status": "alive"}


{% if database or redis %}
@router.get("/ready")
async def ready(response: Response) -> dict[str, str]:
    """Ask what requests need, all at once."""
    asked = {{ '{' }}{% if database %}"database": _ask_database(){% endif %}{% if database and redis %}, {% endif %}{% if redis %}"redis": _ask_redis(){% endif %}}
    answers = await asyncio.gather(*map(_state, asked.values()))
    if any(answer != "ok" for answer in answers):
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return dict(zip(asked, answers, strict=True))


async def _state(question: Awaitable[None]) -> str:
    """Name the kind of failure only: the address and user in its text are nobody's business."""
    try:
        await asyncio.wait_for(question, PATIENCE_SECONDS)
    except Exception as error:
        return type(error).__name__
    return "ok"
{% if database %}


async def _ask_database() -> None:
    async with database.engine().connect() as connection:
        await connection.execute(text("SELECT 1"))
{% endif %}
{% if redis %}


async def _ask_redis() -> None:
    async with redis.from_url(settings().redis_url) as client:
        await client.ping()
{% endif %}
{% else %}
@router.get("/ready")
async def ready() -> dict[str, str]:
    """Nothing is needed but the process itself."""
    return {}
{% endif %}
