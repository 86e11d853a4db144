"""The storefront, talking to the real API in memory."""

import httpx
import pytest

from shop.api.app import create_app as create_api
from shop.frontend.app import create_app


@pytest.fixture
async def shop(tables):
    app = create_app()
    to_api = httpx.ASGITransport(create_api())
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=to_api, base_url="http://api") as app.state.api,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as client,
    ):
        client.follow_redirects = True
        yield client


async def test_a_visitor_orders_and_sees_it(shop):
    assert "Nobody has ordered yet." in (await shop.get("/")).text
    page = (await shop.post("/orders", data={"item": "teapot", "quantity": "2"})).text
    assert "2 × teapot" in page
    assert 'class="pending"' in page


async def test_a_strange_wish_is_refused_kindly(shop):
    answer = await shop.post("/orders", data={"item": "<script>", "quantity": "2"})
    assert answer.status_code == 400
    assert "not something we sell" in answer.text


async def test_without_the_api_the_page_says_so(environment):
    environment(API_URL="http://127.0.0.1:1")
    app = create_app()
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as client,
    ):
        answer = await client.get("/")
        assert answer.status_code == 502
        assert "cannot be reached" in answer.text
        assert (await client.get("/health/")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
