{% if frontend %}
"""Which path shows which view."""

import flet as ft

from app import NAME
from app.frontend.components.frame import Frame
from app.frontend.views import VIEWS
from app.frontend.visit import HERE, Visit

ROUTES = [
    ft.Route(
        component=Frame,
        children=[
            ft.Route(path=view.PATH.strip("/") or None, index=view.PATH == "/", component=view.View)
            for view in VIEWS
        ],
    )
]


@ft.component
def Nowhere() -> ft.Control:
    """Nothing is at this path."""
    return ft.Text("There is no such page.")


@ft.component
def Everything(visit: Visit) -> ft.Control:
    """Show the view of the path that the visitor is at."""
    return HERE(visit, lambda: ft.Router(ROUTES, not_found=Nowhere))


async def main(page: ft.Page) -> None:
    """Begin a visit; Flet calls this once per window."""
    visit = Visit()
    page.title = NAME
    page.on_close = visit.api.close
    page.render(Everything, visit)
{% endif %}
