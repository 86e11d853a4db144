"""What the shop tells of itself: logs, metrics, traces. Each role begins with `begin()`."""

from shop.telemetry import tracing
from shop.telemetry.logs import configure_logging


def begin() -> None:
    """Log in one format, and trace where somebody listens."""
    configure_logging()
    tracing.start()
