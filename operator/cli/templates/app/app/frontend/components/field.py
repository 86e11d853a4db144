{% if frontend %}
"""A text that somebody types."""

from dataclasses import dataclass

import flet as ft


@ft.observable
@dataclass
class Text:
    """What was typed last; a click that comes at once finds it too, before it is drawn anew."""

    value: str = ""


def use_text(initial: str = "") -> Text:
    """Return the text of a field; it lasts as long as the view."""
    text, _ = ft.use_state(Text(initial))
    return text


@ft.component
def Field(label: str, text: Text, password: bool = False) -> ft.Control:
    """Show the text, and take what is typed."""

    def change(event: ft.Event[ft.TextField]) -> None:
        text.value = event.control.value

    return ft.TextField(label=label, value=text.value, password=password, on_change=change)
{% endif %}
