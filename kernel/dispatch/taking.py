# SPDX-License-Identifier: EUPL-1.2
"""A worker's side: take tickets from Redis, and for each do the next job that the job table gives."""

from __future__ import annotations

import threading
from typing import Any

from celery.app import trace  # type: ignore[import-untyped] # Celery ships no types
from celery.worker import WorkController, state  # type: ignore[import-untyped] # as above
from sqlalchemy.exc import SQLAlchemyError

from kernel.dispatch.broker import TICKET, log_as_ours, tickets_app
from kernel.dispatch.settings import RedisSettings
from kernel.dispatch.slots import Slots
from kernel.jobs import Worker
from kernel.telemetry import logger

log = logger(__name__)
SECONDS_WITHOUT_DATABASE = 1


def take_tickets(worker: Worker, settings: RedisSettings, service: str, slots: int, stopped: threading.Event) -> None:
    """Until told to stop. While Redis is away, jobs in hand go on, and tickets are taken again when it is back.

    To be called in the main thread, once in a process: Celery keeps its state in globals.
    """
    log_as_ours()
    app = tickets_app(settings, service, worker.queues)

    @app.task(name=TICKET, shared=False)  # type: ignore[untyped-decorator] # as above
    def spend(queue: str) -> None:
        if stopped.is_set() or queue not in worker.queues:
            return
        try:
            worker.run_next(queue)
        except SQLAlchemyError as trouble:
            log.warning("worker cannot reach its database", cause=type(trouble).__name__)
            stopped.wait(SECONDS_WITHOUT_DATABASE)

    app.finalize()
    app.set_default()
    state.should_stop = None
    threading.Thread(target=_stop_celery, args=(stopped,), name="stop", daemon=True).start()
    _controller(app, service, slots).start()


def _controller(app: Any, service: str, slots: int) -> Any:
    controller = WorkController(
        app=app,
        hostname=f"{service}@worker",
        pool_cls=Slots,
        concurrency=slots,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    trace.setup_worker_optimizations(app, controller.hostname)
    return controller


def _stop_celery(stopped: threading.Event) -> None:
    """Celery looks at this flag each second at the latest, also while it waits for Redis."""
    stopped.wait()
    state.should_stop = 0
