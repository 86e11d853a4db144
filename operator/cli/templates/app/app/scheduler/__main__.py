{% if scheduler %}
"""Start the jobs, run until SIGTERM or SIGINT, end at once."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app import {% if database %}database, {% endif %}heartbeat
from app.parts import parts
from app.settings import settings
from app.telemetry import begin, tracing

log = structlog.get_logger("app.scheduler")


def traced(name: str, job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Begin a trace with each run: what the job puts into a queue goes on with it."""

    async def run() -> None:
        with tracing.span(name, "INTERNAL"):
            await job()

    return run


def build() -> AsyncIOScheduler:
    """A late job still runs, once: nothing is lost while the loop is busy."""
    defaults = {"coalesce": True, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)
    for job in parts("app.scheduler.jobs"):
        name = job.__name__.rpartition(".")[2]
        scheduler.add_job(traced(name, job.run), job.TRIGGER, id=name)
    scheduler.add_job(heartbeat.beat, "interval", seconds=10)
    return scheduler


async def main() -> None:
    """Wait for a signal; a job in flight is cancelled{% if database %} and its transaction rolled back{% endif %}."""
    begin()
    if settings().aegis_metrics_port:
        from app.telemetry import metrics

        metrics.serve(settings().aegis_metrics_port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    scheduler = build()
    scheduler.start()
    heartbeat.beat()
    log.info("scheduler_started", jobs=len(scheduler.get_jobs()))
    await stop.wait()
    scheduler.shutdown(wait=False)
{% if database %}
    await database.engine().dispose()
{% endif %}
    await asyncio.to_thread(tracing.stop)
    log.info("scheduler_stopped")


if __name__ == "__main__":
    asyncio.run(main())
{% endif %}
