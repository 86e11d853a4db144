{% if frontend %}
"""Somebody's visit: the API as this person uses it{% if auth %}, and who it is{% endif %}."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

import flet as ft

from app.frontend.client import Api, RefusedError

Action = Callable[[], Awaitable[None]]
Handler = Callable[[], Coroutine[Any, Any, None]]


@ft.observable
@dataclass
class Visit:
    """One per window; what changes here is shown at once."""

    api: Api = field(default_factory=Api)
{% if auth %}
    email: str = ""
{% endif %}


HERE = ft.create_context(cast(Visit, None))  # every view is within a visit


def use_visit() -> Visit:
    """Return the visit that the component is part of."""
    return ft.use_context(HERE)


def use_attempts() -> tuple[str, Callable[[Action], Handler]]:
    """Return why the last attempt failed, and what makes an attempt of an action."""
    why, tell = ft.use_state("")

    def attempt(action: Action) -> Handler:
        async def attempted() -> None:
            try:
                await action()
            except RefusedError as refusal:
                tell(str(refusal))
            else:
                tell("")

        return attempted

    return why, attempt
{% endif %}
