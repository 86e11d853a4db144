"""Reports, and the job that expires orders."""

from datetime import timedelta

import pytest

from shop import database, oneoff, report
from shop.catalogue import Item
from shop.models.base import now
from shop.scheduler.jobs import expire_stale_orders
from shop.services import orders


async def test_there_is_no_report_at_first(api):
    assert (await api.get("/api/reports/latest")).status_code == 404


async def test_a_report_counts_every_status(api):
    async with database.transaction() as session:
        done, stale, _waiting = [await orders.place(session, Item.CUP, 2) for _ in range(3)]
        await orders.fulfil(session, done.id)
        stale.created_at = now() - timedelta(days=1)

    await expire_stale_orders()
    await report.write()

    found = (await api.get("/api/reports/latest")).json()
    counts = {name: found[name] for name in ("orders", "pending", "fulfilled", "expired")}
    assert counts == {"orders": 3, "pending": 1, "fulfilled": 1, "expired": 1}
    assert found["revenue_cents"] == 1300


async def test_expiry_survives_a_database_that_is_away(database_away, caplog):
    await expire_stale_orders()
    assert "orders_not_expired" in caplog.text


def test_a_report_without_a_database_ends_with_one_line(database_away, environment, capsys):
    environment(LOG_FORMAT="JSON")
    with pytest.raises(SystemExit, match="1"):
        oneoff.run("report", report.write)
    (line,) = capsys.readouterr().err.splitlines()
    assert "database_unreachable" in line
    assert "hunter2" not in line
