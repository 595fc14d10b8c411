# SPDX-License-Identifier: EUPL-1.2
"""Traces, metrics and logs. One trace follows a request through outbox, event, handler and job.

Nothing here may carry personal data: names of spans, labels and log fields are ids, kinds and counts.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

REQUESTS = Counter("underlag_http_requests", "Requests answered", ["service", "method", "route", "status"])
REQUEST_SECONDS = Histogram("underlag_http_request_seconds", "Time to answer", ["service", "method", "route"])
EVENTS_HANDLED = Counter("underlag_events_handled", "Events that took effect", ["service", "type"])
DEAD_LETTERS = Counter("underlag_dead_letters", "Events that can never be handled", ["service", "type"])
OUTBOX_AGE = Gauge("underlag_outbox_oldest_seconds", "Age of the oldest event not yet handed over", ["service"])
JOBS_ENDED = Counter("underlag_jobs_ended", "Jobs by how they ended", ["service", "kind", "outcome"])
JOB_SECONDS = Histogram(
    "underlag_job_seconds",
    "Time a job ran",
    ["service", "kind"],
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 1800),
)
JOBS_WAITING = Gauge("underlag_jobs_waiting", "Jobs that no worker has in hand", ["service", "queue"])
JOBS_OLDEST = Gauge("underlag_jobs_oldest_seconds", "How long the oldest job has been due", ["service", "queue"])
TICKETS_SENT = Counter("underlag_tickets_sent", "Tickets that told workers of due jobs", ["service", "queue"])

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("underlag")


def logger(name: str) -> FilteringBoundLogger:
    logged: FilteringBoundLogger = structlog.get_logger(name)
    return logged


def start_logging(level: str = "INFO") -> None:
    """One JSON object a line on standard error, with the trace it belongs to."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            _name_of_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def start_tracing(service: str, otlp_url: str) -> None:
    """Send spans to `otlp_url`; without one, spans are made (ids stay whole) and go nowhere."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"underlag-{service}"}))
    if otlp_url:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=otlp_url)))
    trace.set_tracer_provider(provider)


@contextmanager
def span(name: str, *, parent: str = "") -> Iterator[trace.Span]:
    """A span below the one that runs now, or below `parent` (a W3C traceparent) when one is given."""
    context = _propagator.extract({"traceparent": parent}) if parent else None
    with _tracer.start_as_current_span(name, context=context, record_exception=False) as running:
        yield running


def current_traceparent() -> str:
    """Where we are, as W3C Trace Context, to be carried over to another thread or process; empty outside a trace."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def _add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = format(context.trace_id, "032x")
    return event


def _name_of_exception(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """The kind of an exception and where it arose; its text may quote what somebody wrote."""
    raised = event.pop("exc_info", None)
    if isinstance(raised, BaseException):
        event["exception"] = type(raised).__name__
        frames = []
        frame = raised.__traceback__
        while frame is not None:
            frames.append(f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}")
            frame = frame.tb_next
        event["at"] = frames[-8:]
    return event
