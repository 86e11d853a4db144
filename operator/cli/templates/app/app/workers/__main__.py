{% if workers %}
"""Work on one queue: `python -m app.workers <queue>`."""

{% if arq %}
import asyncio
{% endif %}
import sys
{% if dramatiq %}

from dramatiq import cli
{% elif taskiq %}

from taskiq.cli.worker.args import WorkerArgs
from taskiq.cli.worker.run import run_worker
{% else %}
from importlib import import_module
from typing import Any

from arq import Worker, func
{% endif %}

from app.settings import settings
from app.telemetry import metrics{% if arq %}, tracing{% endif %}

from app.telemetry.logs import configure_logging
{% if arq %}
from app.telemetry.tasks import TRIES, observed
from app.workers.broker import address

FAREWELL_SECONDS = 50  # for what is begun, within the time that its pod has to drain
{% endif %}

{% if arq %}

def build(queue: str, **options: Any) -> Worker:  # noqa: ANN401 arq's own
    """Return what works on a queue; scaling happens by adding pods."""
    modules = import_module(f"app.workers.{queue}").TASKS
    tasks = {module.__name__.rpartition(".")[2]: module for module in modules}
    functions = [
        func(observed(queue, name, getattr(module, name)), name=name, max_tries=TRIES)
        for name, module in tasks.items()
    ]
    return Worker(functions or [func(idle)], queue_name=f"arq:queue:{queue}", **options)


async def idle(ctx: dict[Any, Any], *arguments: Any, **named: Any) -> None:  # noqa: ANN401
    """Do nothing: a worker has one task at the least, also where its folder has none yet."""


async def work(queue: str) -> None:
    """Work until SIGTERM or SIGINT; what is begun is ended."""
    metrics.serve(settings().aegis_metrics_port)
    threads, wait = settings().aegis_threads, FAREWELL_SECONDS
    worker = build(queue, redis_settings=address(), max_jobs=threads, job_completion_wait=wait)
    try:
        await worker.async_run()
    except asyncio.CancelledError:
        pass  # it was asked to end
    finally:
        await worker.close()
        await asyncio.to_thread(tracing.stop)


def main(queue: str) -> None:
    """Run one process."""
    configure_logging()
    metrics.forget()
    asyncio.run(work(queue))
{% else %}

def main(queue: str) -> None:
{% endif %}
{% if dramatiq %}
    """Run Dramatiq's processes; scaling happens by adding pods, so there is one unless told."""
    configure_logging()
    metrics.forget()
    processes, threads = settings().aegis_processes, settings().aegis_threads
    size = ["--processes", str(processes), "--threads", str(threads)]
    command = [f"app.workers.{queue}", "--queues", queue, *size, "--skip-logging"]
    sys.exit(cli.main(cli.make_argument_parser().parse_args(command)))
{% elif taskiq %}
    """Run TaskIQ's processes; scaling happens by adding pods, so there is one unless told."""
    configure_logging()
    metrics.forget()
    arguments = WorkerArgs(
        broker=f"app.workers.{queue}:broker",
        modules=[],
        configure_logging=False,
        workers=settings().aegis_processes,
        max_async_tasks=settings().aegis_threads,
    )
    sys.exit(run_worker(arguments))
{% endif %}


if __name__ == "__main__":
    main(sys.argv[1])
{% endif %}
