{% if workers and not database %}
"""Task `greet`."""

{% if dramatiq %}
import dramatiq
{% endif %}
import structlog

from app.services import greetings
{% if taskiq %}
from app.workers.default import broker
{% endif %}

log = structlog.get_logger("app.workers.default.greet")


{% if dramatiq %}
@dramatiq.actor(queue_name="default", max_retries=5, min_backoff=1_000, max_backoff=60_000)
{% elif taskiq %}
@broker.task("greet")
{% endif %}
async def greet(name: str) -> None:
    """Greet somebody in the log; doing it twice does no harm."""
    log.info("greeted", text=greetings.greeting(name))
{% endif %}
