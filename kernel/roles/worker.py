# SPDX-License-Identifier: EUPL-1.2
"""A service's jobs as a process. The job table is the truth; with Redis, tickets tell when to look at it.

Told to stop, it takes nothing more, gives the jobs in hand their grace time, and hands the rest to other workers.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta

from kernel.dispatch.settings import RedisSettings
from kernel.jobs import Worker
from kernel.municipalities import Municipalities
from kernel.roles.process import CannotRun, Check, Surroundings, beside, database_answers, wanted_by
from kernel.store import engine_of
from kernel.telemetry import logger

log = logger(__name__)


class Work:
    def __init__(self, given: Surroundings) -> None:
        """Raise `CannotRun` without the dispatcher's role, and for a queue that the service does not have."""
        service, settings = given.service, given.settings
        url = settings.dispatch_database_url.get_secret_value()
        if not url:
            raise CannotRun("the worker claims jobs in a role of its own: set …_DISPATCH_DATABASE_URL")
        known = service.tasks.queues()
        if not known:
            raise CannotRun(f"{service.name} has no jobs: it needs no worker")
        if not set(given.queues) <= set(known):
            raise CannotRun(f"{service.name} has these queues, and can work for no others: {', '.join(known)}")
        self.given, self._redis = given, RedisSettings()
        self._engine = engine_of(url, pool_size=given.slots + 2)
        self._worker = Worker(
            service.tasks,
            given.tools,
            self._engine,
            given.queues or None,
            weight=Municipalities.load(settings.municipalities_folder).weight,
            lease=timedelta(seconds=settings.lease_seconds),
        )

    def checks(self) -> Mapping[str, Check]:
        checks = {
            "database": database_answers(self.given.tools.transaction.engine),
            "jobs": database_answers(self._engine),
        }
        if self._redis.url:
            from kernel.dispatch.broker import redis_answers  # noqa: PLC0415 — a site without Redis needs no Celery

            checks["redis"] = redis_answers(self._redis)
        return checks

    def wanted(self) -> Mapping[str, Check]:
        return wanted_by(self.given.tools)

    def run(self) -> None:
        if self.given.service.warm_up is not None:
            beside("warm-up", self.given.service.warm_up, self.given.tools)
        if self._redis.url:
            from kernel.dispatch.taking import take_tickets  # noqa: PLC0415 — as above

            take_tickets(self._worker, self._redis, self.given.service.name, self.given.slots, self.given.stopped)
        else:
            self._look_at_the_table()
        if returned := self._worker.hand_back(self.given.settings.grace_seconds):
            log.warning("jobs handed back", service=self.given.service.name, jobs=returned)

    def _look_at_the_table(self) -> None:
        woken = threading.Event()
        for number in range(self.given.slots):
            beside(f"slot {number}", self._worker.run_until, self.given.stopped, woken)
        self.given.stopped.wait()
