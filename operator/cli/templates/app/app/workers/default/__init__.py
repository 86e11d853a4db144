{% if workers %}
"""Queue `default`: one file per task."""

from app.parts import parts
from app.telemetry import begin
{% if dramatiq %}
from app.workers.broker import broker

__all__ = ["broker"]
{% elif taskiq %}
from app.workers.broker import of_queue

broker = of_queue("default")
{% else %}

{% endif %}
begin()  # {{ library }} imports this package in its worker process
TASKS = list(parts(__name__))
{% endif %}
