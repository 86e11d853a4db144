"""A fresh shop per test: SQLite and the broker in memory, no server needed."""

import os
import signal

os.environ |= {"APP_ENV": "test", "DATABASE_URL": "sqlite+aiosqlite:///:memory:"}

from collections.abc import AsyncIterator

import pytest
from dramatiq import Worker
from httpx import ASGITransport, AsyncClient
from sqlalchemy.ext.asyncio import create_async_engine

from shop import database
from shop.api.app import create_app
from shop.models import Base
from shop.settings import Settings, settings
from shop.workers.broker import broker

OURS = ("APP_ENV", "DATABASE_URL")
THEIRS = ("OTEL_", "LOGFIRE_", "AEGIS_", "PROMETHEUS_")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Set variables by calling this; none of the developer's shell reaches a test."""
    for name in list(os.environ):
        if name.lower() in Settings.model_fields or name.startswith(THEIRS):
            if name in OURS:
                continue
            monkeypatch.delenv(name, raising=False)

    def set_variables(**variables: str):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    set_variables()
    yield set_variables
    settings.cache_clear()


@pytest.fixture
def database_away(monkeypatch):
    engine = create_async_engine("postgresql+asyncpg://shop:hunter2@127.0.0.1:1/shop")
    monkeypatch.setattr(database, "engine", lambda: engine)


@pytest.fixture
async def tables() -> AsyncIterator[None]:
    cached = database.engine  # a test may replace it meanwhile
    async with cached().begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await cached().dispose()
    cached.cache_clear()


@pytest.fixture
async def api(tables) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(create_app())
    async with AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


@pytest.fixture
def queues():
    broker.flush_all()
    worker = Worker(broker, worker_timeout=10)
    worker.start()
    yield broker
    worker.stop()
    broker.flush_all()


@pytest.fixture
def survivor():
    """The server passes the signal on when it has ended; it must not end the tests."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)
