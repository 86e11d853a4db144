{% if database %}
"""A database that is away is not a bug in the request: answer 503 and say so."""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError

log = structlog.get_logger("app.api.outage")
# The driver raises OSError and TimeoutError itself while it connects.
OUTAGES = (OperationalError, InterfaceError, OSError, TimeoutError)


async def _unavailable(_request: Request, error: Exception) -> JSONResponse:
    log.error("database_unavailable", reason=type(error).__name__)
    detail = "The database does not answer; please try again."
    return JSONResponse({"detail": detail}, 503, headers={"Retry-After": "5"})


def report_outages(app: FastAPI) -> None:
    """Register the answer for every shape the outage takes."""
    for kind in OUTAGES:
        app.add_exception_handler(kind, _unavailable)
{% endif %}
