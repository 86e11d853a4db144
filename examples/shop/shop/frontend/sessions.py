"""Visitors' sessions, in this process's memory: they go with it, and nobody else has them.

A visitor who comes back to the same process finds the basket again; elsewhere it is empty.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.websockets import WebSocket

from shop.settings import settings

KEPT_SECONDS = 600  # without its visitor
MOST = 10_000
SERVICE_RESTART = 1012
STUCK_SECONDS = 1


class FullError(Exception):
    """There is no room for another session."""


@dataclass(eq=False)
class Session:
    """What one visitor has in mind."""

    id: str
    basket: Counter[str] = field(default_factory=Counter)
    sockets: set[WebSocket] = field(default_factory=set)
    expiry: asyncio.TimerHandle | None = None


class Sessions:
    """All sessions of this process."""

    def __init__(self) -> None:
        self.known: dict[str, Session] = {}
        self.empty = asyncio.Event()
        self.empty.set()

    def enter(self, socket: WebSocket, asked: str | None) -> Session:
        """Find the visitor's session, or begin one; a name that we did not give is not taken."""
        session = self.known.get(asked or "")
        if session is None:
            self._make_room()
            session = Session(secrets.token_urlsafe(16))
            self.known[session.id] = session
        if session.expiry:
            session.expiry.cancel()
        session.sockets.add(socket)
        self.empty.clear()
        return session

    def _make_room(self) -> None:
        """Forget the session whose visitor has been away for longest; visitors are kept."""
        if len(self.known) >= MOST:
            away = [
                session for session in self.known.values() if session.expiry and not session.sockets
            ]
            if not away:
                raise FullError
            oldest = min(away, key=lambda session: session.expiry.when())
            oldest.expiry.cancel()
            del self.known[oldest.id]

    def leave(self, socket: WebSocket, session: Session) -> None:
        """Keep the session for a while: a visitor who loses the line comes back."""
        session.sockets.discard(socket)
        if not session.sockets:
            loop = asyncio.get_running_loop()
            session.expiry = loop.call_later(KEPT_SECONDS, self.known.pop, session.id, None)
        if not self._sockets():
            self.empty.set()

    async def part(self) -> None:
        """Tell the visitors that we go, let them finish, and close what is still open."""
        seconds = settings().session_drain_seconds
        await self._everyone(lambda socket: socket.send_json({"leaving": seconds}))
        with suppress(TimeoutError):
            await asyncio.wait_for(self.empty.wait(), seconds)
        await self._everyone(lambda socket: socket.close(SERVICE_RESTART, "this pod goes"))

    async def _everyone(self, tell: Callable[[WebSocket], Awaitable[None]]) -> None:
        """Tell it to all at once; a line that is stuck or gone holds up nobody."""
        telling = asyncio.gather(*map(tell, self._sockets()), return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(telling, STUCK_SECONDS)

    def _sockets(self) -> list[WebSocket]:
        return [socket for session in self.known.values() for socket in session.sockets]
