"""A visit over a WebSocket, as the visitor's browser sees it."""

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager

import httpx
import pytest
from server import serve
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from shop import farewell
from shop.api.app import create_app as create_api
from shop.frontend import basket, sessions
from shop.frontend.app import create_app


@pytest.fixture
async def frontend(tables, survivor, monkeypatch):
    """The storefront's app and its address; the real API in memory is behind it."""
    monkeypatch.setattr(farewell, "SECONDS", 0)
    monkeypatch.setattr(basket, "POD", "shop-frontend-1")
    app = create_app()
    port, running = await serve(lambda: app)
    transport = httpx.ASGITransport(create_api())
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as app.state.api:
        yield app, f"ws://127.0.0.1:{port}/ws"
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(running, 10)


class Visit:
    """One line to the shop."""

    def __init__(self, socket) -> None:
        self.socket = socket

    async def hear(self):
        return json.loads(await asyncio.wait_for(self.socket.recv(), 5))

    async def say(self, **message):
        return await self.send(json.dumps(message))

    async def send(self, text):
        await self.socket.send(text)
        return await self.hear()


@asynccontextmanager
async def visit(address, session=""):
    """Come in, and hear the first words."""
    async with connect(f"{address}?session={session}") as socket:
        visitor = Visit(socket)
        yield visitor, await visitor.hear()


async def test_a_basket_is_filled_and_ordered(frontend):
    app, address = frontend
    async with visit(address) as (visitor, first):
        assert (first["pod"], first["basket"], first["cents"]) == ("shop-frontend-1", {}, 0)
        await visitor.say(add="teapot")
        await visitor.say(add="cup")
        state = await visitor.say(add="cup")
        assert (state["basket"], state["cents"]) == ({"teapot": 1, "cup": 2}, 3700)
        assert (await visitor.say(drop="teapot"))["basket"] == {"cup": 2}
        assert (await visitor.say(order=True))["basket"] == {}
    (order,) = (await app.state.api.get("/api/orders")).json()
    assert (order["item"], order["quantity"]) == ("cup", 2)


async def test_who_comes_back_to_the_same_process_finds_the_basket(frontend):
    _, address = frontend
    async with visit(address) as (visitor, first):
        await visitor.say(add="cup")
    async with visit(address, first["session"]) as (_, again):
        assert (again["session"], again["basket"]) == (first["session"], {"cup": 1})


async def test_another_process_knows_nothing_of_it(frontend):
    _, address = frontend
    async with visit(address, "begun-elsewhere") as (_, first):
        assert first["session"] != "begun-elsewhere"
        assert first["basket"] == {}


async def test_a_session_without_its_visitor_is_forgotten_after_a_while(frontend, monkeypatch):
    monkeypatch.setattr(sessions, "KEPT_SECONDS", 0)
    app, address = frontend
    async with visit(address):
        assert len(app.state.sessions.known) == 1
    await asyncio.wait_for(app.state.sessions.empty.wait(), 5)
    await asyncio.sleep(0)
    async with visit(address):
        assert len(app.state.sessions.known) == 1


@pytest.mark.parametrize(
    "text",
    ["", "[", "[" * 4000, "[]", '{"add": "ship"}', '{"add": []}', '{"order": 2}', b"\0"],
)
async def test_what_makes_no_sense_is_answered_and_ends_nothing(frontend, text):
    _, address = frontend
    async with visit(address) as (visitor, _):
        assert '{"add": item}' in (await visitor.send(text))["problem"]
        assert "problem" not in await visitor.say(look=True)


async def test_what_cannot_be_ordered_stays_in_the_basket(frontend):
    app, address = frontend
    app.state.api = httpx.AsyncClient(base_url="http://127.0.0.1:1")
    async with app.state.api, visit(address) as (visitor, _):
        await visitor.say(add="cup")
        state = await visitor.say(order=True)
        assert (state["problem"], state["basket"]) == (
            "The shop cannot be reached right now.",
            {"cup": 1},
        )


async def test_when_full_the_visitor_is_sent_on(frontend, monkeypatch):
    monkeypatch.setattr(sessions, "MOST", 1)
    _, address = frontend
    async with visit(address):
        assert await close_code(address) == 1013
    async with visit(address) as (_, first):
        assert first["basket"] == {}  # whoever is away makes room


async def close_code(address):
    async with connect(address) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
    return closed.value.rcvd.code


async def test_before_the_process_goes_visitors_are_told_and_may_finish(frontend):
    app, address = frontend
    async with visit(address) as (visitor, _):
        await visitor.say(add="cup")
        os.kill(os.getpid(), signal.SIGTERM)
        assert await visitor.hear() == {"leaving": 10}
        assert await close_code(address) == 1012
        assert (await visitor.say(order=True))["basket"] == {}
    await asyncio.wait_for(app.state.sessions.empty.wait(), 5)


async def test_who_stays_is_closed_when_the_time_is_over(frontend, environment):
    environment(SESSION_DRAIN_SECONDS="0")
    _, address = frontend
    async with visit(address) as (visitor, _):
        os.kill(os.getpid(), signal.SIGTERM)
        assert await visitor.hear() == {"leaving": 0}
        with pytest.raises(ConnectionClosed) as closed:
            await visitor.hear()
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "this pod goes")


async def test_a_line_that_is_stuck_does_not_keep_the_process(monkeypatch):
    monkeypatch.setattr(sessions, "STUCK_SECONDS", 0.01)

    class Stuck:
        async def send_json(self, _words):
            await asyncio.Event().wait()

        async def close(self, *_why):
            await asyncio.Event().wait()

    kept = sessions.Sessions()
    kept.enter(Stuck(), None)
    monkeypatch.setattr(sessions.settings(), "session_drain_seconds", 0)
    await asyncio.wait_for(kept.part(), 5)


async def test_the_page_tells_which_pod_made_it(frontend):
    _, address = frontend
    async with httpx.AsyncClient(
        base_url=address.replace("ws:", "http:").removesuffix("/ws")
    ) as it:
        assert "Served by <code>" in (await it.get("/")).text
