{% if frontend %}
"""What is around every view."""

import flet as ft

from app import NAME
from app.frontend.views import VIEWS
{% if auth %}
from app.frontend.visit import use_attempts, use_visit
{% endif %}

WIDTH = 720


@ft.component
def Frame() -> ft.Control:
    """Show the app's name{% if auth %}, links and who is logged in,{% else %} and links{% endif %} above the view."""
{% if auth %}
    visit = use_visit()
    _, attempt = use_attempts()

    async def leave() -> None:
        visit.email = ""
        await visit.api.log_out()

{% endif %}
    return ft.SafeArea(
        ft.Column(
            [
                ft.Row(
                    [
                        ft.Text(NAME, size=24, weight=ft.FontWeight.BOLD),
                        *[Link(view.PATH, view.LINK) for view in VIEWS],
{% if auth %}
                        ft.Text(visit.email, visible=bool(visit.email)),
                        ft.TextButton(
                            "Log out", on_click=attempt(leave), visible=bool(visit.email)
                        ),
{% endif %}
                    ]
                ),
                ft.Divider(),
                ft.use_route_outlet(),
            ],
            width=WIDTH,
        )
    )


@ft.component
def Link(path: str, text: str) -> ft.Control:
    """Lead to a path, unless the visitor is there."""
    page = ft.context.page

    async def go() -> None:
        await page.push_route(path)

    return ft.TextButton(text, on_click=go, disabled=ft.is_route_active(path, exact=True))
{% endif %}
