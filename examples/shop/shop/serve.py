"""Serve one of the HTTP roles: `python -m shop.serve api | frontend`.

The server's own lines are in our format from the first one on; requests are logged by the app.
"""

import sys

import uvicorn

from shop.telemetry import metrics
from shop.telemetry.logs import configure_logging

PORTS = {"api": 8000, "frontend": 8550}


def main(role: str) -> None:
    """Serve on every address; WEB_CONCURRENCY processes."""
    configure_logging()
    metrics.forget()
    uvicorn.run(
        f"shop.{role}.app:create_app",
        factory=True,
        host="0.0.0.0",  # noqa: S104 a container serves its pod's address
        port=PORTS[role],
        log_config=None,
        access_log=False,
        timeout_keep_alive=120,  # clients give up idle connections sooner; they do it safely
        timeout_graceful_shutdown=15,
        timeout_worker_healthcheck=60,  # of several, one that takes its time to start is not ended
        ws_max_size=4096,
    )


if __name__ == "__main__":
    main(sys.argv[1])
