"""One image, many roles: the first argument names the role.

The role *replaces* this process, so it is PID 1 in its container and gets the signals itself.
"""

import os
import sys
{% if database or workers %}
from pathlib import Path

ROOT = Path(__file__).parent.parent
{% else %}

{% endif %}
USAGE = """usage: python -m app ROLE
webserver{% if apart %} | frontend{% endif %}{% if workers %} | worker <queue>{% endif %}{% if scheduler %} | scheduler{% endif %}{% if database %} | migrate{% endif %}{% if auth %} | admin <email>{% endif %}"""
{% if workers %}
QUEUES = sorted(folder.parent.name for folder in ROOT.glob("app/workers/*/__init__.py"))
{% endif %}


def module(arguments: list[str]) -> list[str]:
    """Return the Python module, with its arguments, that plays the role."""
    match arguments:
        case ["webserver"]:
            return ["app.serve"{% if apart %}, "webserver"{% endif %}]
{% if apart %}
        case ["frontend"]:
            return ["app.serve", "frontend"]
{% endif %}
{% if workers %}
        case ["worker", queue] if queue in QUEUES:
            return ["app.workers", queue]
        case ["worker", queue]:
            raise SystemExit(f"no queue called {queue!r}: choose one of {', '.join(QUEUES)}")
{% endif %}
{% if scheduler %}
        case ["scheduler"]:
            return ["app.scheduler"]
{% endif %}
{% if database %}
        case ["migrate"]:
            return ["alembic", "-c", str(ROOT / "alembic.ini"), "upgrade", "head"]
{% endif %}
{% if auth %}
        case ["admin", email]:
            return ["app.admin", email]
{% endif %}
        case _:
            raise SystemExit(f"no role called {' '.join(arguments)!r}\n{USAGE}")


def main() -> None:
    """Become the role."""
    command = [sys.executable, "-m", *module(sys.argv[1:])]
    os.execvp(command[0], command)  # noqa: S606 no shell is wanted: the role must be PID 1


if __name__ == "__main__":
    main()
