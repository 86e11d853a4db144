{% if database %}
"""One transaction per request."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from app import database


async def _session() -> AsyncIterator[AsyncSession]:
    async with database.transaction() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session, scope="function")]
{% endif %}
