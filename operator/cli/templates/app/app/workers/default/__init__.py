{% if workers %}
"""Queue `default`: one file per task."""

from app.parts import parts
from app.telemetry import begin
{% if dramatiq %}
from app.workers.broker import broker
{% else %}
from app.workers.broker import of_queue
{% endif %}

{% if dramatiq %}
__all__ = ["broker"]
{% else %}
broker = of_queue("default")
{% endif %}
begin()  # {{ "dramatiq" if dramatiq else "taskiq" }} imports this package in its worker process
TASKS = list(parts(__name__))
{% endif %}
