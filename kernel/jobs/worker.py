# SPDX-License-Identifier: EUPL-1.2
"""The worker: claims a job, does it, and writes its end and its effect in one transaction, if it still holds the lease.

So work may be done twice, after a crash, and shows once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Engine, case, func, update
from sqlalchemy.exc import SQLAlchemyError

from kernel.errors import Away, Refusal, Unavailable
from kernel.jobs.claims import Claims
from kernel.jobs.job import Cancelled, Effect, Job, LeaseLost, Problem
from kernel.jobs.tasks import Tasks
from kernel.jobs.turns import Weight, equal_weights
from kernel.store import Transactions, Work, jobs
from kernel.telemetry import JOB_SECONDS, JOBS_ENDED, logger, span

log = logger(__name__)
LEASE = timedelta(seconds=30)
LONGEST_BACK_OFF_SECONDS = 60
# How long a job waits for a server, a service or an endpoint that is away.
PATIENCE_SECONDS = 24 * 3600
# Whoever asks for a job in this process says so; a look finds what is to be tried again, and what others asked for.
SECONDS_BETWEEN_LOOKS = 1.0
LOSSES_THAT_HAPPEN = 4


class Worker:
    """Claims and does the jobs of one service. Several may run at once, in threads or in processes."""

    def __init__(
        self,
        tasks: Tasks,
        tools: Any,
        dispatch: Engine,
        queues: Sequence[str] | None = None,
        *,
        weight: Weight = equal_weights,
        lease: timedelta = LEASE,
    ) -> None:
        """`weight` tells how much of a queue a municipality gets beside others, `lease` how long a silent worker is
        waited for.
        """
        self.tasks = tasks
        self.tools = tools
        self.dispatch = dispatch
        self.kinds = tasks.kinds_of(queues)
        self.lease = lease
        self._transaction: Transactions = tools.transaction
        self._claims = {
            queue: Claims(dispatch, queue, tasks.kinds_of([queue]), weight, lease)
            for queue in tasks.queues()
            if queues is None or queue in queues
        }
        self._looks = count()
        self._in_hand: dict[str, Job] = {}
        self._changing_hands = threading.Condition()
        self._takes_no_more = False

    @property
    def queues(self) -> list[str]:
        return list(self._claims)

    def run_next(self, queue: str | None = None) -> bool:
        """Do the most urgent job of whoever's turn it is, in one queue or in any. False when there is none."""
        job = self._claim(queue)
        if job is None:
            return False
        started = time.monotonic()
        try:
            with span(f"job {job.kind}", parent=job.traceparent):
                outcome = self._do(job)
        finally:
            with self._changing_hands:
                self._in_hand.pop(job.lease, None)
                self._changing_hands.notify_all()
        JOBS_ENDED.labels(self._transaction.source, job.kind, outcome).inc()
        JOB_SECONDS.labels(self._transaction.source, job.kind).observe(time.monotonic() - started)
        return True

    def run_until(self, stopped: threading.Event, woken: threading.Event) -> None:
        """Work until told to stop; the job in hand is finished first. Looks at once when `woken` is set."""
        while not stopped.is_set():
            woken.clear()
            try:
                if not self.run_next():
                    woken.wait(timeout=SECONDS_BETWEEN_LOOKS)
            except SQLAlchemyError as trouble:
                log.warning("worker cannot reach its database", cause=type(trouble).__name__)
                stopped.wait(1)

    def release_all(self) -> int:
        """Give back every claimed job at once. Only for a process that knows it is the only one, at its start.

        A power cut is no job's fault; a job that was there at many ends may be, and waits longer each time.
        """
        seconds = func.least(LONGEST_BACK_OFF_SECONDS, func.power(2, jobs.c.losses - LOSSES_THAT_HAPPEN))
        later = func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
        run_at = case((jobs.c.losses < LOSSES_THAT_HAPPEN, func.clock_timestamp()), else_=later)
        with self.dispatch.begin() as connection:
            return connection.execute(
                update(jobs)
                .where(jobs.c.state == "running")
                .values(state="waiting", lease=None, leased_until=None, losses=jobs.c.losses + 1, run_at=run_at)
            ).rowcount

    def hand_back(self, grace_seconds: float = 0.0) -> int:
        """Claim nothing more, and give the jobs in hand so long to end; then another worker may have them at once.

        What is still computed here will not show. Returns how many were handed back.
        """
        with self._changing_hands:
            self._takes_no_more = True
            self._changing_hands.wait_for(lambda: not self._in_hand, timeout=grace_seconds)
            leases = list(self._in_hand)
        if not leases:
            return 0
        with self.dispatch.begin() as connection:
            return connection.execute(
                update(jobs)
                .where(jobs.c.lease.in_(leases), jobs.c.state == "running")
                # It was not the job's fault, so the attempt does not count.
                .values(state="waiting", lease=None, leased_until=None, attempts=jobs.c.attempts - 1)
            ).rowcount

    def _claim(self, queue: str | None = None) -> Job | None:
        """Several queues are asked in rotation, so that none of them waits for another to be empty."""
        known = self.queues
        first = next(self._looks) % len(known) if known else 0
        for each in [queue] if queue else known[first:] + known[:first]:
            with self._changing_hands:
                job = None if self._takes_no_more else self._claims[each].next()
                if job is not None:
                    self._in_hand[job.lease] = job
                    return job
        return None

    def _do(self, job: Job) -> str:
        """How it ended: done, again, dead, cancelled or lost."""
        task = self.tasks.by_kind[job.kind]
        if job.losses > task.losses:
            return self._give_up(job, Problem("/problems/worker-lost", "the worker vanished with this job too often"))
        try:
            with self._heart_beat(job):
                effect = task.perform(job, self.tools)
            self._finish(job, effect)
        except Cancelled:
            return self._end(job, "cancelled")
        except LeaseLost:
            return "lost"
        except Refusal as refused:
            if isinstance(refused, Away) and self._wait(job, refused):
                return "again"
            if isinstance(refused, Unavailable) and job.attempt - job.losses < task.attempts:
                return self._again(job, refused)
            return self._give_up(job, Problem(refused.type, refused.detail))
        except Exception as trouble:
            if job.attempt - job.losses < task.attempts:
                return self._again(job, trouble)
            log.error("job given up", kind=job.kind, job_id=job.id, exc_info=trouble)
            return self._give_up(job, Problem("/problems/job-failed", f"failed {job.attempt} times"))
        return "done"

    def _finish(self, job: Job, effect: Effect) -> None:
        with self._transaction(job.tenant_id) as work:
            self._close(work, job, "done", progress=1.0)
            effect(work)

    def _end(self, job: Job, state: str) -> str:
        with suppress(LeaseLost), self._transaction(job.tenant_id) as work:
            self._close(work, job, state)
        return state

    def _give_up(self, job: Job, problem: Problem) -> str:
        tell = self.tasks.given_up_by_kind.get(job.kind)
        with suppress(LeaseLost), self._transaction(job.tenant_id) as work:
            self._close(work, job, "dead", problem={"type": problem.type, "detail": problem.detail})
            if tell is not None:
                tell(job, problem, work, self.tools)
        return "dead"

    def _close(self, work: Work, job: Job, state: str, **values: Any) -> None:
        """Write the end, if the job is still ours. Raise `LeaseLost` otherwise, which rolls everything back."""
        closed = work.connection.execute(
            update(jobs)
            .where(jobs.c.tenant_id == work.tenant_id, jobs.c.id == job.id, jobs.c.lease == job.lease)
            .values(state=state, ended_at=func.clock_timestamp(), lease=None, leased_until=None, **values)
        )
        if closed.rowcount == 0:
            raise LeaseLost(job.id)

    def _again(self, job: Job, trouble: Exception) -> str:
        wait = timedelta(seconds=min(LONGEST_BACK_OFF_SECONDS, 0.5 * 2 ** min(job.attempt, 10)))
        log.warning("job will be tried again", kind=job.kind, job_id=job.id, attempt=job.attempt, exc_info=trouble)
        with self.dispatch.begin() as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.tenant_id == job.tenant_id, jobs.c.id == job.id, jobs.c.lease == job.lease)
                .values(state="waiting", lease=None, leased_until=None, run_at=func.clock_timestamp() + wait)
            )
        return "again"

    def _wait(self, job: Job, away: Away) -> bool:
        """What the job needs is away, which is not its fault: the attempt does not count. False after a day of that."""
        log.warning("job waits for what is away", kind=job.kind, job_id=job.id, cause=type(away).__name__)
        age = func.extract("epoch", func.clock_timestamp() - jobs.c.created_at)
        seconds = func.least(LONGEST_BACK_OFF_SECONDS, func.greatest(1, age / 10))
        with self.dispatch.begin() as connection:
            waiting = connection.execute(
                update(jobs)
                .where(jobs.c.tenant_id == job.tenant_id, jobs.c.id == job.id, jobs.c.lease == job.lease)
                .where(age < PATIENCE_SECONDS)
                .values(
                    state="waiting",
                    lease=None,
                    leased_until=None,
                    attempts=jobs.c.attempts - 1,
                    run_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds),
                )
                .returning(jobs.c.id)
            ).one_or_none()
        return waiting is not None

    @contextmanager
    def _heart_beat(self, job: Job) -> Iterator[None]:
        """Renew the lease and write the progress down while the slow part runs."""
        ended = threading.Event()

        def beat() -> None:
            written, renewed = 0.0, time.monotonic()
            while not ended.wait(0.5):
                due = time.monotonic() - renewed > self.lease.total_seconds() / 3
                if job.reached > written or due:
                    with suppress(SQLAlchemyError):
                        self._renew(job)
                        written, renewed = job.reached, time.monotonic()

        beating = threading.Thread(target=beat, name=f"heart-beat {job.kind}", daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()

    def _renew(self, job: Job) -> None:
        with self.dispatch.begin() as connection:
            row = connection.execute(
                update(jobs)
                .where(jobs.c.tenant_id == job.tenant_id, jobs.c.id == job.id, jobs.c.lease == job.lease)
                .values(leased_until=func.clock_timestamp() + self.lease, progress=job.reached)
                .returning(jobs.c.cancel_requested)
            ).one_or_none()
        if row is None or row.cancel_requested:
            job.cancelled.set()
