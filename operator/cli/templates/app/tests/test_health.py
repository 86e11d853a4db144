"""Liveness, readiness{% if database %}, outages{% endif %} and metrics."""

{% if redis %}
from app.api import health


async def fine():
    return None

{% endif %}

async def test_alive_whatever_is_away(api):
    assert (await api.get("/health/")).json() == {"status": "alive"}


async def test_ready_when_all_answer(api{% if redis %}, monkeypatch{% endif %}):
{% if redis %}
    monkeypatch.setattr(health, "_ask_redis", fine)
{% endif %}
    answer = await api.get("/health/ready")
    assert answer.status_code == 200
    assert all(state == "ok" for state in answer.json().values())
{% if redis %}


async def test_not_ready_says_what_is_missing(api, environment):
    environment(REDIS_URL="redis://127.0.0.1:1/0")
    answer = await api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["redis"] == "ConnectionError"
{% endif %}
{% if database %}


async def test_a_database_that_is_away_is_503(api, database_away):
    answer = await api.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ConnectionRefusedError"
{% if not auth %}
    answer = await api.get("/api/notes")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
{% endif %}
{% endif %}


async def test_requests_are_counted_by_route(api):
    await api.get("/api/hello")
    await api.get("/nowhere/at/all")
    text = (await api.get("/metrics")).text
    labels = 'method="GET",route="/api/hello",status="200"'
    assert f"http_request_duration_seconds_count{{ '{{{' }}labels{{ '}}}' }}" in text
    assert 'route="unmatched",status="404"' in text
    assert "/nowhere" not in text
