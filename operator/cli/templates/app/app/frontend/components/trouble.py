{% if frontend %}
"""Why something did not work."""

import flet as ft


@ft.component
def Trouble(why: str) -> ft.Control:
    """Show it, where there is any."""
    return ft.Text(why, color=ft.Colors.ERROR, visible=bool(why))
{% endif %}
