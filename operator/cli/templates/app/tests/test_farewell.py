"""A server that is asked to stop, as its clients see it."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from time import monotonic

import httpx
from server import serve

from app import farewell
from app.api.app import create_app as api


async def test_every_answer_ends_its_connection_before_the_server_ends(survivor, monkeypatch):
    monkeypatch.setattr(farewell, "SECONDS", 0.5)
    port, running = await serve(api)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert "connection" not in (await client.get("/health/")).headers
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        last = await client.get("/health/")
        assert (last.status_code, last.headers["connection"]) == (200, "close")
        assert not running.done()
        await asyncio.wait_for(running, 5)
    assert signal.getsignal(signal.SIGTERM).__name__ == "<lambda>"


@asynccontextmanager
async def idle(port: int):
    """A connection that has had its answer and stays open, as clients keep them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert b"connection: close" not in await ask(reader, writer)
    yield reader, writer
    writer.close()
    await writer.wait_closed()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    writer.write(b"GET /health/ HTTP/1.1\r\nHost: app\r\n\r\n")
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))
    return head


async def test_an_idle_connection_is_answered_once_more_and_the_server_ends_with_the_last(
    survivor, monkeypatch
):
    monkeypatch.setattr(farewell, "SECONDS", 0.1)
    port, running = await serve(api)
    async with idle(port) as one, idle(port) as other:
        os.kill(os.getpid(), signal.SIGTERM)
        for connection in (one, other):
            await asyncio.sleep(0.3)  # longer than is waited for nobody
            assert not running.done()
            assert b"connection: close" in await ask(*connection)
            assert await asyncio.wait_for(connection[0].read(), 5) == b""
        await asyncio.wait_for(running, 5)


async def test_an_idle_connection_that_nobody_uses_is_not_waited_for_long(survivor, monkeypatch):
    monkeypatch.setattr(farewell, "SECONDS", 0.1)
    monkeypatch.setattr(farewell, "PATIENCE_SECONDS", 0.5)
    port, running = await serve(api)
    async with idle(port) as (reader, _):
        began = monotonic()
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(reader.read(), 5) == b""
        assert monotonic() - began >= 0.5
        await asyncio.wait_for(running, 5)
