"""What is wrong with a request is said without repeating it: it may hold a password."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

SAID = ("type", "loc", "msg")


async def _mistaken(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 what it is registered for
    mistakes = [{name: mistake[name] for name in SAID} for mistake in error.errors()]
    return JSONResponse({"detail": mistakes}, 422)


def report_mistakes(app: FastAPI) -> None:
    """Take the place of the answer that quotes the request."""
    app.add_exception_handler(RequestValidationError, _mistaken)
