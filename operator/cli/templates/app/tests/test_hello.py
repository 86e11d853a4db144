"""Greetings."""

import pytest
{% if workers and not database %}
from redis import RedisError

{% if arq %}
from app.workers import broker
{% else %}
from app.workers.default import broker
{% endif %}
{% endif %}


@pytest.mark.parametrize(("asked", "greeted"), [({}, "World"), ({"name": "Ada"}, "Ada")])
async def test_somebody_is_greeted(api, asked, greeted):
    assert (await api.get("/api/hello", params=asked)).json() == {"text": f"Hello, {greeted}!"}


async def test_a_mistake_is_named_and_nothing_of_it_repeated(api):
    answer = await api.get("/api/hello", params={"name": "hunter2" * 20})
    assert answer.status_code == 422
    assert "name" in answer.text
    assert "hunter2" not in answer.text
{% if workers and not database %}


async def test_a_worker_greets(api, worked, caplog):
    assert (await api.post("/api/hello", params={"name": "Ada"})).status_code == 202
    await worked()
    assert "Hello, Ada!" in caplog.text


async def test_a_queue_that_is_away_is_503(api, monkeypatch):
    def away(*_message, **_options):
        raise RedisError

    monkeypatch.setattr(broker, "{{ "enqueue" if dramatiq else "kick" if taskiq else "connect" }}", away)
    answer = await api.post("/api/hello")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
{% endif %}
