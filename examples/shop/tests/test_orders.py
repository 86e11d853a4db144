"""An order's way through the API and both queues."""

import asyncio
from uuid import uuid4

import pytest
from redis import ConnectionError as RedisAway

from shop.workers.media import make_receipt
from shop.workers.orders import fulfil_order


async def join(queues, *names):
    for name in names:
        await asyncio.to_thread(queues.join, name, timeout=10_000)


async def place(api, item="cup", quantity=2):
    return (await api.post("/api/orders", json={"item": item, "quantity": quantity})).json()


async def test_an_order_is_fulfilled_and_gets_its_receipt(api, queues):
    placed = await place(api)
    assert placed["status"] == "pending"

    await join(queues, "orders", "media")

    order = (await api.get(f"/api/orders/{placed['id']}")).json()
    assert order["status"] == "fulfilled"
    assert order["total_cents"] == 1300
    assert "2 x cup" in order["receipt"]


async def test_a_message_delivered_twice_changes_nothing(api, queues):
    placed = await place(api)
    await join(queues, "orders", "media")
    before = (await api.get(f"/api/orders/{placed['id']}")).json()

    fulfil_order.send(placed["id"])
    await join(queues, "orders", "media")

    assert (await api.get(f"/api/orders/{placed['id']}")).json() == before


@pytest.mark.parametrize("actor", [fulfil_order, make_receipt])
async def test_a_message_about_an_unknown_order_is_dropped(tables, queues, actor):
    actor.send(str(uuid4()))
    await join(queues, "orders", "media")
    assert not queues.dead_letters


@pytest.mark.parametrize(
    "body",
    [
        {"item": "ship"},
        {"item": "cup", "quantity": 0},
        {"item": "cup", "quantity": 101},
        {"item": "cup", "colour": "red"},
        {},
    ],
)
async def test_what_we_do_not_sell_is_refused(api, body):
    assert (await api.post("/api/orders", json=body)).status_code == 422
    assert (await api.get("/api/orders")).json() == []


async def test_an_order_that_cannot_be_queued_is_not_kept(api, monkeypatch):
    def away(*_args):
        raise RedisAway

    monkeypatch.setattr(fulfil_order, "send", away)
    answer = await api.post("/api/orders", json={"item": "cup"})

    assert answer.status_code == 503
    assert "queue" in answer.json()["detail"]
    assert (await api.get("/api/orders")).json() == []


async def test_orders_are_listed_newest_first_and_in_pages(api, environment):
    environment(PAGE_SIZE="2")
    ids = [(await place(api))["id"] for _ in range(3)]

    assert [order["id"] for order in (await api.get("/api/orders")).json()] == ids[:0:-1]
    assert [order["id"] for order in (await api.get("/api/orders?offset=2")).json()] == ids[:1]
    assert len((await api.get("/api/orders?limit=3")).json()) == 3
    assert (await api.get("/api/orders?limit=0")).status_code == 422


async def test_an_unknown_order_is_not_found(api):
    assert (await api.get(f"/api/orders/{uuid4()}")).status_code == 404
    assert (await api.get("/api/orders/12")).status_code == 422
