"""The first argument names the role, which replaces this process and so gets the signals."""

import os
import sys

SERVE = ["uvicorn", "--host", "0.0.0.0", "--port", "8000"]
ROLES = {
    "webserver": [*SERVE, "hello.web:app"],
    "words": [*SERVE, "hello.words:app"],
    "worker": ["dramatiq", "hello.words", "--processes", "1", "--threads", "4"],
    "notes": [*SERVE, "hello.notes:app"],
}

role = sys.argv[1] if len(sys.argv) > 1 else ""
if role not in ROLES:
    raise SystemExit(f"no role called {role!r}: choose one of {', '.join(ROLES)}")
os.execvp(sys.executable, [sys.executable, "-m", *ROLES[role]])
