# SPDX-License-Identifier: EUPL-1.2
"""A service's jobs as a process. The job table is the truth: this claims from it, one job for each slot.

Whatever else may one day wake a worker (a queue, a scaler) ends in the same call, `Worker.run_next`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from kernel.jobs import Job, Worker
from kernel.roles.process import CannotRun, Check, Surroundings, beside, database_answers
from kernel.store import engine_of, jobs
from kernel.telemetry import logger

log = logger(__name__)
GRACE_SECONDS = 60


class WorkerThatHandsBack(Worker):
    """Knows what it has in hand, so that a stopped process need not let a lease run out."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_hand: dict[str, Job] = {}

    def _do(self, job: Job) -> str:
        self._in_hand[job.lease] = job
        try:
            return super()._do(job)
        finally:
            self._in_hand.pop(job.lease, None)

    def hand_back(self) -> int:
        """Let another worker have the jobs in hand at once. What is still computed here will not show."""
        leases = list(self._in_hand)
        if not leases:
            return 0
        with self.dispatch.begin() as connection:
            returned = connection.execute(
                update(jobs)
                .where(jobs.c.lease.in_(leases), jobs.c.state == "running")
                # It was not the job's fault, so the attempt does not count.
                .values(state="waiting", lease=None, leased_until=None, attempts=jobs.c.attempts - 1)
                .returning(jobs.c.id)
            ).all()
        return len(returned)


class Work:
    def __init__(self, given: Surroundings) -> None:
        url = given.settings.dispatch_database_url.get_secret_value()
        if not url:
            raise CannotRun("the worker claims jobs in a role of its own: set …_DISPATCH_DATABASE_URL")
        self.given = given
        self._engine = engine_of(url, pool_size=given.slots + 2)
        self._worker = WorkerThatHandsBack(given.service.tasks, given.tools, self._engine, given.queues or None)
        if not self._worker.kinds:
            raise CannotRun(f"{given.service.name} has no jobs in these queues: it needs no worker")

    def checks(self) -> Mapping[str, Check]:
        return {
            "database": database_answers(self.given.tools.transaction.engine),
            "jobs": database_answers(self._engine),
        }

    def run(self) -> None:
        if self.given.service.warm_up is not None:
            beside("warm-up", self.given.service.warm_up, self.given.tools)
        woken = threading.Event()
        working = [
            beside(f"slot {number}", self._worker.run_until, self.given.stopped, woken)
            for number in range(self.given.slots)
        ]
        self.given.stopped.wait()
        deadline = time.monotonic() + GRACE_SECONDS
        for each in working:
            each.join(max(0.0, deadline - time.monotonic()))
        if returned := self._worker.hand_back():
            log.warning("jobs handed back", service=self.given.service.name, jobs=returned)
