"""Workers of the queue {{ name }}."""

from importlib import import_module

from {{ package }} import __main__ as entrypoint


def test_they_are_a_role_of_the_app():
    assert entrypoint.module(["worker", "{{ name }}"])[-1] == "{{ name }}"
{% if dramatiq %}
    assert import_module("{{ package }}.workers.{{ name }}").broker
{% else %}
    broker = import_module("{{ package }}.workers.{{ name }}").broker
    assert "{{ name }}" in [getattr(part, "queue", None) for part in broker.middlewares]
{% endif %}
