"""Liveness, readiness, outages and metrics."""

from shop.api import health


async def fine():
    return None


async def test_alive_whatever_is_away(api):
    assert (await api.get("/health/")).json() == {"status": "alive"}


async def test_ready_when_both_answer(api, monkeypatch):
    monkeypatch.setattr(health, "_ask_redis", fine)
    answer = await api.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})


async def test_not_ready_says_which_one_is_missing(api, environment):
    environment(REDIS_URL="redis://127.0.0.1:1/0")
    answer = await api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "ConnectionError"}


async def test_a_database_that_is_away_is_503(api, database_away):
    answer = await api.get("/api/orders")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert (await api.get("/health/ready")).json()["database"] == "ConnectionRefusedError"


async def test_requests_are_counted_by_route(api):
    await api.get("/api/orders/12")
    await api.get("/nowhere/at/all")
    text = (await api.get("/metrics")).text
    labels = 'method="GET",route="/api/orders/{order_id}",status="422"'
    assert f"http_request_duration_seconds_count{{{labels}}}" in text
    assert 'route="unmatched",status="404"' in text
    assert "/nowhere" not in text
