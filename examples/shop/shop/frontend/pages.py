"""The two things a visitor can do: look, and order."""

from pathlib import Path

import httpx
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.templating import Jinja2Templates

from shop.catalogue import PRICE_CENTS
from shop.frontend.basket import POD

log = structlog.get_logger("shop.frontend")
templates = Jinja2Templates(Path(__file__).parent / "templates")
templates.env.globals["pod"] = POD
templates.env.filters["euros"] = lambda cents: f"{cents / 100:.2f} €"


async def storefront(request: Request) -> Response:
    """Show what there is to buy, and what was bought."""
    api: httpx.AsyncClient = request.app.state.api
    try:
        orders = (await api.get("/api/orders")).raise_for_status().json()
        latest = await api.get("/api/reports/latest")
    except httpx.HTTPError as error:
        return _closed(request, error)
    report = latest.json() if latest.is_success else None
    shown = {"prices": PRICE_CENTS, "orders": orders, "report": report}
    return templates.TemplateResponse(request, "storefront.html", shown)


async def order(request: Request) -> Response:
    """Pass the order on; the API decides whether it makes sense."""
    form = await request.form()
    wish = {"item": form.get("item"), "quantity": form.get("quantity")}
    try:
        answer = await request.app.state.api.post("/api/orders", json=wish)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        return _closed(request, error)
    return RedirectResponse("/", status_code=303)


def _closed(request: Request, error: httpx.HTTPError) -> Response:
    """Be honest: the visitor's mistake is a 400, the API's trouble a 502."""
    log.warning("api_refused", reason=str(error))
    status, reason = 502, "The shop cannot be reached right now."
    if isinstance(error, httpx.HTTPStatusError) and error.response.status_code == 422:
        status, reason = 400, "That is not something we sell."
    return templates.TemplateResponse(request, "closed.html", {"reason": reason}, status)
