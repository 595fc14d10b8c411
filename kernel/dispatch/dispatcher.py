# SPDX-License-Identifier: EUPL-1.2
"""The relay's side: look at the job table a few times a second, and see to it that enough tickets wait in Redis.

Several may do this at once: a ticket too many finds nothing and is spent. Nothing is remembered between two looks.
"""

from __future__ import annotations

import threading
import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from kernel.dispatch.broker import AWAY, Tickets
from kernel.dispatch.settings import RedisSettings
from kernel.jobs import Tasks
from kernel.jobs.waiting import due_jobs, waiting
from kernel.telemetry import JOBS_OLDEST, JOBS_WAITING, TICKETS_SENT, logger

log = logger(__name__)
LOOK_SECONDS = 0.2
MEASURE_SECONDS = 2
SECONDS_AWAY = 0.5


class Dispatcher:
    """For one service. `engine` is the dispatcher's role; `at_most` is how many tickets of a queue wait at once."""

    def __init__(self, service: str, tasks: Tasks, engine: Engine, tickets: Tickets | None, at_most: int) -> None:
        self._service, self._engine, self._tickets, self._at_most = service, engine, tickets, at_most
        self._kinds = {queue: tasks.kinds_of([queue]) for queue in tasks.queues()}

    def run(self, stopped: threading.Event) -> None:
        """Until told to stop. Without Redis it only measures; while Redis or the database is away, jobs wait."""
        measured = 0.0
        while not stopped.wait(LOOK_SECONDS):
            try:
                if time.monotonic() - measured > MEASURE_SECONDS:
                    self.measure()
                    measured = time.monotonic()
                self.look()
            except (*AWAY, SQLAlchemyError) as trouble:
                log.warning("jobs wait to be dispatched", service=self._service, cause=type(trouble).__name__)
                stopped.wait(SECONDS_AWAY)

    def look(self) -> int:
        """Top up each queue's tickets to as many as there are jobs due, and return how many were sent."""
        if self._tickets is None:
            return 0
        sent = 0
        for queue, kinds in self._kinds.items():
            with self._engine.connect() as connection:
                due = due_jobs(connection, kinds, self._at_most)
            missing = due - self._tickets.waiting(queue) if due else 0
            for _ in range(missing):
                self._tickets.send(queue)
                TICKETS_SENT.labels(self._service, queue).inc()
            sent += max(0, missing)
        return sent

    def measure(self) -> None:
        for queue, kinds in self._kinds.items():
            with self._engine.connect() as connection:
                found = waiting(connection, kinds)
            JOBS_WAITING.labels(self._service, queue).set(found.jobs)
            JOBS_OLDEST.labels(self._service, queue).set(found.oldest_seconds)


def dispatcher_for(service: str, tasks: Tasks, engine: Engine, settings: RedisSettings) -> Dispatcher:
    """One that sends tickets when Redis is set, and measures in either case."""
    tickets = Tickets(settings, service, tasks.queues()) if settings.url else None
    return Dispatcher(service, tasks, engine, tickets, settings.tickets)
