"""{{ title }}."""

import structlog
from apscheduler.triggers.cron import CronTrigger

TRIGGER = CronTrigger({{ trigger }}, timezone="UTC")
log = structlog.get_logger("{{ package }}.scheduler.jobs.{{ name }}")


async def run() -> None:
    """Do it; a time that was missed is made up for once."""
    log.info("{{ name }}_done")
