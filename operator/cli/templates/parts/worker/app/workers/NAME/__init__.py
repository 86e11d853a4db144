"""Queue `{{ name }}`: one file per task."""

from {{ package }}.parts import parts
from {{ package }}.telemetry import begin
{% if dramatiq %}
from {{ package }}.workers.broker import broker

__all__ = ["broker"]
{% elif taskiq %}
from {{ package }}.workers.broker import of_queue

broker = of_queue("{{ name }}")
{% else %}

{% endif %}
begin()  # {{ library }} imports this package in its worker process
TASKS = list(parts(__name__))
