"""One log format for our own lines and every library's: colours for people, JSON for machines."""

import logging
import os
import sys

import structlog

from shop.settings import settings

SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure_logging() -> None:
    """Send everything through the root logger, library loggers included."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=SHARED, processors=_renderers())
    )
    logging.basicConfig(level=settings().log_level, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("apscheduler", "httpx"):  # a line per heartbeat or page view tells nobody anything
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _renderers() -> list[structlog.typing.Processor]:
    tidy = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if settings().log_format == "JSON":
        # As text: structured tracebacks would carry local variables, passwords among them.
        traceback = structlog.processors.format_exc_info
        return [tidy, _add_role, traceback, structlog.processors.JSONRenderer()]
    return [tidy, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _add_role(
    _logger: logging.Logger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if role := os.environ.get("AEGIS_ROLE"):
        event["role"] = role
    return event
