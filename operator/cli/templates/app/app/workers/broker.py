{% if workers %}
"""{% if dramatiq %}The broker that every queue shares: Redis, or memory while testing{% elif taskiq %}The brokers, one of each queue: Redis, or memory while testing{% else %}The queues, in Redis{% endif %}."""

{% if dramatiq %}
import asyncio
from typing import Any

import dramatiq
from dramatiq import DramatiqError
from dramatiq.middleware import AsyncIO
from redis import RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

{% elif taskiq %}
from typing import Any

from taskiq import AsyncBroker, AsyncTaskiqDecoratedTask, InMemoryBroker, SmartRetryMiddleware
from taskiq.exceptions import SendTaskError

{% else %}
from dataclasses import replace
from typing import Any

from arq import ArqRedis, create_pool
from arq.connections import RedisSettings
from redis import RedisError

{% endif %}
from app.settings import settings
{% if arq %}
from app.telemetry import tracing
from app.telemetry.tasks import Task, about_task
{% else %}
from app.telemetry.tasks import Telemetry
{% endif %}


class QueueAwayError(Exception):
    """Nothing was put into the queue: Redis does not answer."""


{% if dramatiq %}
def _broker() -> dramatiq.Broker:
    if settings().app_env == "test":
        from dramatiq.brokers.stub import StubBroker

        return StubBroker()
    from dramatiq.brokers.redis import RedisBroker

    # Fail within seconds: somebody waits for the answer, and a worker tries again anyway.
    patience = {"socket_connect_timeout": 2, "socket_timeout": 5, "retry": Retry(NoBackoff(), 1)}
    return RedisBroker(url=settings().redis_url, **patience)


async def send(actor: dramatiq.Actor[..., Any], *arguments: str) -> None:
    """Put a task into its queue."""
    try:
        await asyncio.to_thread(actor.send, *arguments)
    except (RedisError, DramatiqError) as error:
        raise QueueAwayError(str(error)) from error


broker = _broker()
broker.add_middleware(AsyncIO())
broker.add_middleware(Telemetry())
dramatiq.set_broker(broker)
{% elif taskiq %}
def of_queue(queue: str) -> AsyncBroker:
    """Return the broker of a queue."""
    retry = SmartRetryMiddleware(default_retry_count=5, default_retry_label=True, default_delay=1)
    return _broker(queue).with_middlewares(retry, Telemetry(queue))


def _broker(queue: str) -> AsyncBroker:
    if settings().app_env == "test":
        return InMemoryBroker()
    from taskiq_redis import RedisStreamBroker

    # Fail within seconds: somebody waits for the answer. One at a time is read: what a worker
    # has read and not begun when it ends would wait for minutes.
    return RedisStreamBroker(
        url=settings().redis_url,
        queue_name=f"taskiq:{queue}",
        xread_count=1,
        socket_connect_timeout=2,
    )


async def send(task: AsyncTaskiqDecoratedTask[..., Any], *arguments: str) -> None:
    """Put a task into its queue."""
    try:
        await task.kiq(*arguments)
    except SendTaskError as error:
        raise QueueAwayError(str(error.__cause__)) from error
{% else %}
def address() -> RedisSettings:
    """Fail within seconds: somebody waits for the answer."""
    return replace(RedisSettings.from_dsn(settings().redis_url), conn_timeout=2, conn_retries=1)


async def connect() -> ArqRedis:
    """Reach Redis."""
    return await create_pool(address())


async def send(task: Task, *arguments: str) -> None:
    """Put a task into its queue, which is called as its folder."""
    queue, name = task.__module__.split(".")[-2], task.__name__
    try:
        async with await connect() as redis:
            with tracing.span(f"send {queue}", "PRODUCER", None, **about_task(queue, name)):
                place, carried = f"arq:queue:{queue}", dict[str, Any](tracing.carrier())
                await redis.enqueue_job(name, *arguments, _queue_name=place, **carried)
    except (RedisError, OSError) as error:
        raise QueueAwayError(str(error)) from error
{% endif %}
{% endif %}
