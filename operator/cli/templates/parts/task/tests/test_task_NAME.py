"""Task {{ name }}."""

{% if queue > "broker" %}
from {{ package }}.workers.broker import send
{% endif %}
{% if taskiq %}
from {{ package }}.workers.{{ queue }} import broker
{% endif %}
from {{ package }}.workers.{{ queue }}.{{ name }} import {{ name }}
{% if queue < "broker" %}
from {{ package }}.workers.broker import send
{% endif %}


{% if not taskiq %}
async def test_a_worker_does_it(worked, caplog):
    await send({{ name }}, "something")
    await worked()
{% else %}
async def test_a_worker_does_it(caplog):
    await send({{ name }}, "something")
    await broker.wait_all()
{% endif %}
    assert "{{ name }}_done" in caplog.text
