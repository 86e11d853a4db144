"""Counting orders."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Order, Report, Status


async def write(session: AsyncSession) -> Report:
    """Count all orders as they stand and keep the result."""
    rows = await session.execute(
        select(Order.status, func.count(), func.coalesce(func.sum(Order.total_cents), 0)).group_by(
            Order.status
        )
    )
    counts, revenue = {}, 0
    for status, count, cents in rows:
        counts[status] = count
        revenue += cents
    report = Report(
        orders=sum(counts.values()),
        **{status.value: counts.get(status, 0) for status in Status},
        revenue_cents=revenue,
    )
    session.add(report)
    await session.flush()
    return report


async def latest(session: AsyncSession) -> Report | None:
    """Return the newest report, if any was written yet."""
    return await session.scalar(select(Report).order_by(Report.id.desc()).limit(1))
