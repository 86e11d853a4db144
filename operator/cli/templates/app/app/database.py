{% if database %}
"""The engine and its sessions, made on first use."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from app.settings import settings

CONNECT_SECONDS = 5


def async_url(text: str) -> URL:
    """Accept the forms that hosting platforms hand out, too: `postgres://…?sslmode=require`."""
    url = make_url(text)
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+asyncpg")
    if url.drivername == "postgresql+asyncpg" and "sslmode" in url.query:
        mode = url.query["sslmode"]
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url


@cache
def engine() -> AsyncEngine:
    """Connect lazily and notice a restarted database before a query fails on it."""
    return create_async_engine(
        async_url(settings().database_url),
        pool_pre_ping=True,
        connect_args={"timeout": CONNECT_SECONDS},
    )


@asynccontextmanager
async def transaction() -> AsyncIterator[AsyncSession]:
    """Commit when the block ends well, roll back when it raises."""
    async with AsyncSession(engine(), expire_on_commit=False) as session, session.begin():
        yield session
{% endif %}
