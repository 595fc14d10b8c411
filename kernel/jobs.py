# SPDX-License-Identifier: EUPL-1.2
"""Long work. **The job row in PostgreSQL is the truth**; what dispatches it may lose everything and no job is lost.

A worker claims a row with SKIP LOCKED and holds it by a lease that a heart-beat renews. The slow part runs outside any
transaction; its effect is written in one transaction together with the job's end, and only while the lease is held.
So work may be done twice, after a crash, and shows once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, and_, case, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from kernel.errors import Refusal, Unavailable
from kernel.identity import TenantId, new_id
from kernel.store import Transactions, Work, jobs
from kernel.telemetry import JOB_SECONDS, JOBS_ENDED, logger, span

log = logger(__name__)
Effect = Callable[[Work], None]
LEASE = timedelta(seconds=30)
LONGEST_BACK_OFF_SECONDS = 60
SECONDS_BETWEEN_LOOKS = 0.5
LOSSES_THAT_HAPPEN = 4


class Cancelled(Exception):
    """Somebody asked that the job end. It leaves no effect."""


class LeaseLost(Exception):
    """Another worker has the job now; whatever was done here must not show."""


@dataclass(frozen=True)
class Problem:
    """Why a job was given up: a stable type and a plain sentence without personal data."""

    type: str
    detail: str


@dataclass
class Job:
    """A claimed job. `attempt` counts from 1; `subject` is the id of what it is about."""

    id: str
    tenant_id: TenantId
    kind: str
    subject: str
    payload: Mapping[str, Any]
    attempt: int
    lease: str
    losses: int = 0
    traceparent: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)
    reached: float = 0.0

    def progress(self, share: float) -> None:
        """Tell how far it has come, 0 to 1; the heart-beat writes it down. Raise `Cancelled` when somebody asked."""
        self.reached = min(1.0, max(self.reached, share))
        if self.cancelled.is_set():
            raise Cancelled(self.id)


@dataclass(frozen=True)
class Task:
    """How one kind of job is done. `attempts` bounds failures, `losses` bounds workers that vanished with the job."""

    perform: Callable[[Job, Any], Effect]
    queue: str
    attempts: int
    losses: int


GivenUp = Callable[[Job, Problem, Work, Any], None]


class Tasks:
    """The kinds of job that a service does."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Task] = {}
        self.given_up_by_kind: dict[str, GivenUp] = {}

    def on(
        self, kind: str, *, queue: str, attempts: int = 5, losses: int = 30
    ) -> Callable[[Callable[[Job, Any], Effect]], Callable[[Job, Any], Effect]]:
        """Do jobs of this kind with the function: slow part first, effect returned."""

        def added(perform: Callable[[Job, Any], Effect]) -> Callable[[Job, Any], Effect]:
            self.by_kind[kind] = Task(perform, queue, attempts, losses)
            return perform

        return added

    def given_up(self, kind: str) -> Callable[[GivenUp], GivenUp]:
        """Call the function when a job of this kind is dead, in the transaction that says so."""

        def added(tell: GivenUp) -> GivenUp:
            self.given_up_by_kind[kind] = tell
            return tell

        return added

    def kinds_of(self, queues: Sequence[str] | None = None) -> list[str]:
        return [kind for kind, task in self.by_kind.items() if queues is None or task.queue in queues]


class Worker:
    """Claims and does the jobs of one service. Several may run at once, in threads or in processes."""

    def __init__(self, tasks: Tasks, tools: Any, dispatch: Engine, queues: Sequence[str] | None = None) -> None:
        self.tasks = tasks
        self.tools = tools
        self.dispatch = dispatch
        self.kinds = tasks.kinds_of(queues)
        self._transaction: Transactions = tools.transaction

    def run_next(self) -> bool:
        """Do the most urgent job that waits. False when there is none."""
        job = self._claim()
        if job is None:
            return False
        started = time.monotonic()
        with span(f"job {job.kind}", parent=job.traceparent):
            outcome = self._do(job)
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

    def _claim(self) -> Job | None:
        lost = and_(jobs.c.state == "running", jobs.c.leased_until < func.clock_timestamp())
        due = and_(jobs.c.state == "waiting", jobs.c.run_at <= func.clock_timestamp())
        next_one = (
            select(jobs.c.tenant_id, jobs.c.id)
            .where(jobs.c.kind.in_(self.kinds), or_(due, lost))
            .order_by(jobs.c.priority.desc(), jobs.c.created_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        lease = new_id()
        with self.dispatch.begin() as connection:
            chosen = connection.execute(next_one).one_or_none()
            if chosen is None:
                return None
            row = connection.execute(
                update(jobs)
                .where(jobs.c.tenant_id == chosen.tenant_id, jobs.c.id == chosen.id)
                .values(
                    losses=case((jobs.c.state == "running", jobs.c.losses + 1), else_=jobs.c.losses),
                    state="running",
                    attempts=jobs.c.attempts + 1,
                    lease=lease,
                    leased_until=func.clock_timestamp() + LEASE,
                )
                .returning(jobs)
            ).one()
        return Job(
            row.id, TenantId(row.tenant_id), row.kind, row.subject, row.payload, row.attempts, lease, row.losses,
            row.traceparent,
        )  # fmt: skip

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

    @contextmanager
    def _heart_beat(self, job: Job) -> Iterator[None]:
        """Renew the lease and write the progress down while the slow part runs."""
        ended = threading.Event()

        def beat() -> None:
            written, renewed = 0.0, time.monotonic()
            while not ended.wait(0.5):
                due = time.monotonic() - renewed > LEASE.total_seconds() / 3
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
                .values(leased_until=func.clock_timestamp() + LEASE, progress=job.reached)
                .returning(jobs.c.cancel_requested)
            ).one_or_none()
        if row is None or row.cancel_requested:
            job.cancelled.set()
