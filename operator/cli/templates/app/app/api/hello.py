"""The smallest route."""

from typing import Annotated

{% if workers and not database %}
import structlog
from fastapi import APIRouter, HTTPException, Query, status

{% else %}
from fastapi import APIRouter, Query

{% endif %}
from app.api.schemas import GreetingOut
from app.services import greetings
{% if workers and not database %}
from app.workers.broker import QueueAwayError, send
from app.workers.default.greet import greet
{% endif %}

router = APIRouter(prefix="/api/hello", tags=["hello"])
Name = Annotated[str, Query(min_length=1, max_length=100)]
{% if workers and not database %}
log = structlog.get_logger("app.api.hello")
{% endif %}


@router.get("")
async def hello(name: Name = "World") -> GreetingOut:
    """Greet somebody."""
    return GreetingOut(text=greetings.greeting(name))
{% if workers and not database %}


@router.post("", status_code=status.HTTP_202_ACCEPTED)
async def later(name: Name = "World") -> None:
    """Have a worker greet somebody."""
    try:
        await send(greet, name)
    except QueueAwayError as error:
        log.error("greeting_refused", reason=str(error))
        detail = "The queue does not answer; please try again."
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, detail, headers={"Retry-After": "5"}
        ) from error
{% endif %}
