"""The life of an order. Every step may be repeated without harm."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shop.catalogue import PRICE_CENTS, Item
from shop.models import Order, Status
from shop.models.base import now


async def place(
    session: AsyncSession, item: Item, quantity: int, user_id: UUID | None = None
) -> Order:
    """Write down a new order."""
    order = Order(item=item, quantity=quantity, user_id=user_id)
    session.add(order)
    await session.flush()
    return order


async def withdraw(session: AsyncSession, order_id: UUID) -> None:
    """Forget an order that could not be handed to a worker."""
    await session.execute(delete(Order).where(Order.id == order_id))


async def find(session: AsyncSession, order_id: UUID) -> Order | None:
    """Look one order up."""
    return await session.get(Order, order_id)


async def latest(
    session: AsyncSession, which: ColumnElement[bool], limit: int, offset: int
) -> Sequence[Order]:
    """List orders, newest first."""
    newest_first = select(Order).where(which).order_by(Order.created_at.desc(), Order.id)
    return (await session.scalars(newest_first.limit(limit).offset(offset))).all()


async def fulfil(session: AsyncSession, order_id: UUID) -> Order | None:
    """Price a pending order and mark it fulfilled; any other order is returned as it is."""
    order = await session.get(Order, order_id, with_for_update=True)
    if order is not None and order.status == Status.PENDING:
        order.status = Status.FULFILLED
        order.total_cents = PRICE_CENTS[Item(order.item)] * order.quantity
        order.fulfilled_at = now()
    return order


async def expire_stale(session: AsyncSession, ttl_seconds: int) -> int:
    """Give up on orders that no worker took in time; say how many."""
    deadline = now() - timedelta(seconds=ttl_seconds)
    stale = (Order.status == Status.PENDING) & (Order.created_at < deadline)
    result = await session.execute(update(Order).where(stale).values(status=Status.EXPIRED))
    return result.rowcount
