{% if scheduler %}
"""Proof that the scheduler's event loop turns; `python -m app.heartbeat` is its probe.

Next to nothing is imported: a probe runs every few seconds.
"""

import sys
import tempfile
import time
from pathlib import Path

from app import NAME

FILE = Path(tempfile.gettempdir()) / f"{NAME}-scheduler-heartbeat"
MAX_AGE_SECONDS = 60


def beat(file: Path = FILE) -> None:
    """Leave a fresh sign of life."""
    file.touch()


def complaint(file: Path = FILE) -> str | None:
    """Say what is wrong, or nothing."""
    try:
        age = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return f"the scheduler has not started: {file} is missing"
    if age > MAX_AGE_SECONDS:
        return f"the scheduler hangs: last heartbeat {age:.0f} s ago"
    return None


if __name__ == "__main__":
    sys.exit(complaint())
{% endif %}
