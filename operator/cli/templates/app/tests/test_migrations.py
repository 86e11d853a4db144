{% if database %}
"""The migrations build exactly the tables the models describe."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect

from app import database
from app.__main__ import ROOT


@pytest.fixture
def config(tmp_path, environment):
    environment(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/app.db")
    database.engine.cache_clear()
    yield Config(ROOT / "alembic.ini")
    database.engine.cache_clear()


def tables(path):
    engine = create_engine(f"sqlite:///{path}/app.db")
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_up_twice_and_down_again(config, tmp_path):
    command.upgrade(config, "head")
    command.upgrade(config, "head")
    assert {"notes"{% if auth %}, "users", "refresh_tokens"{% endif %}} <= tables(tmp_path)
    command.check(config)
    command.downgrade(config, "base")
    assert tables(tmp_path) == {"alembic_version"}
{% endif %}
