"""Component {{ name }}."""

from {{ package }}.frontend.components.{{ name }} import {{ class }}


async def test_it_shows_its_text(window):
    await window.show({{ class }}, "a text")
    await window.shows("a text")
