"""Task `{{ name }}`."""

{% if dramatiq %}
import dramatiq
{% endif %}
import structlog
{% if taskiq %}

from {{ package }}.workers.{{ queue }} import broker
{% endif %}

log = structlog.get_logger("{{ package }}.workers.{{ queue }}.{{ name }}")


{% if dramatiq %}
@dramatiq.actor(
    queue_name="{{ queue }}",
    max_retries=5,
    min_backoff=1_000,
    max_backoff=60_000,
)
{% elif taskiq %}
@broker.task("{{ name }}")
{% endif %}
async def {{ name }}(of: str) -> None:
    """Do it; twice does no harm."""
    log.info("{{ name }}_done", of=of)
