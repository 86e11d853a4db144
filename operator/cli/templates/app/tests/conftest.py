"""A fresh app per test{% if database %}: SQLite{% if workers %} and the broker{% endif %} in memory{% elif workers %}: the broker in memory{% endif %}, no server needed."""

{% if dramatiq %}
import asyncio
{% endif %}
import os
import signal

{% if database %}
os.environ |= {"APP_ENV": "test", "DATABASE_URL": "sqlite+aiosqlite:///:memory:"}
{% else %}
os.environ |= {"APP_ENV": "test"}
{% endif %}

from collections.abc import AsyncIterator

import pytest
{% if arq %}
from arq import ArqRedis
from arq import worker as arq_worker
{% endif %}
{% if auth %}
from authority import Authority
{% endif %}
{% if dramatiq %}
from dramatiq import Worker
{% endif %}
{% if arq %}
from fakeredis import FakeAsyncRedis, FakeServer
{% endif %}
from httpx import ASGITransport, AsyncClient
{% if database %}
from sqlalchemy.ext.asyncio import create_async_engine
{% endif %}
{% if frontend %}
from window import Window
{% endif %}

{% if database %}
from app import database
{% endif %}
{% if arq %}
from app.__main__ import QUEUES
{% endif %}
from app.api.app import create_app
{% if auth %}
from app.auth import passwords, tokens
{% endif %}
{% if frontend %}
from app.frontend import client
{% endif %}
{% if database %}
from app.models import Base
{% endif %}
from app.settings import Settings, settings
{% if arq %}
from app.workers import broker
from app.workers.__main__ import build
{% elif workers %}
from app.workers.default import broker
{% endif %}

OURS = ("APP_ENV", "DATABASE_URL")
THEIRS = ("OTEL_", "LOGFIRE_", "AEGIS_", "PROMETHEUS_")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Set variables by calling this; none of the developer's shell reaches a test."""
    for name in list(os.environ):
        if name in OURS:
            continue
        if name.lower() in Settings.model_fields or name.startswith(THEIRS):
            monkeypatch.delenv(name, raising=False)

    def set_variables(**variables: str):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    set_variables()
    yield set_variables
    settings.cache_clear()


{% if database %}
@pytest.fixture
def database_away(monkeypatch):
    engine = create_async_engine("postgresql+asyncpg://app:hunter2@127.0.0.1:1/app")
    monkeypatch.setattr(database, "engine", lambda: engine)


@pytest.fixture
async def tables() -> AsyncIterator[None]:
    cached = database.engine  # a test may replace it meanwhile
    async with cached().begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await cached().dispose()
    cached.cache_clear()


{% endif %}
@pytest.fixture
async def api({% if database %}tables{% endif %}) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(create_app()), base_url="http://app") as client:
        yield client


{% if auth %}
@pytest.fixture
def authority(tmp_path, environment, monkeypatch):
    """Whoever makes keys; that of this app is k1."""
    monkeypatch.setitem(passwords.COST, "n", 2)  # guesses are cheap here
    made = Authority(tmp_path)
    environment(
        JWT_ISSUER="https://app",
        JWT_AUDIENCES="app, partners",
        JWT_JWKS_FILE=str(made.jwks),
        JWT_SIGNING_KEY_FILE=str(made.make("k1")),
        JWT_SIGNING_KEY_ID="k1",
    )
    made.publish("k1")
    yield made
    tokens.signer.cache_clear()
    tokens._keys.cache_clear()


@pytest.fixture
def accounts(authority, api):
    """The api, where accounts are kept."""
    return api


async def _log_in(api, name):
    who = {"email": f"{name}@example.com", "password": "correct horse"}
    await api.post("/api/auth/register", json=who)
    return (await api.post("/api/auth/login", json=who)).json()


@pytest.fixture
async def ada(accounts):
    """The tokens of somebody."""
    return await _log_in(accounts, "ada")


@pytest.fixture
async def bob(accounts):
    """The tokens of somebody else."""
    return await _log_in(accounts, "bob")


{% endif %}
{% if workers %}
{% if arq %}
@pytest.fixture(autouse=True)
def redis(monkeypatch):
    """Queues in memory."""
    server = FakeServer()

    async def connect() -> ArqRedis:
        return ArqRedis(connection_pool=FakeAsyncRedis(server=server).connection_pool)

    async def nothing(*_asked) -> None:
        """A Redis in memory knows nothing of itself."""

    monkeypatch.setattr(broker, "connect", connect)
    monkeypatch.setattr(arq_worker, "log_redis_info", nothing)
    return connect


@pytest.fixture
def worked(redis):
    """Work by this until everything that was put into a queue is done."""

    async def everything():
        for queue in QUEUES:
            pool, soon = await redis(), {"burst": True, "poll_delay": 0.01}
            worker = build(queue, redis_pool=pool, handle_signals=False, **soon)
            await worker.main()
            await pool.aclose()

    return everything
{% else %}
@pytest.fixture
def worked():
    """Wait by this until everything that was put into a queue is done."""
{% if dramatiq %}
    broker.flush_all()
    worker = Worker(broker, worker_timeout=10)
    worker.start()
    patience = {"timeout": 10_000, "fail_fast": False}

    async def everything():
        for queue in broker.get_declared_queues():
            await asyncio.to_thread(broker.join, queue, **patience)

    yield everything
    worker.stop()
    broker.flush_all()
{% elif taskiq %}
    return broker.wait_all
{% endif %}
{% endif %}


{% endif %}
{% if frontend %}
@pytest.fixture
async def window(monkeypatch, {{ "accounts" if auth else "api" }}):
    """A browser's window; what it asks is answered by the API."""
    monkeypatch.setattr(client, "AsyncClient", lambda **_options: {{ "accounts" if auth else "api" }})
    opened = Window()
    yield opened
    await opened.close()


{% endif %}
@pytest.fixture
def survivor():
    """The server passes the signal on when it has ended; it must not end the tests."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)
