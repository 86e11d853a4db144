{% if frontend and database %}
"""A note."""

from typing import Any

import flet as ft

from app.frontend.visit import Handler


@ft.component
def Note(note: dict[str, Any], forget: Handler) -> ft.Control:
{% if workers %}
    """Show its text and how many words it has, once they are counted."""
    words = note["words"]
{% else %}
    """Show its text and when it was written."""
{% endif %}
    return ft.Card(
        ft.ListTile(
            title=note["text"],
{% if workers %}
            subtitle="its words are being counted" if words is None else f"{words} words",
{% else %}
            subtitle=note["created_at"],
{% endif %}
            trailing=ft.IconButton(ft.Icons.DELETE, tooltip="Forget", on_click=forget),
        )
    )
{% endif %}
