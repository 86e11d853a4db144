"""View {{ name }}."""


async def test_it_is_shown_at_its_path(window):
    await window.open("/{{ path }}")
    await window.shows("{{ title }} is shown here.")


async def test_a_link_leads_to_it(window):
    await window.open()
    await window.click(content="{{ title }}")
    await window.shows("{{ title }} is shown here.")
