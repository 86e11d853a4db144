"""A visitor's basket, over a WebSocket that lasts as long as the visit."""

import json
import os

import httpx
import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from shop import farewell
from shop.catalogue import PRICE_CENTS, Item
from shop.frontend.sessions import SERVICE_RESTART, FullError, Session, Sessions

TRY_AGAIN_LATER = 1013
POD = os.environ.get("HOSTNAME", "this machine")
PIECES = 100
PHRASES = ('{"add": item}', '{"drop": item}', '{"order": true}', '{"look": true}')
log = structlog.get_logger("shop.frontend.basket")


async def visit(socket: WebSocket) -> None:
    """Answer every message with the whole state; `?session=` asks for one that was begun here."""
    sessions: Sessions = socket.app.state.sessions
    await socket.accept()
    if farewell.is_leaving():
        return await socket.close(SERVICE_RESTART, "this pod goes")
    try:
        session = sessions.enter(socket, socket.query_params.get("session"))
    except FullError:
        return await socket.close(TRY_AGAIN_LATER, "this pod is full")
    try:
        await socket.send_json(_state(session))
        while True:
            told = await _do(socket, session, await _said(socket))
            await socket.send_json(_state(session) | told)
    except WebSocketDisconnect:
        log.debug("visitor_left")
    finally:
        sessions.leave(socket, session)


async def _said(socket: WebSocket) -> object:
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    try:
        return json.loads(message.get("text") or "")
    except (ValueError, RecursionError):
        return None


async def _do(socket: WebSocket, session: Session, message: object) -> dict[str, object]:
    """Do what the message asks for; say what is wrong with it."""
    match message:
        case {"add": str(item)} if item in PRICE_CENTS:
            session.basket[item] = min(session.basket[item] + 1, PIECES)
        case {"drop": str(item)}:
            session.basket.pop(item, None)
        case {"order": True}:
            return await _order(socket.app.state.api, session)
        case {"look": True}:
            pass
        case _:
            return {"problem": f"Say one of {', '.join(PHRASES)}."}
    return {}


async def _order(api: httpx.AsyncClient, session: Session) -> dict[str, object]:
    """Order one thing after the other; what could not be ordered stays in the basket."""
    try:
        for item, quantity in list(session.basket.items()):
            wish = {"item": item, "quantity": quantity}
            (await api.post("/api/orders", json=wish)).raise_for_status()
            del session.basket[item]
    except httpx.HTTPError as error:
        log.warning("api_refused", reason=str(error))
        return {"problem": "The shop cannot be reached right now."}
    return {"ordered": True}


def _state(session: Session) -> dict[str, object]:
    cents = sum(PRICE_CENTS[Item(item)] * quantity for item, quantity in session.basket.items())
    return {"pod": POD, "session": session.id, "basket": session.basket, "cents": cents}
