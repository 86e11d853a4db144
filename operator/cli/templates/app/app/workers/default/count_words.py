{% if workers and database %}
"""Task `count_words`."""

from uuid import UUID

{% if dramatiq %}
import dramatiq
{% endif %}
import structlog

from app import database
from app.services import notes
{% if taskiq %}
from app.workers.default import broker
{% endif %}

log = structlog.get_logger("app.workers.default.count_words")


{% if dramatiq %}
@dramatiq.actor(queue_name="default", max_retries=5, min_backoff=1_000, max_backoff=60_000)
{% elif taskiq %}
@broker.task("count_words")
{% endif %}
async def count_words(note_id: str) -> None:
    """Count the words of a note; doing it twice does no harm."""
    async with database.transaction() as session:
        words = await notes.count_words(session, UUID(note_id))
    log.info("words_counted", note=note_id, words=words)
{% endif %}
