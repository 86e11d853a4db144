{% if scheduler and not database %}
"""Everybody is greeted."""

import structlog
from apscheduler.triggers.cron import CronTrigger

from app.services import greetings

TRIGGER = CronTrigger(minute="*", timezone="UTC")
log = structlog.get_logger("app.scheduler.jobs.greet_everybody")


async def run() -> None:
    """Greet everybody in the log."""
    log.info("greeted", text=greetings.greeting("everybody"))
{% endif %}
