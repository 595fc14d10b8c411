# SPDX-License-Identifier: EUPL-1.2
"""Fair shares in the job table itself: whose job a worker gets, with thousands waiting and many workers at once."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.pool import NullPool

from evaluation.load.plans import Explained, document, explaining
from kernel.identity import TenantId, new_id
from kernel.jobs import Effect, Job, Worker
from kernel.jobs.claims import LOOK_SECONDS, Claims
from kernel.jobs.waiting import due_jobs, waiting
from kernel.store import jobs, shares
from tests.conftest import Database
from tests.integration.kernel.bench import EKHAMRA, VESTBY, Bench

BERGVIK = TenantId("bergvik")


@pytest.fixture
def bench(own: Database) -> Bench:
    return Bench(own)


def ask_many(bench: Bench, tenant: TenantId, number: int) -> None:
    with bench.tools.transaction(tenant) as work:
        rows = [
            {"tenant_id": tenant, "id": new_id(), "kind": "count", "subject": f"{tenant} {each}", "payload": {}}
            for each in range(number)
        ]
        work.connection.execute(insert(jobs), rows)


def until_noticed() -> None:
    """Who has work is looked up that often."""
    time.sleep(LOOK_SECONDS)


def what_a_claim_asks(bench: Bench) -> list[Explained]:
    """Of a worker that has just looked who has work."""
    worker = bench.worker()
    worker._claim()
    for each in worker._claims.values():
        each._looked_at = math.inf
    with explaining(worker.dispatch) as found:
        worker._claim()
    return found


def claimed_by(worker: Worker, number: int) -> list[str]:
    found = [worker._claim() for _ in range(number)]
    return [each.tenant_id for each in found if each is not None]


def test_ten_thousand_jobs_of_one_do_not_delay_another(bench: Bench) -> None:
    ask_many(bench, EKHAMRA, 10_000)
    worker = bench.worker()
    assert set(claimed_by(worker, 20)) == {EKHAMRA}, "alone it gets everything"

    bench.ask("one", tenant=VESTBY)
    until_noticed()

    assert VESTBY in claimed_by(worker, 2)


def test_a_claim_touches_as_much_of_the_database_whatever_waits(bench: Bench) -> None:
    """Ten thousand wait, half of them for a later attempt, beside the jobs of a hundred other municipalities."""
    ask_many(bench, EKHAMRA, 3)
    few = what_a_claim_asks(bench)
    ask_many(bench, EKHAMRA, 10_000)
    with bench.dispatch.begin() as connection:
        later = text(
            "UPDATE jobs SET run_at = now() + interval '1 hour' WHERE subject LIKE '%1_' OR subject < 'ekhamra 5'"
        )
        connection.execute(later)
    for number in range(100):
        ask_many(bench, TenantId(f"kommun-{number}"), 3)

    many = what_a_claim_asks(bench)

    assert len(many) == len(few)
    assert not any(each.scanned for each in many)
    assert document(many)["pages"] < 2 * document(few)["pages"]


def test_weights_hold(bench: Bench) -> None:
    weights = {EKHAMRA: 2.0, VESTBY: 1.0}
    for each in weights:
        ask_many(bench, each, 300)

    got = Counter(claimed_by(bench.worker(weight=lambda tenant, _queue: weights[tenant]), 300))

    assert got == {EKHAMRA: pytest.approx(200, abs=1), VESTBY: pytest.approx(100, abs=1)}


def test_many_workers_at_once_share_exactly_and_take_no_job_twice(own: Database, bench: Bench) -> None:
    weights = {EKHAMRA: 2.0, VESTBY: 1.0}
    for each in weights:
        ask_many(bench, each, 200)

    def take(_number: int) -> list[Job]:
        # Each a process of its own, as far as the database can tell.
        engine = own.engine("dispatch_database_url")
        worker = Worker(bench.tasks, bench.tools, engine, weight=lambda tenant, _queue: weights[tenant])
        return [job for _ in range(25) if (job := worker._claim())]

    with ThreadPoolExecutor(8) as pool:
        taken = [job for found in pool.map(take, range(8)) for job in found]

    assert len(taken) == len({job.id for job in taken}) == 200
    assert Counter(job.tenant_id for job in taken)[EKHAMRA] == pytest.approx(133, abs=2)


def test_no_worker_goes_away_empty_while_one_municipality_has_work(own: Database, bench: Bench) -> None:
    """All want the same municipality's jobs at the same moment, and each gets one."""
    ask_many(bench, EKHAMRA, 8)
    together = threading.Barrier(8)

    def take(_number: int) -> Job | None:
        worker = Worker(bench.tasks, bench.tools, own.engine("dispatch_database_url"))
        together.wait()
        return worker._claim()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(8)))

    assert len({job.id for job in taken if job}) == 8


def test_an_idle_municipality_has_saved_nothing_up(bench: Bench) -> None:
    worker = bench.worker()
    for each in (EKHAMRA, VESTBY):
        ask_many(bench, each, 1)
    claimed_by(worker, 2)
    ask_many(bench, EKHAMRA, 100)
    claimed_by(worker, 50)

    ask_many(bench, VESTBY, 50)
    until_noticed()

    assert Counter(claimed_by(worker, 20)) == {EKHAMRA: 10, VESTBY: 10}


def test_a_priority_counts_within_a_municipality_and_not_against_another(bench: Bench) -> None:
    bench.ask("early")
    bench.ask("late")
    bench.ask("urgent", priority=10)
    bench.ask("ordinary", tenant=VESTBY)
    worker = bench.worker()

    found = [job for _ in range(4) if (job := worker._claim())]

    assert [job.subject for job in found if job.tenant_id == EKHAMRA] == ["urgent", "early", "late"]
    assert VESTBY in [job.tenant_id for job in found[:2]]


def test_a_lost_job_comes_in_its_municipalitys_turn(bench: Bench) -> None:
    """One whose jobs kill their workers gets no more turns than others."""
    ask_many(bench, EKHAMRA, 20)
    worker = bench.worker(lease=timedelta(seconds=0))
    assert len({worker._claim() and EKHAMRA for _ in range(20)}) == 1
    ask_many(bench, VESTBY, 20)

    got = claimed_by(bench.worker(), 20)

    assert Counter(got) == {EKHAMRA: 10, VESTBY: 10}


def test_a_job_whose_row_another_transaction_holds_is_passed_over(bench: Bench) -> None:
    bench.ask("held")
    bench.ask("free")
    with bench.dispatch.begin() as holding:
        holding.execute(select(jobs.c.id).where(jobs.c.subject == "held").with_for_update())
        job = bench.worker()._claim()

    assert job is not None
    assert job.subject == "free"


def test_queues_of_one_worker_are_asked_in_rotation(bench: Bench) -> None:
    @bench.tasks.on("draw", queue="drawing")
    def draw(job: Job, tools: Any) -> Effect:
        return lambda _work: None

    for number in range(20):
        bench.ask(str(number))
    bench.ask("a", "b", kind="draw")
    worker = bench.worker()

    found = [job.kind for _ in range(5) if (job := worker._claim())]

    assert found.count("draw") == 2


def test_a_worker_for_one_queue_leaves_the_others_alone(bench: Bench) -> None:
    @bench.tasks.on("draw", queue="drawing")
    def draw(job: Job, tools: Any) -> Effect:
        return lambda _work: None

    bench.ask("a")
    worker = bench.worker(queues=["drawing"])

    assert worker.run_next() is False
    bench.ask("b", kind="draw")
    assert worker.run_next()
    assert bench.state("a") == "waiting"


def test_a_process_that_freezes_in_the_middle_of_a_claim_does_not_hold_up_the_others(own: Database) -> None:
    bench = Bench(own)
    bench.ask("a")
    frozen = create_engine(own.settings["dispatch_database_url"], poolclass=NullPool)

    class Frozen(Claims):
        def _in_turn(self, connection: Any) -> Any:
            held.set()
            thawed.wait(30)
            return super()._in_turn(connection)

    held, thawed = threading.Event(), threading.Event()
    claims = Frozen(frozen, "counting", ["count"], lambda _tenant, _queue: 1.0, timedelta(seconds=30))
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(claims.next)
        assert held.wait(10)
        started = time.monotonic()
        assert bench.worker().run_next()
        assert time.monotonic() - started < 8
        thawed.set()
        assert outcome.exception() is not None, "the database has let it go"


def test_what_waits_is_told_in_numbers(bench: Bench) -> None:
    ask_many(bench, EKHAMRA, 50)
    ask_many(bench, VESTBY, 3)
    claimed_by(bench.worker(lease=timedelta(seconds=0)), 4)
    with bench.dispatch.begin() as connection:
        connection.execute(text("UPDATE jobs SET run_at = now() - interval '90 seconds' WHERE subject = 'ekhamra 30'"))

        found = waiting(connection, ["count"])

        assert found.jobs == 53
        assert found.oldest_seconds == pytest.approx(90, abs=5)
        assert due_jobs(connection, ["count"], 1000) == 53
        assert due_jobs(connection, ["count"], 32) == 32
        assert waiting(connection, ["another"]).oldest_seconds == 0


def test_a_share_is_seen_by_its_own_municipality_alone(bench: Bench) -> None:
    for each in (EKHAMRA, VESTBY):
        ask_many(bench, each, 1)
    claimed_by(bench.worker(), 2)

    with bench.tools.transaction(EKHAMRA) as work:
        assert work.connection.execute(select(shares.c.tenant_id)).scalars().all() == [EKHAMRA]
