"""Service {{ name }}."""

from {{ package }}.services import {{ name }}


async def test_it_says_which():
    assert await {{ name }}.describe("first") == "{{ words }}: first"
