{% if frontend %}
"""The API, as one visitor uses it."""

{% if auth %}
from asyncio import Lock
from http import HTTPStatus
{% endif %}
from typing import Any

from httpx import AsyncClient, HTTPError, Response

from app.settings import settings

PATIENCE_SECONDS = 10


class RefusedError(Exception):
    """What the API refused, or why it was not reached, in words for whoever asked."""


class Api:
    """Asks the API{% if auth %}; remembers the tokens of who logged in{% endif %}."""

    def __init__(self) -> None:
        self._http = AsyncClient(base_url=settings().api_url, timeout=PATIENCE_SECONDS)
{% if auth %}
        self._access = self._refresh = ""
        self._renewing = Lock()
{% endif %}

    async def greeting(self, name: str) -> str:
        """Have somebody greeted."""
        text: str = (await self._ask("GET", "/api/hello", params={"name": name}))["text"]
        return text

{% if database %}
    async def notes(self) -> list[dict[str, Any]]:
        """List the newest notes."""
        notes: list[dict[str, Any]] = await self._ask("GET", "/api/notes")
        return notes

    async def write(self, text: str) -> None:
        """Write a note."""
        await self._ask("POST", "/api/notes", json={"text": text})

    async def forget(self, note: str) -> None:
        """Forget a note."""
        await self._ask("DELETE", f"/api/notes/{note}")

{% endif %}
{% if auth %}
    async def register(self, email: str, password: str) -> None:
        """Open an account, and log in."""
        await self._ask("POST", "/api/auth/register", json={"email": email, "password": password})
        await self.log_in(email, password)

    async def log_in(self, email: str, password: str) -> None:
        """Log in; what follows is done by this user."""
        body = {"email": email, "password": password}
        self._remember(await self._ask("POST", "/api/auth/login", json=body))

    async def log_out(self) -> None:
        """End the login."""
        refresh, self._access, self._refresh = self._refresh, "", ""
        await self._ask("POST", "/api/auth/logout", json={"refresh_token": refresh})

{% endif %}
    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

{% if auth %}
    def _remember(self, tokens: dict[str, str]) -> None:
        self._access, self._refresh = tokens["access_token"], tokens["refresh_token"]

    async def _renew(self, used: str) -> None:
        """Exchange the tokens, unless another question has just done so: they are good once."""
        async with self._renewing:
            if self._access == used:
                body = {"refresh_token": self._refresh}
                self._remember(_content(await self._answer("POST", "/api/auth/refresh", json=body)))

{% endif %}
    async def _ask(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 JSON
{% if auth %}
        used = self._access
{% endif %}
        answer = await self._answer(method, path, **request)
{% if auth %}
        if answer.status_code == HTTPStatus.UNAUTHORIZED and used:
            await self._renew(used)
            answer = await self._answer(method, path, **request)
{% endif %}
        return _content(answer)

    async def _answer(self, method: str, path: str, **request: Any) -> Response:  # noqa: ANN401
{% if auth %}
        headers = {"Authorization": f"Bearer {self._access}"} if self._access else {}
{% endif %}
        try:
            return await self._http.request(method, path{% if auth %}, headers=headers{% endif %}, **request)
        except HTTPError as error:
            raise RefusedError("The API does not answer; please try again.") from error


def _content(answer: Response) -> Any:  # noqa: ANN401 JSON
    if answer.is_success:
        return answer.json() if answer.content else None
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"The API answered {answer.status_code}; please try again."
    if isinstance(detail, list):  # the mistakes of a form, one by one
        detail = "; ".join(f"{mistake['loc'][-1]}: {mistake['msg']}" for mistake in detail)
    raise RefusedError(detail)
{% endif %}
