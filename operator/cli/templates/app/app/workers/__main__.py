{% if workers %}
"""Work on one queue: `python -m app.workers <queue>`."""

import sys

from dramatiq import cli

from app.settings import settings
from app.telemetry import metrics
from app.telemetry.logs import configure_logging


def main(queue: str) -> None:
    """Run Dramatiq's processes; scaling happens by adding pods, so there is one unless told."""
    configure_logging()
    metrics.forget()
    processes, threads = settings().aegis_processes, settings().aegis_threads
    size = ["--processes", str(processes), "--threads", str(threads)]
    command = [f"app.workers.{queue}", "--queues", queue, *size, "--skip-logging"]
    sys.exit(cli.main(cli.make_argument_parser().parse_args(command)))


if __name__ == "__main__":
    main(sys.argv[1])
{% endif %}
