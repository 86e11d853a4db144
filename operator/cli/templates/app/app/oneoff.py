{% if database %}
"""Work that is done once and ends its process, such as a migration."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app import database
from app.telemetry import begin, tracing


def run(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work, close the pool; a database that is away costs one line and exit code 1."""
    begin()
    try:
        with tracing.span(name, "INTERNAL"):
            _to_its_end(work)
    finally:
        tracing.stop()


def _to_its_end(work: Callable[[], Awaitable[None]]) -> None:
    try:
        asyncio.run(_closing_after(work))
    except (OSError, TimeoutError) as error:
        host = database.engine().url.render_as_string(hide_password=True)
        structlog.get_logger("app").error("database_unreachable", url=host, reason=str(error))
        raise SystemExit(1) from None


async def _closing_after(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    finally:
        await database.engine().dispose()
{% endif %}
