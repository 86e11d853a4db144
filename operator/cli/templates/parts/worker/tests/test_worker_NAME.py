"""Workers of the queue {{ name }}."""

from importlib import import_module

from {{ package }} import __main__ as entrypoint


def test_they_are_a_role_of_the_app():
    assert entrypoint.module(["worker", "{{ name }}"])[-1] == "{{ name }}"
    assert import_module("{{ package }}.workers.{{ name }}").broker
