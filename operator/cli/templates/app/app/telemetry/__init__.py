"""What the app tells of itself: logs, metrics, traces. Each role begins with `begin()`."""

from app.telemetry import tracing
from app.telemetry.logs import configure_logging


def begin() -> None:
    """Log in one format, and trace where somebody listens."""
    configure_logging()
    tracing.start()
