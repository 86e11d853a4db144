"""Place orders and follow them."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import structlog
from dramatiq import DramatiqError
from fastapi import APIRouter, HTTPException, Query, status
from prometheus_client import Counter
from redis import RedisError

from shop import database
from shop.api.schemas import OrderIn, OrderOut
from shop.api.session import Session
from shop.auth.caller import Asking
from shop.models import Order
from shop.services import orders
from shop.settings import settings
from shop.workers.orders import fulfil_order

router = APIRouter(prefix="/api/orders", tags=["orders"])
log = structlog.get_logger("shop.api.orders")
PLACED = Counter("shop_orders_placed_total", "Orders accepted, by item.", ["item"])


@router.post("", status_code=status.HTTP_201_CREATED, response_model=OrderOut)
async def place(body: OrderIn, caller: Asking) -> Order:
    """Store the order, then hand it to a worker: in this order, or the worker would not find it."""
    async with database.transaction() as session:
        order = await orders.place(session, body.item, body.quantity, caller.user_id)
    try:
        await asyncio.to_thread(fulfil_order.send, str(order.id))
    except (RedisError, DramatiqError) as error:
        await _refuse(order.id, error)
    PLACED.labels(item=body.item.value).inc()
    log.info("order_placed", order=str(order.id), item=body.item.value)
    return order


async def _refuse(order_id: UUID, error: Exception) -> None:
    """An order nobody can work on is not kept waiting."""
    async with database.transaction() as session:
        await orders.withdraw(session, order_id)
    log.error("order_refused", order=str(order_id), reason=str(error))
    raise HTTPException(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        "The queue does not answer, the order was not placed; please try again.",
        headers={"Retry-After": "5"},
    ) from error


@router.get("", response_model=list[OrderOut])
async def latest(
    session: Session,
    caller: Asking,
    limit: Annotated[int | None, Query(ge=1, le=200)] = None,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Sequence[Order]:
    """List the newest orders, PAGE_SIZE of them unless told."""
    return await orders.latest(session, caller.visible(), limit or settings().page_size, offset)


@router.get("/{order_id}", response_model=OrderOut)
async def one(order_id: UUID, session: Session, caller: Asking) -> Order:
    """Show one order; somebody else's is not there."""
    order = await orders.find(session, order_id)
    if order is None or not caller.may_see(order):
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"There is no order {order_id}.")
    return order
