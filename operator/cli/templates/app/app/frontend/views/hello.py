{% if frontend %}
"""The smallest view."""

import flet as ft

from app.frontend.components.field import Field, use_text
from app.frontend.components.trouble import Trouble
from app.frontend.visit import use_attempts, use_visit

PATH = "/"
LINK = "Hello"


@ft.component
def View() -> ft.Control:
    """Greet whoever is named."""
    visit = use_visit()
    why, attempt = use_attempts()
    name = use_text("World")
    greeting, set_greeting = ft.use_state("")

    async def greet() -> None:
        set_greeting(await visit.api.greeting(name.value))

    return ft.Column(
        [
            Field("Name", name),
            ft.Button("Greet", on_click=attempt(greet)),
            ft.Text(greeting, size=20),
            Trouble(why),
        ]
    )
{% endif %}
