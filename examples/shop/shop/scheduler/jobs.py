"""What the scheduler does."""

import structlog

from shop import database
from shop.services import orders
from shop.settings import settings

log = structlog.get_logger("shop.scheduler.jobs")


async def expire_stale_orders() -> None:
    """Give up on orders that nobody fulfilled in time; a failure is tried again next minute."""
    try:
        async with database.transaction() as session:
            expired = await orders.expire_stale(session, settings().order_ttl_seconds)
    except Exception as error:
        log.warning("orders_not_expired", reason=f"{type(error).__name__}: {error}")
        return
    if expired:
        log.info("orders_expired", count=expired)
