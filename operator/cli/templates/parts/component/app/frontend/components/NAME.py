"""{{ title }}."""

import flet as ft


@ft.component
def {{ class }}(text: str) -> ft.Control:
    """Show a text."""
    return ft.Text(text)
