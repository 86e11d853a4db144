"""Serve HTTP: `python -m app.serve`.

The server's own lines are in our format from the first one on; requests are logged by the app.
"""

import uvicorn

from app.telemetry import metrics
from app.telemetry.logs import configure_logging

PORT = 8000


def main() -> None:
    """Serve on every address; WEB_CONCURRENCY processes."""
    configure_logging()
    metrics.forget()
    uvicorn.run(
        "app.api.app:create_app",
        factory=True,
        host="0.0.0.0",  # noqa: S104 a container serves its pod's address
        port=PORT,
        log_config=None,
        access_log=False,
        timeout_keep_alive=120,  # clients give up idle connections sooner; they do it safely
        timeout_graceful_shutdown=15,
        timeout_worker_healthcheck=60,  # of several, one that takes its time to start is not ended
    )


if __name__ == "__main__":
    main()
