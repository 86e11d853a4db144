"""The `report` role: count the orders once, then end."""

import structlog

from shop import database, oneoff
from shop.services import reports


async def write() -> None:
    """Add one report row."""
    async with database.transaction() as session:
        report = await reports.write(session)
    log = structlog.get_logger("shop.report")
    log.info("report_written", id=report.id, orders=report.orders, fulfilled=report.fulfilled)


if __name__ == "__main__":
    oneoff.run("report", write)
