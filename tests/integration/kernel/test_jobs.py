# SPDX-License-Identifier: EUPL-1.2
"""The job row is the truth: whatever happens to a worker, a job is done, shows once, or says why it was given up."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, text, update

from kernel.errors import Unacceptable, Unavailable
from kernel.identity import TenantId
from kernel.jobs import Effect, Job, Problem, Tasks, Worker
from kernel.store import Transactions, Work, idempotency_keys, jobs
from tests.conftest import Database

EKHAMRA, VESTBY = TenantId("ekhamra"), TenantId("vestby")


@dataclass
class Tools:
    transaction: Transactions


class Bench:
    """A kind of job whose work a test chooses, and whose effects it counts."""

    def __init__(self, own: Database, perform: Callable[[Job], None] = lambda _job: None, **limits: int) -> None:
        self.tools = Tools(own.transactions)
        self.tasks = Tasks()
        self.given_up: list[tuple[str, Problem]] = []
        self.dispatch = own.engine("dispatch_database_url")

        @self.tasks.on("count", queue="counting", **limits)
        def count(job: Job, tools: Any) -> Effect:
            perform(job)
            return lambda work: mark(work, f"done {job.subject}")

        @self.tasks.given_up("count")
        def tell(job: Job, problem: Problem, work: Work, tools: Any) -> None:
            self.given_up.append((job.subject, problem))

    def worker(self) -> Worker:
        return Worker(self.tasks, self.tools, self.dispatch)

    def ask(self, subject: str, tenant: TenantId = EKHAMRA) -> None:
        with self.tools.transaction(tenant) as work:
            work.enqueue("count", subject)

    def marks(self, tenant: TenantId = EKHAMRA) -> Counter[str]:
        with self.tools.transaction(tenant) as work:
            query = select(idempotency_keys.c.route).where(idempotency_keys.c.tenant_id == work.tenant_id)
            return Counter(work.connection.execute(query).scalars())

    def state(self, subject: str) -> str:
        with self.tools.transaction(EKHAMRA) as work:
            job = work.job("count", subject)
        return job.state if job else "none"

    def no_waiting(self) -> None:
        """Let time pass: what is to be tried later is due now, and what is leased has expired."""
        with self.dispatch.begin() as connection:
            connection.execute(update(jobs).values(run_at=text("now() - interval '1 second'")))
            expired = text("now() - interval '1 second'")
            connection.execute(update(jobs).where(jobs.c.state == "running").values(leased_until=expired))


def mark(work: Work, what: str) -> None:
    """An effect that can be counted: one row for each time it was written."""
    number = work.connection.execute(text("SELECT count(*) FROM idempotency_keys")).scalar()
    row = {"actor_id": "x", "route": what, "key": str(number), "fingerprint": ""}
    work.connection.execute(idempotency_keys.insert().values(tenant_id=work.tenant_id, **row))


def test_a_job_is_done_once_by_many_workers(own: Database) -> None:
    bench = Bench(own)
    for number in range(40):
        bench.ask(str(number), EKHAMRA if number % 2 else VESTBY)

    def work_off(_number: int) -> int:
        worker, done = bench.worker(), 0
        while worker.run_next():
            done += 1
        return done

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(work_off, range(6)))

    assert sum(done) == 40
    assert set((bench.marks(EKHAMRA) + bench.marks(VESTBY)).values()) == {1}


def test_the_transaction_that_fails_leaves_no_job(own: Database) -> None:
    bench = Bench(own)

    with pytest.raises(ZeroDivisionError), bench.tools.transaction(EKHAMRA) as work:
        work.enqueue("count", "a")
        raise ZeroDivisionError

    assert bench.worker().run_next() is False


def test_a_failure_is_tried_again_later(own: Database) -> None:
    failures = iter([OSError("disk"), Unavailable("model away")])

    def perform(_job: Job) -> None:
        if trouble := next(failures, None):
            raise trouble

    bench = Bench(own, perform)
    bench.ask("a")

    assert bench.worker().run_next()
    assert bench.worker().run_next() is False, "it waits before the next attempt"
    for _ in range(2):
        bench.no_waiting()
        bench.worker().run_next()

    assert bench.state("a") == "done"
    assert bench.marks() == {"done a": 1}


def test_a_job_that_keeps_failing_is_given_up_with_the_reason(own: Database) -> None:
    def perform(_job: Job) -> None:
        raise OSError("personal text")

    bench = Bench(own, perform, attempts=2)
    bench.ask("a")
    for _ in range(3):
        bench.no_waiting()
        bench.worker().run_next()

    assert bench.state("a") == "dead"
    assert bench.given_up == [("a", Problem("/problems/job-failed", "failed 2 times"))]


def test_a_refusal_is_final(own: Database) -> None:
    class SilentRecording(Unacceptable):
        pass

    def perform(_job: Job) -> None:
        raise SilentRecording("nobody speaks")

    bench = Bench(own, perform)
    bench.ask("a")
    bench.worker().run_next()

    assert bench.given_up == [("a", Problem("/problems/silent-recording", "nobody speaks"))]


def test_what_a_vanished_worker_did_does_not_show(own: Database) -> None:
    """The slow worker's lease ran out and another one finished: the first one's effect is rolled back."""
    overtaken = threading.Event()

    def perform(_job: Job) -> None:
        if not overtaken.is_set():
            overtaken.set()
            bench.no_waiting()
            assert bench.worker().run_next()

    bench = Bench(own, perform)
    bench.ask("a")
    bench.worker().run_next()

    assert bench.marks() == {"done a": 1}
    assert bench.state("a") == "done"


def test_a_job_that_its_workers_do_not_survive_ends(own: Database) -> None:
    bench = Bench(own, losses=3)
    bench.ask("a")
    for _ in range(4):
        bench.worker()._claim()
        bench.no_waiting()
    bench.worker().run_next()

    assert bench.given_up[0][1].type == "/problems/worker-lost"
    assert bench.marks() == {}


def test_a_process_that_starts_alone_takes_up_what_was_left(own: Database) -> None:
    bench = Bench(own)
    bench.ask("a")
    bench.worker()._claim()

    assert bench.worker().run_next() is False
    assert bench.worker().release_all() == 1
    assert bench.worker().run_next()
    assert bench.marks() == {"done a": 1}


def test_a_job_that_was_there_at_many_ends_waits_before_it_is_tried_again(own: Database) -> None:
    bench = Bench(own)
    bench.ask("a")
    for _ in range(4):
        bench.worker()._claim()
        bench.worker().release_all()
    assert bench.worker()._claim() is not None, "four ends may be chance"
    bench.worker().release_all()

    assert bench.worker().run_next() is False
    bench.no_waiting()
    assert bench.worker().run_next()
    assert bench.state("a") == "done"


def test_a_cancelled_job_has_no_effect(own: Database) -> None:
    def perform(job: Job) -> None:
        with bench.tools.transaction(EKHAMRA) as work:
            work.cancel_job("count", "a")
        job.progress(0.5)
        assert job.cancelled.wait(5)
        job.progress(0.6)

    bench = Bench(own, perform)
    bench.ask("a")
    bench.worker().run_next()

    assert bench.state("a") == "cancelled"
    assert bench.marks() == {}


def test_progress_can_be_seen_while_it_runs(own: Database) -> None:
    seen: list[float] = []

    def perform(job: Job) -> None:
        job.progress(0.25)
        for _ in range(50):
            threading.Event().wait(0.1)
            with bench.tools.transaction(EKHAMRA) as work:
                view = work.job("count", "a")
            if view and view.progress:
                seen.append(view.progress)
                return

    bench = Bench(own, perform)
    bench.ask("a")
    bench.worker().run_next()

    assert seen == [0.25]
