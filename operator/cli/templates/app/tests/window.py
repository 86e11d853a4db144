{% if frontend %}
"""A browser's window as the frontend sees it; nothing is drawn."""

import asyncio
from collections.abc import Callable

import flet as ft
import msgpack
from flet.messaging.connection import Connection
from flet.messaging.protocol import (
    Message,
    MessageAction,
    configure_encode_object_for_msgpack,
)
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from app.frontend.routing import main

PATIENCE_SECONDS = 5


class Window(Connection):
    """One visit."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.pubsubhub = PubSubHub(loop=self.loop)
        self.page_url = "http://app"
        self.session = Session(self)
        self.arrivals: set[asyncio.Task] = set()

    async def open(self, path: str = "/") -> None:
        """Come to a path."""
        self.session.apply_page_patch({"route": path})
        self.session.attach_connection(self)
        _encode(self.session.get_page_patch())
        await main(self.session.page)

    async def show(self, component: Callable[..., object], *arguments: object) -> None:
        """Show one component, and nothing around it."""
        self.session.attach_connection(self)
        _encode(self.session.get_page_patch())
        self.session.page.render(component, *arguments)

    async def close(self) -> None:
        """Leave for good."""
        self.session.close()
        await asyncio.sleep(0)

    def send_message(self, message: Message) -> None:
        """Do what a browser is told to do."""
        _encode(message.body)
        assert message.action != MessageAction.SESSION_CRASHED, message.body.message
        if message.action == MessageAction.INVOKE_METHOD:
            asked = message.body
            self.session.handle_invoke_method_results(asked.control_id, asked.call_id, None, None)
            if asked.name == "push_route":
                self.arrivals.add(self.loop.create_task(self._arrive(asked.args["route"])))

    async def type(self, label: str, text: str, and_on: str = "", then: str = "") -> None:
        """Type into the field of this label; in the same moment, maybe type on, or click."""
        field = await self._one(ft.TextField, label=label)
        self.session.apply_patch(field._i, {"value": text})
        await self.session.dispatch_event(field._i, "change", text)
        if and_on:
            self.session.apply_patch(field._i, {"value": and_on})
        if then:
            button = await self._one(ft.Button, content=then)
            await self.session.dispatch_event(button._i, "click", None)

    def typed(self, label: str) -> str:
        """Return what is in the field of this label."""
        (field,) = self._all(ft.TextField, label=label)
        return field.value

    async def click(self, **looks: str) -> None:
        """Click the button that looks so."""
        button = await self._one((ft.Button, ft.TextButton, ft.IconButton), **looks)
        assert not button.disabled
        await self.session.dispatch_event(button._i, "click", None)

    async def settled(self) -> None:
        """Wait until everything that was asked for before is drawn."""
        for _turn in range(10):
            await asyncio.sleep(0)

    async def shows(self, text: str) -> None:
        """Wait until this can be read."""
        await self._until(lambda: text in self._texts(), repr(text))

    async def hides(self, text: str) -> None:
        """Wait until this can be read no more."""
        await self._until(lambda: text not in self._texts(), f"no {text!r}")

    async def _arrive(self, path: str) -> None:
        self.session.apply_page_patch({"route": path})
        await self.session.dispatch_event(self.session.page._i, "route_change", {"route": path})

    async def _one(self, kind, **looks: str) -> ft.BaseControl:
        await self._until(lambda: len(self._all(kind, **looks)) == 1, f"one with {looks}")
        return self._all(kind, **looks)[0]

    def _all(self, kind, **looks: str) -> list[ft.BaseControl]:
        return [
            control
            for control in list(self.session.index.values())
            if isinstance(control, kind)
            and control.visible
            and all(getattr(control, name, None) == value for name, value in looks.items())
        ]

    def _texts(self) -> list[str | None]:
        shown = [c for c in list(self.session.index.values()) if getattr(c, "visible", False)]
        tiles = [tile for tile in shown if isinstance(tile, ft.ListTile)]
        return [text.value for text in shown if isinstance(text, ft.Text)] + [
            line for tile in tiles for line in (tile.title, tile.subtitle)
        ]

    async def _until(self, is_so, wanted: str) -> None:
        end = self.loop.time() + PATIENCE_SECONDS
        while not is_so():
            assert self.loop.time() < end, f"{wanted} is wanted, and there is {self._texts()}"
            await asyncio.sleep(0.01)


def _encode(body: object) -> None:
    msgpack.packb(body, default=configure_encode_object_for_msgpack(ft.BaseControl))
{% endif %}
