{% if workers %}
"""Work on one queue: `python -m app.workers <queue>`."""

import sys

{% if dramatiq %}
from dramatiq import cli
{% else %}
from taskiq.cli.worker.args import WorkerArgs
from taskiq.cli.worker.run import run_worker
{% endif %}

from app.settings import settings
from app.telemetry import metrics
from app.telemetry.logs import configure_logging


def main(queue: str) -> None:
{% if dramatiq %}
    """Run Dramatiq's processes; scaling happens by adding pods, so there is one unless told."""
    configure_logging()
    metrics.forget()
    processes, threads = settings().aegis_processes, settings().aegis_threads
    size = ["--processes", str(processes), "--threads", str(threads)]
    command = [f"app.workers.{queue}", "--queues", queue, *size, "--skip-logging"]
    sys.exit(cli.main(cli.make_argument_parser().parse_args(command)))
{% else %}
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
