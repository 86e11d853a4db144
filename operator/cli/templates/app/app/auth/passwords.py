{% if auth %}
"""Passwords are kept as scrypt hashes."""

import asyncio
import hashlib
import hmac
import os

# 16 MiB and about a quarter of a second of one core for each guess.
COST = {"n": 2**14, "r": 8, "p": 5}
# Each takes its memory: a crowd that logs in must not end the process.
_at_once = asyncio.Semaphore(2)


async def hashed(password: str) -> str:
    """Salt and hash, as text for the database."""
    salt = os.urandom(16)
    return f"{salt.hex()}:{(await _digest(password, salt)).hex()}"


async def matches(password: str, kept: str | None) -> bool:
    """Compare; without a kept hash it takes as long, so that time tells nothing about accounts."""
    salt, digest = map(bytes.fromhex, (kept or "00:00").split(":"))
    return hmac.compare_digest(await _digest(password, salt), digest)


async def _digest(password: str, salt: bytes) -> bytes:
    async with _at_once:
        return await asyncio.to_thread(hashlib.scrypt, password.encode(), salt=salt, **COST)
{% endif %}
