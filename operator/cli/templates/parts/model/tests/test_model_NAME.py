"""Table {{ name }}."""

import pytest
from sqlalchemy import select

from {{ package }} import database
from {{ package }}.models.{{ name }} import {{ class }}


@pytest.mark.usefixtures("tables")
async def test_what_is_kept_is_found():
    async with database.transaction() as session:
        session.add({{ class }}(name="first"))
    async with database.transaction() as session:
        (kept,) = await session.scalars(select({{ class }}))
    assert kept.name == "first"
