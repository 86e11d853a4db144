"""A server that is asked to stop, as its clients see it."""

import asyncio
import os
import signal

import httpx
import pytest
import uvicorn

from shop import farewell
from shop.api.app import create_app as api
from shop.frontend.app import create_app as frontend


class Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self.is_up.set()


@pytest.fixture
def survivor():
    """The server passes the signal on when it has ended; it must not end the tests."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("create_app", [api, frontend])
async def test_every_answer_ends_its_connection_before_the_server_ends(
    create_app, survivor, monkeypatch
):
    monkeypatch.setattr(farewell, "SECONDS", 0.5)
    server = Server(uvicorn.Config(create_app, factory=True, port=0, log_config=None))
    running = asyncio.create_task(server.serve())
    await asyncio.wait_for(server.is_up.wait(), 5)
    port = server.servers[0].sockets[0].getsockname()[1]

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert "connection" not in (await client.get("/health/")).headers
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        last = await client.get("/health/")
        assert (last.status_code, last.headers["connection"]) == (200, "close")
        assert not running.done()
        await asyncio.wait_for(running, 5)
    assert signal.getsignal(signal.SIGTERM).__name__ == "<lambda>"
