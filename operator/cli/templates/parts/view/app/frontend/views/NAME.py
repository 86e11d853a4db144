"""{{ title }}."""

import flet as ft

PATH = "/{{ path }}"
LINK = "{{ title }}"


@ft.component
def View() -> ft.Control:
    """Show {{ words }}."""
    return ft.Text("{{ title }} is shown here.")
