{% if frontend and auth %}
"""Who is it?"""

from collections.abc import Awaitable, Callable
from functools import partial

import flet as ft

from app.frontend.components.field import Field, use_text
from app.frontend.components.trouble import Trouble
from app.frontend.visit import use_attempts, use_visit


@ft.component
def LogIn() -> ft.Control:
    """Log in, or open an account."""
    visit = use_visit()
    why, attempt = use_attempts()
    email = use_text()
    password = use_text()

    async def enter(door: Callable[[str, str], Awaitable[None]]) -> None:
        await door(email.value, password.value)
        visit.email = email.value

    return ft.Column(
        [
            Field("Email", email),
            Field("Password", password, password=True),
            ft.Row(
                [
                    ft.Button("Log in", on_click=attempt(partial(enter, visit.api.log_in))),
                    ft.TextButton("Register", on_click=attempt(partial(enter, visit.api.register))),
                ]
            ),
            Trouble(why),
        ]
    )
{% endif %}
