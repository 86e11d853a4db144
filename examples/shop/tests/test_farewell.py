"""A server that is asked to stop, as its clients see it."""

import asyncio
import os
import signal

import httpx
import pytest
from server import serve

from shop import farewell
from shop.api.app import create_app as api
from shop.frontend.app import create_app as frontend


@pytest.mark.parametrize("create_app", [api, frontend])
async def test_every_answer_ends_its_connection_before_the_server_ends(
    create_app, survivor, monkeypatch
):
    monkeypatch.setattr(farewell, "SECONDS", 0.5)
    port, running = await serve(create_app)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert "connection" not in (await client.get("/health/")).headers
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
        last = await client.get("/health/")
        assert (last.status_code, last.headers["connection"]) == (200, "close")
        assert not running.done()
        await asyncio.wait_for(running, 5)
    assert signal.getsignal(signal.SIGTERM).__name__ == "<lambda>"
