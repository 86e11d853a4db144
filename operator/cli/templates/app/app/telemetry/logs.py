"""One log format for our own lines and every library's: colours for people, JSON for machines."""

import logging
import os
import sys
from types import TracebackType

import structlog

from app.settings import settings
from app.telemetry import tracing

WHERE = {"app": "AEGIS_APP", "role": "AEGIS_ROLE", "release": "AEGIS_RELEASE"}


def configure_logging() -> None:
    """Send everything through the root logger: libraries, warnings and what nobody caught."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=SHARED, processors=_renderers())
    )
    logging.basicConfig(level=settings().log_level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.error").addFilter(_is_news)
{% if frontend %}
    for name in ("flet", "flet_web", "httpx"):  # they tell of every visit and question
        logging.getLogger(name).setLevel(logging.WARNING)
{% endif %}
{% if scheduler %}
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every heartbeat
{% endif %}
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _renderers() -> list[structlog.typing.Processor]:
    # Tracebacks are text: richer ones would carry local variables, passwords among them.
    tidy = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings().log_format == "JSON":
        traceback = structlog.processors.format_exc_info
        where = {key: os.environ[name] for key, name in WHERE.items() if os.environ.get(name)}
        return [tidy, _adding(where), traceback, structlog.processors.JSONRenderer()]
    has_colours = sys.stderr.isatty() or bool(os.environ.get("FORCE_COLOR"))
    plain = structlog.dev.plain_traceback
    return [tidy, structlog.dev.ConsoleRenderer(colors=has_colours, exception_formatter=plain)]


def _is_news(record: logging.LogRecord) -> bool:
    """Leave out what app/telemetry/requests.py has told before."""
    return not str(record.msg).startswith("Exception in ASGI application")


def _adding(where: dict[str, str]) -> structlog.typing.Processor:
    return lambda _logger, _method, event: {**where, **event}


def _add_trace(
    _logger: logging.Logger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**event, **tracing.ids()}


def _uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    logging.getLogger("app").critical("uncaught", exc_info=(kind, error, traceback))


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    _add_trace,
]
