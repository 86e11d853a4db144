{% if frontend and database %}
"""Notes{% if auth %} of whoever is logged in{% endif %}."""

from functools import partial
from typing import Any

import flet as ft

from app.frontend.components.field import Field, use_text
{% if auth %}
from app.frontend.components.login import LogIn
{% endif %}
from app.frontend.components.note import Note
from app.frontend.components.trouble import Trouble
from app.frontend.visit import use_attempts, use_visit

PATH = "/notes"
LINK = "Notes"


{% if auth %}
@ft.component
def View() -> ft.Control:
    """Show the notes, or ask who it is."""
    return Written() if use_visit().email else LogIn()


@ft.component
def Written() -> ft.Control:
{% else %}
@ft.component
def View() -> ft.Control:
{% endif %}
    """List the newest notes, and take another."""
    visit = use_visit()
    why, attempt = use_attempts()
    text = use_text()
    notes, set_notes = ft.use_state(list[dict[str, Any]]())

    async def look() -> None:
        set_notes(await visit.api.notes())

    async def write() -> None:
        await visit.api.write(text.value)
        text.value = ""
        await look()

    async def forget(note: str) -> None:
        await visit.api.forget(note)
        await look()

    ft.on_mounted(attempt(look))
    return ft.Column(
        [
            Field("Note", text),
            ft.Row(
                [
                    ft.Button("Write", on_click=attempt(write)),
                    ft.TextButton("Look again", on_click=attempt(look)),
                ]
            ),
            Trouble(why),
            *[Note(note, attempt(partial(forget, note["id"]))) for note in notes],
        ]
    )
{% endif %}
