"""Workers of the queue {{ name }}."""

{% if not arq %}
from importlib import import_module

{% endif %}
from {{ package }} import __main__ as entrypoint
{% if arq %}
from {{ package }}.workers.__main__ import build
{% endif %}


def test_they_are_a_role_of_the_app():
    assert entrypoint.module(["worker", "{{ name }}"])[-1] == "{{ name }}"


{% if dramatiq %}
def test_they_have_the_broker():
    assert import_module("{{ package }}.workers.{{ name }}").broker
{% elif taskiq %}
def test_they_have_a_broker_of_their_own():
    broker = import_module("{{ package }}.workers.{{ name }}").broker
    assert "{{ name }}" in [getattr(part, "queue", None) for part in broker.middlewares]
{% else %}
async def test_they_work_on_it(redis):
    worker = build("{{ name }}", redis_pool=await redis(), handle_signals=False)
    assert worker.queue_name == "arq:queue:{{ name }}"
{% endif %}
