# SPDX-License-Identifier: EUPL-1.2
"""How Celery and Redis are configured: JSON alone, nothing kept, nothing made by accident, no call without an end."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Sequence
from typing import Any

from celery import Celery  # type: ignore[import-untyped] # Celery ships no types
from kombu.connection import Connection
from kombu.entity import Queue
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from kernel.dispatch.settings import RedisSettings
from kernel.telemetry import logger

__all__ = ["AWAY", "TICKET", "Tickets", "log_as_ours", "redis_answers", "tickets_app"]
AWAY = (RedisError, OperationalError, OSError)
TICKET = "underlag.ticket"
CONNECT_SECONDS = 2
SECONDS_BETWEEN_TRIES = 0.5
# Longer than a worker's own blocking read, which is one second.
ANSWER_SECONDS = 5
# A ticket that a worker took and did not begin comes back after this. It names no job, so one too many is harmless.
TICKET_SECONDS = 300


class SoonBack(Connection):
    """Looks for Redis twice a second. Celery's own pauses grow to half a minute, for which jobs would wait after it."""

    def ensure_connection(self, *given: Any, **named: Any) -> Any:
        pauses = {"interval_start": SECONDS_BETWEEN_TRIES, "interval_step": 0, "interval_max": SECONDS_BETWEEN_TRIES}
        return super().ensure_connection(*given, **{**named, **pauses})  # type: ignore[no-untyped-call] # kombu has few


def queue_name(service: str, queue: str) -> str:
    return f"{service}.{queue}"


def tickets_app(settings: RedisSettings, service: str, queues: Sequence[str]) -> Any:
    """A Celery application that knows these queues of the service, and no others."""
    app = Celery("underlag", broker=settings.address(), set_as_current=False)
    app.amqp.Connection = SoonBack
    app.conf.update(
        task_queues=[Queue(queue_name(service, each)) for each in queues],  # type: ignore[no-untyped-call] # as above
        task_create_missing_queues=False,
        task_default_queue=queue_name(service, queues[0]),
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        result_backend=None,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=_transport(settings),
        broker_use_ssl=_tls(settings),
        # The job row is the truth, so a ticket is spent when it is taken.
        task_acks_late=False,
        worker_prefetch_multiplier=4,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
    )
    return app


def _transport(settings: RedisSettings) -> dict[str, Any]:
    return {
        "global_keyprefix": settings.key_prefix,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "socket_keepalive": True,
        "visibility_timeout": TICKET_SECONDS,
    }


def _tls(settings: RedisSettings) -> dict[str, Any] | None:
    if not settings.url.startswith("rediss"):
        return None
    files = {"ssl_ca_certs": str(settings.ca_file)} if settings.ca_file else {}
    return {"ssl_cert_reqs": ssl.CERT_REQUIRED, **files}


def redis_answers(settings: RedisSettings) -> Callable[[], bool]:
    """Whether Redis is there and lets us in."""
    client = _client(settings)

    def answers() -> bool:
        try:
            return bool(client.ping())
        except AWAY:
            return False

    return answers


def _client(settings: RedisSettings) -> Redis:
    tls = {"ssl_ca_certs": str(settings.ca_file)} if settings.ca_file else {}
    return Redis.from_url(
        settings.address(), socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS, **tls
    )


class Tickets:
    """The tickets of one service that wait in Redis. Its methods raise one of `AWAY` while Redis is."""

    def __init__(self, settings: RedisSettings, service: str, queues: Sequence[str]) -> None:
        self._prefix, self._service = settings.key_prefix, service
        self._app = tickets_app(settings, service, queues)
        self._redis = _client(settings)

    def waiting(self, queue: str) -> int:
        length: Any = self._redis.llen(f"{self._prefix}{queue_name(self._service, queue)}")
        return int(length)

    def send(self, queue: str) -> None:
        """There is work in this queue. Nothing more is said: no job, no municipality, no person."""
        self._app.send_task(TICKET, args=(queue,), queue=queue_name(self._service, queue), retry=False)

    def close(self) -> None:
        self._redis.close()
        self._app.close()


class _Forward(logging.Handler):
    """What Celery has to say, as one line of our log. It speaks of connections, and of tickets, which name nobody."""

    def emit(self, record: logging.LogRecord) -> None:
        logger(__name__).warning("celery", source=record.name, said=record.getMessage()[:500])


def log_as_ours() -> None:
    for name in ("celery", "kombu"):
        theirs = logging.getLogger(name)
        if not any(isinstance(each, _Forward) for each in theirs.handlers):
            theirs.addHandler(_Forward(logging.WARNING))
            theirs.propagate = False
