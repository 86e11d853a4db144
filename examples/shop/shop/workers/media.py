"""Queue `media`: makes what a customer keeps, after the order is fulfilled."""

from uuid import UUID

import dramatiq
import structlog

from shop import database
from shop.services import orders, receipts
from shop.settings import settings
from shop.telemetry import begin
from shop.workers.broker import broker

__all__ = ["broker", "make_receipt"]
begin()  # dramatiq imports this file in its worker process, after taking over stderr
log = structlog.get_logger("shop.workers.media")


@dramatiq.actor(queue_name="media", max_retries=5, min_backoff=1_000, max_backoff=60_000)
async def make_receipt(order_id: str) -> None:
    """Render the receipt and keep it with its order."""
    key = settings().secret_key.get_secret_value()
    async with database.transaction() as session:
        order = await orders.find(session, UUID(order_id))
        if order is None:
            log.warning("order_unknown", order=order_id)
            return
        order.receipt = receipts.render(order, key)
    log.info("receipt_made", order=order_id)
