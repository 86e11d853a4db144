"""Endpoint /api/{{ path }}."""

{% if auth %}

async def test_who_is_logged_in_is_told(accounts, ada):
    token = {"Authorization": f"Bearer {ada['access_token']}"}
    answer = await accounts.get("/api/{{ path }}", headers=token)
    assert answer.json() == {"name": "{{ path }}"}


async def test_nobody_else_is_told(accounts):
    assert (await accounts.get("/api/{{ path }}")).status_code == 401
{% else %}

async def test_it_tells(api):
    answer = await api.get("/api/{{ path }}")
    assert answer.json() == {"name": "{{ path }}"}
{% endif %}
