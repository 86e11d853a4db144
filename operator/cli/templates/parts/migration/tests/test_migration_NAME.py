"""Migration {{ name }}."""

from alembic import command
from alembic.config import Config

from {{ package }} import database
from {{ package }}.__main__ import ROOT


def test_it_goes_up_down_and_up_again(tmp_path, environment):
    environment(DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/app.db")
    database.engine.cache_clear()
    config = Config(ROOT / "alembic.ini")
    command.upgrade(config, "{{ revision }}")
    command.downgrade(config, "-1")
    command.upgrade(config, "{{ revision }}")
    database.engine.cache_clear()
