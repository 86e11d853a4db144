{% if dramatiq %}
"""One measurement and one span per task, in the trace of whoever asked for it."""

import time
from contextlib import AbstractContextManager
from typing import Any

from dramatiq import Broker, Message, MessageProxy, Middleware, Worker

from app.settings import settings
from app.telemetry import metrics, tracing

TRACE = "trace"


class Telemetry(Middleware):
    """The trace travels in the message's options; a message that carries none begins one."""

    def __init__(self) -> None:
        self.running: dict[str, tuple[float, AbstractContextManager[object]]] = {}

    def before_enqueue(self, _broker: Broker, message: Message[Any], _delay: int | None) -> None:
        """Note who asks; a message that is tried again, or was put off, keeps its first trace."""
        if TRACE in message.options:
            return
        with tracing.span(f"send {message.queue_name}", "PRODUCER", None, **_about(message)):
            if carried := tracing.carrier():
                message.options[TRACE] = carried

    def before_process_message(self, _broker: Broker, message: MessageProxy) -> None:
        """Go on with the trace."""
        carried = message.options.get(TRACE, {})
        name = f"process {message.queue_name}"
        span = tracing.span(name, "CONSUMER", carried, **_about(message))
        self.running[message.message_id] = (time.perf_counter(), span)
        span.__enter__()

    def after_process_message(
        self,
        _broker: Broker,
        message: MessageProxy,
        *,
        result: Any = None,  # noqa: ANN401
        exception: BaseException | None = None,
    ) -> None:
        """Count it; what failed is counted by its kind, too."""
        outcome = "ok" if exception is None else "error"
        if exception is not None:
            metrics.EXCEPTIONS.labels(type(exception).__name__).inc()
        began = self._end(message, exception)
        labels = (message.actor_name, message.queue_name, outcome)
        metrics.TASKS.labels(*labels).observe(time.perf_counter() - began)

    def after_skip_message(self, _broker: Broker, message: MessageProxy) -> None:
        """Nothing was done."""
        self._end(message, None)

    def after_process_boot(self, _broker: Broker) -> None:
        """Answer Prometheus."""
        metrics.serve(settings().aegis_metrics_port)

    def after_worker_shutdown(self, _broker: Broker, _worker: Worker) -> None:
        """Tell what is left."""
        tracing.stop()

    def _end(self, message: MessageProxy, error: BaseException | None) -> float:
        began, span = self.running.pop(message.message_id, (time.perf_counter(), None))
        if span is not None:
            traceback = error.__traceback__ if error else None
            span.__exit__(type(error) if error else None, error, traceback)
        return began


def _about(message: Message[Any] | MessageProxy) -> dict[str, str]:
    return {
        "messaging_system": "dramatiq",
        "messaging_destination_name": message.queue_name,
        "messaging_message_id": message.message_id,
        "code_function_name": message.actor_name,
    }
{% endif %}
{% if taskiq %}
"""One measurement and one span per task, in the trace of whoever asked for it."""

import time
from contextlib import AbstractContextManager
from typing import Any

from taskiq import TaskiqMessage, TaskiqMiddleware, TaskiqResult

from app.settings import settings
from app.telemetry import metrics, tracing


class Telemetry(TaskiqMiddleware):
    """The trace travels in the message's labels; a message that carries none begins one."""

    def __init__(self, queue: str) -> None:
        super().__init__()
        self.queue = queue
        self.running: dict[str, tuple[float, AbstractContextManager[object]]] = {}
        self.failed: dict[str, BaseException] = {}

    def startup(self) -> None:
        """Answer Prometheus."""
        if self.broker.is_worker_process:
            metrics.serve(settings().aegis_metrics_port)

    def shutdown(self) -> None:
        """Tell what is left."""
        if self.broker.is_worker_process:
            tracing.stop()

    def pre_send(self, message: TaskiqMessage) -> TaskiqMessage:
        """Note who asks; a message that is tried again keeps its first trace."""
        if "traceparent" not in message.labels:
            with tracing.span(f"send {self.queue}", "PRODUCER", None, **self._about(message)):
                message.labels.update(tracing.carrier())
        return message

    def pre_execute(self, message: TaskiqMessage) -> TaskiqMessage:
        """Go on with the trace."""
        carried = {key: str(message.labels[key]) for key in CARRIED if key in message.labels}
        span = tracing.span(f"process {self.queue}", "CONSUMER", carried, **self._about(message))
        self.running[message.task_id] = (time.perf_counter(), span)
        span.__enter__()
        return message

    def on_error(
        self, message: TaskiqMessage, _result: TaskiqResult[Any], exception: BaseException
    ) -> None:
        """Count what failed by its kind; the result may hide that, where it is tried again."""
        metrics.EXCEPTIONS.labels(type(exception).__name__).inc()
        self.failed[message.task_id] = exception

    def post_execute(self, message: TaskiqMessage, _result: TaskiqResult[Any]) -> None:
        """Count it."""
        began, span = self.running.pop(message.task_id)
        error = self.failed.pop(message.task_id, None)
        span.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)
        labels = (message.task_name, self.queue, "ok" if error is None else "error")
        metrics.TASKS.labels(*labels).observe(time.perf_counter() - began)

    def _about(self, message: TaskiqMessage) -> dict[str, str]:
        return {
            "messaging_system": "taskiq",
            "messaging_destination_name": self.queue,
            "messaging_message_id": message.task_id,
            "code_function_name": message.task_name,
        }


CARRIED = ("traceparent", "tracestate", "baggage")
{% endif %}
{% if arq %}
"""One measurement and one span per task, in the trace of whoever asked for it."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from arq import Retry
from arq.typing import WorkerCoroutine

from app.telemetry import metrics, tracing

TRIES = 5
BACKOFF_SECONDS = 1.0
Task = Callable[..., Awaitable[None]]


def observed(queue: str, name: str, task: Task) -> WorkerCoroutine:
    """Follow a task; what fails is tried again, later each time."""

    async def run(ctx: dict[Any, Any], *arguments: Any, **carried: Any) -> None:  # noqa: ANN401
        began, outcome = time.perf_counter(), "error"
        about = about_task(queue, name) | {"messaging_message_id": ctx["job_id"]}
        try:
            with tracing.span(f"process {queue}", "CONSUMER", carried, **about):
                await task(*arguments)
            outcome = "ok"
        except Exception as error:
            metrics.EXCEPTIONS.labels(type(error).__name__).inc()
            if ctx["job_try"] >= TRIES:
                raise
            raise Retry(defer=BACKOFF_SECONDS * 2 ** (ctx["job_try"] - 1)) from error
        finally:
            metrics.TASKS.labels(name, queue, outcome).observe(time.perf_counter() - began)

    return run


def about_task(queue: str, name: str) -> dict[str, str]:
    """Name what a span is about."""
    return {
        "messaging_system": "arq",
        "messaging_destination_name": queue,
        "code_function_name": name,
    }
{% endif %}
