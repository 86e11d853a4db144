{% if workers %}
"""The broker that every queue shares: Redis, or memory while testing."""

import dramatiq
from dramatiq.middleware import AsyncIO
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.settings import settings
from app.telemetry.tasks import Telemetry


def _broker() -> dramatiq.Broker:
    if settings().app_env == "test":
        from dramatiq.brokers.stub import StubBroker

        return StubBroker()
    from dramatiq.brokers.redis import RedisBroker

    # Fail within seconds: a customer waits for the answer, and a worker tries again anyway.
    patience = {"socket_connect_timeout": 2, "socket_timeout": 5, "retry": Retry(NoBackoff(), 1)}
    return RedisBroker(url=settings().redis_url, **patience)


broker = _broker()
broker.add_middleware(AsyncIO())
broker.add_middleware(Telemetry())
dramatiq.set_broker(broker)
{% endif %}
