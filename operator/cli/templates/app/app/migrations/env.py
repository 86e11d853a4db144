{% if database %}
"""How alembic reaches the database."""

from alembic import context
from sqlalchemy import Connection, text

from app import database, oneoff
from app.models import Base

# Two migrations at once wait for each other on this key; the number is ours alone.
LOCK = 730_114


def migrate(connection: Connection) -> None:
    """Run every step in one transaction: all of it happens or nothing."""
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        context.run_migrations()


async def main() -> None:
    """Connect and migrate; alembic itself knows nothing of async."""
    async with database.engine().connect() as connection:
        await connection.run_sync(migrate)


oneoff.run("migrate", main)
{% endif %}
