# SPDX-License-Identifier: EUPL-1.2
"""Tickets tell workers that a queue has work, and nothing else; what happens to a ticket happens to no job."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Any

import pytest
from redis import Redis as Client

from deploy.servers.postgres import free_port
from kernel.dispatch.broker import AWAY, redis_answers
from kernel.dispatch.settings import RedisSettings
from kernel.jobs import Effect, Job
from kernel.telemetry import JOBS_WAITING, TICKETS_SENT
from tests.background import beside, wait_until
from tests.integration.dispatch.conftest import Site
from tests.integration.kernel.bench import EKHAMRA, VESTBY

MANY = [str(number) for number in range(30)]
ONCE = {f"done {each}": 1 for each in MANY}


def test_jobs_are_done_once_when_workers_learn_of_them_by_tickets(site: Site) -> None:
    site.dispatch()
    site.work()

    site.bench.ask(*MANY)

    wait_until(lambda: site.bench.marks() == ONCE)


def test_a_ticket_says_that_a_queue_has_work_and_nothing_more(site: Site, client: Client) -> None:
    site.bench.ask("a-recording-of-somebody")

    assert site.dispatcher().look() == 1

    key = f"{site.settings.key_prefix}audit.counting"
    message: Any = json.loads(client.lindex(key, 0))  # type: ignore[arg-type] # one value, not a promise of one
    arguments, _, _ = json.loads(_decoded(message["body"]))
    assert arguments == ["counting"]
    assert "a-recording" not in json.dumps(message)
    assert EKHAMRA not in json.dumps(message) + _decoded(message["body"])


def _decoded(body: str) -> str:
    return base64.b64decode(body).decode()


def test_no_more_tickets_wait_than_jobs_are_due_or_the_bound(site: Site) -> None:
    dispatcher, tickets = site.dispatcher(), site.tickets()
    assert dispatcher.look() == 0

    site.bench.ask("a", "b", "c")
    assert [dispatcher.look() for _ in range(3)] == [3, 0, 0]
    site.bench.ask(*MANY)
    dispatcher.look()

    assert tickets.waiting("counting") == site.settings.tickets == 8


def test_two_dispatchers_at_once_double_tickets_and_no_job(site: Site) -> None:
    site.dispatch()
    site.dispatch()
    site.work()

    site.bench.ask(*MANY)

    wait_until(lambda: site.bench.marks() == ONCE)


def test_a_ticket_that_finds_nothing_is_spent(site: Site) -> None:
    tickets = site.tickets()
    for _ in range(20):
        tickets.send("counting")
    site.bench.ask("a")
    site.work()

    wait_until(lambda: tickets.waiting("counting") == 0)
    wait_until(lambda: site.bench.marks() == {"done a": 1})


def test_a_worker_for_one_queue_takes_no_other_queues_tickets(site: Site) -> None:
    """So that recognition may have machines of its own."""

    @site.bench.tasks.on("draw", queue="drawing")
    def draw(job: Job, tools: Any) -> Effect:
        return lambda _work: None

    site.bench.ask("a")
    site.bench.ask("b", kind="draw")
    site.dispatch()

    with site.process("counting"):
        wait_until(lambda: site.bench.state("a") == "done")
        tickets = site.tickets()
        wait_until(lambda: tickets.waiting("drawing") == 1)
        time.sleep(0.5)

        assert tickets.waiting("drawing") == 1


def test_a_queue_that_was_not_declared_is_not_made(site: Site) -> None:
    with pytest.raises(Exception, match="undeclared"):
        site.tickets().send("undeclared")


def test_shares_are_kept_when_tickets_wake_the_workers(site: Site) -> None:
    order: list[str] = []

    @site.bench.tasks.on("note", queue="counting")
    def note(job: Job, tools: Any) -> Effect:
        order.append(job.tenant_id)
        return lambda _work: None

    site.bench.ask(*MANY, *MANY, kind="note")
    site.bench.ask("one", kind="note", tenant=VESTBY)
    site.dispatch()
    site.work(slots=1)

    wait_until(lambda: len(order) == 61)
    assert VESTBY in order[:2]


def test_redis_emptied_in_the_middle_loses_nothing(site: Site, client: Client) -> None:
    site.dispatch()
    site.work()
    site.bench.ask(*MANY)

    for _ in range(5):
        time.sleep(0.1)
        client.flushall()

    wait_until(lambda: site.bench.marks() == ONCE)


def test_what_waits_and_what_was_sent_is_measured(site: Site) -> None:
    sent = TICKETS_SENT.labels("audit", "counting")._value.get()
    dispatcher = site.dispatcher()
    site.bench.ask("a", "b")

    dispatcher.measure()
    dispatcher.look()

    assert JOBS_WAITING.labels("audit", "counting")._value.get() == 2
    assert TICKETS_SENT.labels("audit", "counting")._value.get() == sent + 2


def test_without_redis_the_address_is_told_as_away_and_no_password_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = RedisSettings(url=f"redis://127.0.0.1:{free_port()}/0", password="a-secret")
    caplog.set_level(logging.DEBUG)

    assert redis_answers(nowhere)() is False
    assert redis_answers(site.settings)() is True
    assert redis_answers(site.settings.model_copy(update={"password": nowhere.password}))() is False
    site.settings = nowhere
    with pytest.raises(AWAY):
        site.tickets().send("counting")
    with beside(site.dispatcher().run):
        site.work()
        time.sleep(1)
        site.running.close()
    assert "a-secret" not in caplog.text
