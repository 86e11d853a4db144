"""Queue `orders`: turns a pending order into a fulfilled one."""

import asyncio
from uuid import UUID

import dramatiq
import structlog

from shop import database
from shop.models import Status
from shop.services import orders
from shop.workers.broker import broker
from shop.workers.media import make_receipt

__all__ = ["broker", "fulfil_order"]
log = structlog.get_logger("shop.workers.orders")


@dramatiq.actor(queue_name="orders", max_retries=5, min_backoff=1_000, max_backoff=60_000)
async def fulfil_order(order_id: str) -> None:
    """Fulfil the order, then have its receipt made.

    The receipt is asked for again on a retry: the order may be fulfilled and the message lost.
    """
    async with database.transaction() as session:
        order = await orders.fulfil(session, UUID(order_id))
    if order is None or order.status != Status.FULFILLED:
        log.warning("order_not_fulfillable", order=order_id, status=order and order.status)
        return
    if order.receipt is None:
        await asyncio.to_thread(make_receipt.send, order_id)
    log.info("order_fulfilled", order=order_id, total_cents=order.total_cents)
