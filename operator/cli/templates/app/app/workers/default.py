{% if workers %}
"""Queue `default`."""

{% if database %}
from uuid import UUID

{% endif %}
{% if dramatiq %}
import dramatiq
{% endif %}
import structlog

{% if database %}
from app import database
from app.services import notes
{% else %}
from app.services import greetings
{% endif %}
from app.telemetry import begin
from app.workers.broker import broker

__all__ = ["broker", {% if database %}"count_words"{% else %}"greet"{% endif %}]
begin()  # {{ "dramatiq" if dramatiq else "taskiq" }} imports this file in its worker process
log = structlog.get_logger("app.workers.default")


{% if dramatiq %}
@dramatiq.actor(queue_name="default", max_retries=5, min_backoff=1_000, max_backoff=60_000)
{% elif database %}
@broker.task("count_words")
{% else %}
@broker.task("greet")
{% endif %}
{% if database %}
async def count_words(note_id: str) -> None:
    """Count the words of a note; doing it twice does no harm."""
    async with database.transaction() as session:
        words = await notes.count_words(session, UUID(note_id))
    log.info("words_counted", note=note_id, words=words)
{% else %}
async def greet(name: str) -> None:
    """Greet somebody in the log; doing it twice does no harm."""
    log.info("greeted", text=greetings.greeting(name))
{% endif %}
{% endif %}
