# SPDX-License-Identifier: EUPL-1.2
"""The job row is the truth: whatever happens to a worker, a job is done, shows once, or says why it was given up."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kernel.errors import Unacceptable, Unavailable
from kernel.jobs import Job, Problem
from tests.conftest import Database
from tests.integration.kernel.bench import EKHAMRA, VESTBY, Bench


def test_a_job_is_done_once_by_many_workers(own: Database) -> None:
    bench = Bench(own)
    for number in range(40):
        bench.ask(str(number), tenant=EKHAMRA if number % 2 else VESTBY)

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


def test_what_is_handed_back_is_done_elsewhere_at_once_and_shows_once(own: Database) -> None:
    """The first worker is told to stop while its job runs; it goes on computing, and what it finds comes too late."""
    begun, may_end = threading.Event(), threading.Event()

    def perform(job: Job) -> None:
        if job.lease == first_lease():
            begun.set()
            may_end.wait(20)

    def first_lease() -> str:
        return next(iter(first._in_hand), "")

    bench = Bench(own, perform, attempts=2)
    first, second = bench.worker(), bench.worker()
    bench.ask("a")
    slow = threading.Thread(target=first.run_next)
    slow.start()
    assert begun.wait(10)

    assert first.hand_back(0.1) == 1
    job = second._claim()
    assert job is not None, "another worker has it at once"
    assert (job.attempt, job.losses) == (1, 0), "being stopped is neither a failure nor a loss"
    second._do(job)
    may_end.set()
    slow.join(10)

    assert bench.state("a") == "done"
    assert bench.marks() == {"done a": 1}


def test_a_worker_that_was_told_to_stop_claims_nothing_more(own: Database) -> None:
    bench = Bench(own)
    worker = bench.worker()
    bench.ask("a")

    assert worker.hand_back() == 0
    assert worker.run_next() is False
    assert bench.worker().run_next()


def test_a_job_that_ends_within_the_grace_time_is_not_handed_back(own: Database) -> None:
    begun = threading.Event()

    def perform(_job: Job) -> None:
        begun.set()
        threading.Event().wait(0.3)

    bench = Bench(own, perform)
    worker = bench.worker()
    bench.ask("a")
    threading.Thread(target=worker.run_next).start()
    assert begun.wait(10)

    assert worker.hand_back(20) == 0
    assert bench.state("a") == "done"


def test_a_job_goes_on_elsewhere_when_its_lease_has_run_out(own: Database) -> None:
    """A worker killed with -9 renews nothing more; the time until another has its job is the lease and one look."""
    bench = Bench(own)
    bench.ask("a")
    killed, other = bench.worker(lease=timedelta(seconds=1)), bench.worker(lease=timedelta(seconds=1))
    killed._claim()
    claimed = time.monotonic()

    assert other.run_next() is False
    while not other.run_next():
        time.sleep(0.05)

    assert 0.9 < time.monotonic() - claimed < 2
    assert bench.marks() == {"done a": 1}
