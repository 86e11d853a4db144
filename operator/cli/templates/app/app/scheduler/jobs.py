{% if scheduler %}
"""What the scheduler does."""

import structlog

{% if database %}
from app import database
from app.services import notes
from app.settings import settings
{% else %}
from app.services import greetings
{% endif %}

log = structlog.get_logger("app.scheduler.jobs")

{% if database %}

async def forget_old_notes() -> None:
    """Delete what is older than NOTE_DAYS; a failure is tried again next time."""
    try:
        async with database.transaction() as session:
            forgotten = await notes.forget_old(session, settings().note_days)
    except Exception as error:
        log.warning("notes_not_forgotten", reason=f"{type(error).__name__}: {error}")
        return
    log.info("notes_forgotten", count=forgotten)
{% else %}

async def greet_everybody() -> None:
    """Greet everybody in the log."""
    log.info("greeted", text=greetings.greeting("everybody"))
{% endif %}
{% endif %}
