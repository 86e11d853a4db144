"""Serve HTTP: `python -m app.serve{% if apart %} <role>{% endif %}`.

The server's own lines are in our format from the first one on; requests are logged by the app.
"""

{% if apart %}
import sys

{% endif %}
import uvicorn

from app.telemetry import metrics
from app.telemetry.logs import configure_logging

{% if apart %}
ROLES = {"webserver": ("app.api.app", 8000), "frontend": ("app.frontend.app", 8550)}


def main(role: str) -> None:
    """Serve on every address; WEB_CONCURRENCY processes of the API, one of the frontend."""
    module, port = ROLES[role]
{% else %}
PORT = 8000


def main() -> None:
    """Serve on every address; WEB_CONCURRENCY processes."""
{% endif %}
    configure_logging()
    metrics.forget()
    uvicorn.run(
        {{ 'f"{module}:create_app"' if apart else '"app.api.app:create_app"' }},
        factory=True,
        host="0.0.0.0",  # noqa: S104 a container serves its pod's address
        port={% if apart %}port{% else %}PORT{% endif %},
{% if apart %}
        workers=1 if role == "frontend" else None,  # a visit is in one process's memory
{% endif %}
        log_config=None,
        access_log=False,
        timeout_keep_alive=120,  # clients give up idle connections sooner; they do it safely
        timeout_graceful_shutdown=15,
        timeout_worker_healthcheck=60,  # of several, one that takes its time to start is not ended
    )


if __name__ == "__main__":
    main({% if apart %}sys.argv[1]{% endif %})
