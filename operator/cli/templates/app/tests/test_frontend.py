{% if frontend %}
"""The frontend, as somebody sees it{% if auth %} who uses the API by it{% endif %}."""

import httpx
from httpx import ASGITransport, AsyncClient
{% if database and workers %}
from sqlalchemy import select
{% endif %}

{% if database and workers %}
from app import database
{% endif %}
{% if not apart %}
from app.api.app import create_app
{% endif %}
{% if apart %}
from app.frontend.app import create_app
{% endif %}
{% if auth %}
from app.frontend.client import Api
{% endif %}
{% if database and workers %}
from app.models import Note
from app.services import notes
{% endif %}
{% if database %}


async def _come(window):
    await window.open("/notes")
{% if auth %}
    await _enter(window)


async def _enter(window, door="Register", key="correct horse"):
    await window.type("Email", "ada@example.com")
    await window.type("Password", key)
    await window.click(content=door)
{% endif %}
{% endif %}


async def test_somebody_is_greeted(window):
    await window.open()
    await window.type("Name", "Ada")
    await window.click(content="Greet")
    await window.shows("Hello, Ada!")


async def test_a_click_that_comes_at_once_finds_what_was_typed(window):
    await window.open()
    await window.type("Name", "Ada", then="Greet")
    await window.shows("Hello, Ada!")


async def test_what_is_typed_quickly_is_not_taken_back(window):
    await window.open()
    await window.type("Name", "A", and_on="Ada")
    await window.settled()
    assert window.typed("Name") == "Ada"


async def test_a_mistake_is_told_and_gone_when_it_is_mended(window):
    told = "name: String should have at most 100 characters"
    await window.open()
    await window.type("Name", "A" * 101)
    await window.click(content="Greet")
    await window.shows(told)
    await window.type("Name", "Ada")
    await window.click(content="Greet")
    await window.hides(told)


async def test_a_path_that_leads_nowhere_says_so(window):
    await window.open("/no/such/page")
    await window.shows("There is no such page.")


{% if database %}
async def test_a_link_leads_to_another_view(window):
    await window.open()
    await window.click(content="Notes")
    await window.click(content="{{ "Log in" if auth else "Look again" }}")


async def test_notes_are_written_and_forgotten(window):
    await _come(window)
    await window.type("Note", "a short note")
    await window.click(content="Write")
    await window.shows("a short note")
    assert window.typed("Note") == ""
    await window.click(tooltip="Forget")
    await window.hides("a short note")


{% if workers %}
async def test_words_are_shown_when_they_are_counted(window):
    await _come(window)
    await window.type("Note", "a short note")
    await window.click(content="Write")
    await window.shows("its words are being counted")
    async with database.transaction() as session:
        (note,) = await session.scalars(select(Note))
        await notes.count_words(session, note.id)
    await window.click(content="Look again")
    await window.shows("3 words")


{% endif %}
{% endif %}
{% if auth %}
async def test_who_is_logged_in_is_shown_until_he_leaves(window):
    await _come(window)
    await window.shows("ada@example.com")
    await window.click(content="Log out")
    await _enter(window, door="Log in")
    await window.shows("ada@example.com")


async def test_a_wrong_password_is_told(window):
    await window.open("/notes")
    await _enter(window, door="Log in", key="wrong horse")
    await window.shows("The address or the password is wrong.")


async def test_a_login_goes_on_when_its_access_token_is_over(window, monkeypatch):
    remember, refreshed = Api._remember, []

    def over_at_first(api, tokens):
        refreshed.append(tokens["access_token"])
        old = {"access_token": "over"} if len(refreshed) == 1 else {}
        remember(api, tokens | old)

    monkeypatch.setattr(Api, "_remember", over_at_first)
    await _come(window)
    await window.type("Note", "still here")
    await window.click(content="Write")
    await window.shows("still here")
    assert len(refreshed) == 2


{% endif %}
async def test_an_api_that_is_away_or_confused_is_told(window, monkeypatch):
    def away(*_request, **_options):
        raise httpx.ConnectError("refused")

    async def confused(*_request, **_options):
        return httpx.Response(502, text="<html>")

    await window.open()
    monkeypatch.setattr(AsyncClient, "request", away)
    await window.click(content="Greet")
    await window.shows("The API does not answer; please try again.")
    monkeypatch.setattr(AsyncClient, "request", confused)
    await window.click(content="Greet")
    await window.shows("The API answered 502; please try again.")


async def test_every_path_of_the_frontend_begins_it_and_nothing_is_loaded_from_elsewhere():
    app = create_app()
    async with AsyncClient(transport=ASGITransport(app), base_url="http://app") as browser:
        pages = [await browser.get({{ "path" if apart else '"/ui" + path' }}) for path in ("/", "/notes")]
{% if apart %}
        assert (await browser.get("/health/")).json() == {"status": "alive"}
{% endif %}
    for page in pages:
        assert page.status_code == 200
        assert "flet.noCdn=true" in page.text
{% endif %}
