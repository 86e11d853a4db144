{% if database %}
"""Notes, as a client sees them."""

{% if scheduler %}
from datetime import timedelta
{% endif %}
from uuid import uuid4

import pytest
{% if workers %}
from redis import RedisError
{% endif %}
{% if scheduler %}
from sqlalchemy import update
{% endif %}
{% if workers or scheduler %}

{% endif %}
{% if scheduler %}
from app import database
from app.models import Note
from app.models.base import now
from app.scheduler.jobs import forget_old_notes
{% endif %}
{% if workers %}
{% if arq %}
from app.workers import broker
from app.workers.broker import send
{% else %}
from app.workers.broker import send
from app.workers.default import broker
{% endif %}
from app.workers.default.count_words import count_words
{% endif %}


{% if auth %}
@pytest.fixture
def notes(accounts, ada):
    """The api, as somebody who is logged in asks it."""
    accounts.headers["Authorization"] = f"Bearer {ada['access_token']}"
    return accounts
{% else %}
@pytest.fixture
def notes(api):
    """The api."""
    return api
{% endif %}


async def write(notes, text="buy milk"):
    answer = await notes.post("/api/notes", json={"text": text})
    assert answer.status_code == 201
    return answer.json()


async def test_what_is_written_is_found_and_forgotten(notes):
    first, second = await write(notes, "one"), await write(notes, "two")
    seen = (await notes.get("/api/notes")).json()
    assert {note["id"] for note in seen} == {first["id"], second["id"]}
    path = f"/api/notes/{first['id']}"
    assert (await notes.get(path)).json()["text"] == "one"
    assert (await notes.delete(path)).status_code == 204
    assert (await notes.delete(path)).status_code == 404
    assert (await notes.get(path)).status_code == 404


async def test_a_page_has_as_many_as_are_asked_for(notes):
    for text in "abc":
        await write(notes, text)
    assert len((await notes.get("/api/notes", params={"limit": 2})).json()) == 2
    assert len((await notes.get("/api/notes", params={"limit": 2, "offset": 2})).json()) == 1


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "a", "colour": "red"}])
async def test_a_wrong_note_is_refused(notes, body):
    assert (await notes.post("/api/notes", json=body)).status_code == 422


async def test_an_unknown_note_is_404(notes):
    unknown = uuid4()
    answer = await notes.get(f"/api/notes/{unknown}")
    assert (answer.status_code, answer.json()["detail"]) == (404, f"There is no note {unknown}.")
{% if scheduler %}


async def age(days):
    """Make every note that old."""
    async with database.transaction() as session:
        await session.execute(update(Note).values(created_at=now() - timedelta(days=days)))


async def test_old_notes_are_forgotten(notes):
    await write(notes)
    await forget_old_notes.run()
    assert len((await notes.get("/api/notes")).json()) == 1
    await age(days=31)
    await forget_old_notes.run()
    assert (await notes.get("/api/notes")).json() == []


async def test_a_database_that_is_away_is_tried_again_later(database_away, caplog):
    await forget_old_notes.run()
    assert "notes_not_forgotten" in caplog.text
{% endif %}
{% if workers %}


async def test_a_worker_counts_words(notes, worked):
    note = await write(notes, "one two three")
    await send(count_words, str(uuid4()))  # one that was forgotten meanwhile
    await worked()
    assert (await notes.get(f"/api/notes/{note['id']}")).json()["words"] == 3


async def test_a_note_is_kept_when_the_queue_is_away(notes, monkeypatch):
    def away(*_message, **_options):
        raise RedisError

    monkeypatch.setattr(broker, "{{ "enqueue" if dramatiq else "kick" if taskiq else "connect" }}", away)
    await write(notes)
    assert len((await notes.get("/api/notes")).json()) == 1
{% endif %}
{% if auth %}


async def test_notes_are_their_owners(notes, bob):
    note = await write(notes)
    notes.headers["Authorization"] = f"Bearer {bob['access_token']}"
    assert (await notes.get("/api/notes")).json() == []
    assert (await notes.get(f"/api/notes/{note['id']}")).status_code == 404
    assert (await notes.delete(f"/api/notes/{note['id']}")).status_code == 404
{% endif %}
{% endif %}
