"""Queue `{{ name }}`: one file per task."""

from {{ package }}.parts import parts
from {{ package }}.telemetry import begin
{% if dramatiq %}
from {{ package }}.workers.broker import broker

__all__ = ["broker"]
{% else %}
from {{ package }}.workers.broker import of_queue

broker = of_queue("{{ name }}")
{% endif %}
begin()  # {{ "dramatiq" if dramatiq else "taskiq" }} imports this package in its worker process
TASKS = list(parts(__name__))
