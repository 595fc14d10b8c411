# SPDX-License-Identifier: EUPL-1.2
"""Redis away, workers killed and workers stopped: jobs go on elsewhere within the stated time, and show once."""

from __future__ import annotations

import signal
import time
from typing import Any

from sqlalchemy import select

from deploy.servers.postgres import free_port
from deploy.servers.redis import Redis
from kernel.dispatch.dispatcher import LOOK_SECONDS
from kernel.store import jobs
from tests.background import wait_until
from tests.integration.dispatch.conftest import LEASE_SECONDS, Site, missing
from tests.integration.kernel.bench import EKHAMRA

MANY = [str(number) for number in range(30)]
# What a machine with two busy cores may add to what is stated.
SLACK_SECONDS = 8.0


def row_of(site: Site, subject: str) -> Any:
    with site.bench.tools.transaction(EKHAMRA) as work:
        query = select(jobs).where(jobs.c.tenant_id == work.tenant_id, jobs.c.subject == subject)
        return work.connection.execute(query).one()


def is_running(site: Site, *subjects: str) -> bool:
    return all(site.bench.state(each) == "running" for each in subjects)


def test_the_job_of_a_killed_worker_goes_on_elsewhere_within_the_stated_time(site: Site) -> None:
    """Stated: the time of a lease, and one look of the dispatcher."""
    site.dispatch()
    with site.process(SECONDS=3600) as killed:
        site.bench.ask("a")
        wait_until(lambda: is_running(site, "a"))
        site.work()
        killed.send_signal(signal.SIGKILL)

        took = wait_until(lambda: site.bench.state("a") == "done")

    assert took < LEASE_SECONDS + LOOK_SECONDS + SLACK_SECONDS
    assert site.bench.marks() == {"done a": 1}
    assert row_of(site, "a").losses == 1


def test_a_stopped_worker_hands_back_what_it_cannot_finish(site: Site) -> None:
    site.dispatch()
    with site.process(SECONDS=3600, AUDIT_GRACE_SECONDS=1, AUDIT_LEASE_SECONDS=60) as stopped:
        site.bench.ask("a", "b")
        wait_until(lambda: is_running(site, "a", "b"))
        site.work()
        stopped.terminate()

        assert stopped.wait(15) == 0, "it ends in order, though its jobs have not"
        took = wait_until(lambda: site.bench.marks() == {"done a": 1, "done b": 1})

    assert took < LOOK_SECONDS + SLACK_SECONDS, "nobody waits for its lease of a minute"
    assert [(row_of(site, each).attempts, row_of(site, each).losses) for each in "ab"] == [(1, 0), (1, 0)]


def test_a_stopped_worker_finishes_what_it_can_and_takes_nothing_more(site: Site) -> None:
    site.dispatch()
    with site.process(SECONDS=2) as stopped:
        site.bench.ask("a", "b", "c", "d")
        wait_until(lambda: is_running(site, "a", "b"))
        stopped.terminate()

        assert stopped.wait(15) == 0

    assert [site.bench.state(each) for each in "abcd"] == ["done", "done", "waiting", "waiting"]


def test_redis_killed_for_a_while_loses_nothing_and_is_told_as_away(site: Site, redis: Redis) -> None:
    site.dispatch()
    with site.process(SECONDS=0.3, PORT=(port := free_port())) as worker:
        site.bench.ask(*MANY)
        wait_until(lambda: site.bench.marks().total() > 2)

        redis.kill()
        wait_until(lambda: missing(port) == ["redis"])
        time.sleep(4)
        done_before = site.bench.marks().total()
        redis.start()

        wait_until(lambda: site.bench.marks().total() > done_before, seconds=15)
        wait_until(lambda: missing(port) == [])
        wait_until(lambda: site.bench.marks() == {f"done {each}": 1 for each in MANY}, seconds=30)
        assert worker.poll() is None, "the same process"


def test_a_worker_that_is_stopped_while_redis_is_away_ends_in_order(site: Site, redis: Redis) -> None:
    site.dispatch()
    with site.process(SECONDS=1) as worker:
        site.bench.ask("a")
        wait_until(lambda: is_running(site, "a"))
        redis.kill()
        try:
            time.sleep(1.5)
            worker.terminate()
            assert worker.wait(20) == 0
        finally:
            redis.start()

    assert site.bench.state("a") == "done", "a job in hand needs no Redis"
