{% if auth %}
"""The public keys that tokens are checked with, from a JSON Web Key Set in a file.

The file changes while we run: the next key is in it before the first token is signed with it.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import structlog
from jwt import PyJWK
from jwt.exceptions import PyJWTError

PATIENCE_SECONDS = 1.0
ALGORITHMS = ("ES256", "EdDSA")
log = structlog.get_logger("app.auth.keys")


class KeysUnreadableError(Exception):
    """There are no keys to check a token with: nobody's token is wrong."""


class Keys:
    """Reads the file when it has changed, and for a key it does not know, once a second."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.known: dict[str, PyJWK] | None = None
        self.seen: tuple[int, int, int] | None = None
        self.read_at = 0.0

    def find(self, kid: str | None) -> PyJWK | None:
        """Look a key up by its id."""
        if self._has_changed() or (kid not in (self.known or {}) and self._is_patience_over()):
            self._read()
        if self.known is None:
            raise KeysUnreadableError
        return self.known.get(kid) if kid else None

    def _has_changed(self) -> bool:
        try:
            state = os.stat(self.file)
        except OSError:
            return False
        return self.seen != (state.st_ino, state.st_mtime_ns, state.st_size)

    def _is_patience_over(self) -> bool:
        return time.monotonic() - self.read_at >= PATIENCE_SECONDS

    def _read(self) -> None:
        """Keep what is known when the file is missing or is no key set."""
        self.read_at = time.monotonic()
        try:
            state = os.stat(self.file)
            self.seen = (state.st_ino, state.st_mtime_ns, state.st_size)
            self.known = _usable(json.loads(self.file.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.error("keys_unreadable", file=str(self.file), reason=type(error).__name__)


def _usable(key_set: dict[str, Any]) -> dict[str, PyJWK]:
    """Take the keys that sign; a kind that we do not know hides no other."""
    keys = {}
    for entry in key_set["keys"]:
        try:
            key = PyJWK(entry)
        except PyJWTError as error:
            log.warning("key_unknown_kind", kid=entry.get("kid"), reason=type(error).__name__)
            continue
        if key.key_id and key.algorithm_name in ALGORITHMS:
            keys[key.key_id] = key
    return keys
{% endif %}
