"""Leave without cutting anybody off.

Clients keep their connections open, and one that is just being closed may already carry the next
request: its client gets no answer. So from SIGTERM on every answer ends its connection, and the
server stops when no connection is left; one that nobody uses any more is not waited for long.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Server

SECONDS = 3.0  # at the least: a client may be about to connect
PATIENCE_SECONDS = 8.0  # at most; answers under way and this are within the pod's grace


class Farewell:
    """Plain ASGI around an app; says goodbye in its answers once the process is asked to stop."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """End the connection with the answer."""

        async def goodbye(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive, goodbye if is_leaving() else send)


def is_leaving() -> bool:
    """Whether the process was asked to stop."""
    return _leaving.is_set()


async def nobody() -> None:
    """Nobody is left who has to be waited for."""


@contextmanager
def farewell(last: Callable[[], Awaitable[None]] = nobody) -> Iterator[None]:
    """Put the server's own end off, from its lifespan, until the `last` visitor has gone."""
    loop, stop = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)
    server = getattr(stop, "__self__", None)  # uvicorn's, whose handler it is
    connections = server.server_state.connections if isinstance(server, Server) else ()
    parting: set[asyncio.Task[None]] = set()

    async def empty() -> None:
        await asyncio.sleep(SECONDS)
        limit = loop.time() + PATIENCE_SECONDS - SECONDS
        while connections and loop.time() < limit:  # noqa: ASYNC110 a set tells nobody
            await asyncio.sleep(0.1)

    async def part(number: int, frame: FrameType | None) -> None:
        await asyncio.gather(empty(), last(), return_exceptions=True)
        if callable(stop):
            stop(number, frame)

    def leave(number: int, frame: FrameType | None) -> None:
        if not is_leaving():
            _leaving.set()
            loop.call_soon_threadsafe(lambda: parting.add(loop.create_task(part(number, frame))))

    signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, stop)
        _leaving.clear()


_leaving = asyncio.Event()
