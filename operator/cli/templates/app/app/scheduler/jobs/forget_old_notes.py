{% if scheduler and database %}
"""Notes are forgotten when they are old."""

import structlog
from apscheduler.triggers.cron import CronTrigger

from app import database
from app.services import notes
from app.settings import settings

TRIGGER = CronTrigger(minute="*", timezone="UTC")
log = structlog.get_logger("app.scheduler.jobs.forget_old_notes")


async def run() -> None:
    """Delete what is older than NOTE_DAYS; a failure is tried again next time."""
    try:
        async with database.transaction() as session:
            forgotten = await notes.forget_old(session, settings().note_days)
    except Exception as error:
        log.warning("notes_not_forgotten", reason=f"{type(error).__name__}: {error}")
        return
    log.info("notes_forgotten", count=forgotten)
{% endif %}
