"""Logs and metrics: structured lines on stderr, Prometheus figures below `/metrics`."""

from __future__ import annotations

import contextvars
import logging
import sys
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

traceparent: contextvars.ContextVar[str | None] = contextvars.ContextVar("traceparent", default=None)
"""W3C trace context of the request or message that is being worked on."""

REQUESTS = Histogram(
    "aep_http_request_seconds",
    "Duration of a request.",
    ["service", "method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
OUTBOX_AGE = Gauge("aep_outbox_oldest_seconds", "Age of the oldest row that the relay has not published.", ["service"])
RELAY_STOPPED = Gauge("aep_relay_stopped", "1 while the relay cannot publish.", ["service"])
CONSUMER_AGE = Gauge("aep_consumer_age_seconds", "Age of the oldest event that waits to be applied.", ["group"])
CONSUMER_STOPPED = Gauge("aep_consumer_stopped", "1 while a partition of this worker stands still.", ["group"])
DEAD_LETTERS = Gauge("aep_dead_letters_open", "Events that could not be applied and that nothing settled.", ["service"])
SET_ASIDE = Gauge("aep_jobs_set_aside", "Items that a job gave up after several attempts.", ["service"])
MAILS = Counter("aep_mails_total", "Mails by what became of them.", ["service", "state"])

_SECRET_NAMES = ("password", "token", "secret", "authorization", "email", "recipient", "code")


def _redact(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Personal data and secrets never reach a log, whoever passes them."""
    for name in entry:
        if any(word in name.lower() for word in _SECRET_NAMES):
            entry[name] = "[redacted]"
    return entry


def configure_logging(form: str = "console", level: str = "INFO") -> None:
    """Logs to stderr as `json` or `console` lines from `level` on."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
