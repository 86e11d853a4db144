"""One image, many roles: the first argument names the role.

The role *replaces* this process, so it is PID 1 in its container and gets the signals itself.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
USAGE = """usage: python -m shop ROLE
webserver | frontend | worker <queue> | scheduler | migrate | report | admin <email>"""
QUEUES = ("orders", "media")


def module(arguments: list[str]) -> list[str]:
    """Return the Python module, with its arguments, that plays the role."""
    match arguments:
        case ["webserver"]:
            return ["shop.serve", "api"]
        case ["frontend"]:
            return ["shop.serve", "frontend"]
        case ["worker", queue] if queue in QUEUES:
            return ["shop.workers", queue]
        case ["worker", queue]:
            raise SystemExit(f"no queue called {queue!r}: choose one of {', '.join(QUEUES)}")
        case ["scheduler"]:
            return ["shop.scheduler"]
        case ["migrate"]:
            return ["alembic", "-c", str(ROOT / "alembic.ini"), "upgrade", "head"]
        case ["report"]:
            return ["shop.report"]
        case ["admin", email]:
            return ["shop.admin", email]
        case _:
            raise SystemExit(f"no role called {' '.join(arguments)!r}\n{USAGE}")


def main() -> None:
    """Become the role."""
    command = [sys.executable, "-m", *module(sys.argv[1:])]
    os.execvp(command[0], command)  # noqa: S606 no shell is wanted: the role must be PID 1


if __name__ == "__main__":
    main()
