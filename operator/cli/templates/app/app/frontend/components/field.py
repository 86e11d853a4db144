{% if frontend %}
"""A text that somebody types."""

from dataclasses import dataclass

import flet as ft


@dataclass
class Text:
    """What was typed last. Typing draws nothing: it would bring back what was typed before."""

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
