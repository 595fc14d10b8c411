# SPDX-License-Identifier: EUPL-1.2
"""With Weaviate away, searches say so at once and nothing is lost; with it back, all goes on by itself."""

from __future__ import annotations

import time

from sqlalchemy import func, select, update

from deploy.servers.weaviate import Weaviate
from kernel.identity import TenantId
from kernel.store import jobs
from tests.integration.retrieval.conftest import Running, a_guideline

EKHAMRA = TenantId("ekhamra")
QUESTION = {"query": "Hur ofta städas det?"}


def test_a_search_answers_503_within_seconds_and_recovers(on_weaviate: Running, weaviate: Weaviate) -> None:
    on_weaviate.post("/guidelines", a_guideline())
    on_weaviate.settle()
    before = on_weaviate.post("/search", QUESTION, "staff").json()
    weaviate.kill()
    try:
        began = time.monotonic()
        away = on_weaviate.post("/search", QUESTION, "staff")
        asked = on_weaviate.post("/questions", {"question": QUESTION["query"]}, "staff")
        seconds = time.monotonic() - began
        ready = {name: answers() for name, answers in on_weaviate.tools.checks().items()}
    finally:
        weaviate.start()
    time.sleep(1.1)

    again = on_weaviate.post("/search", QUESTION, "staff")

    assert (away.status_code, away.json()["type"]) == (503, "/problems/weaviate-away")
    assert away.headers["content-type"] == "application/problem+json"
    assert asked.status_code == 503
    assert seconds < 8
    assert ready == {"weaviate": False}
    assert (again.status_code, again.json()) == (200, before)
    assert len(before["passages"]) == 3


def test_indexing_waits_for_weaviate_and_resumes(on_weaviate: Running, weaviate: Weaviate) -> None:
    weaviate.stop()
    try:
        made = on_weaviate.post("/guidelines", a_guideline()).json()
        on_weaviate.settle()
        state, attempts = the_job(on_weaviate)
    finally:
        weaviate.start()
    time.sleep(1.1)

    make_due(on_weaviate)
    on_weaviate.settle()

    assert (state, attempts) == ("waiting", 0), "what is away is no failure of the job"
    assert on_weaviate.get(f"/guidelines/{made['id']}").json()["state"] == "ready"
    assert len(on_weaviate.post("/search", QUESTION, "staff").json()["passages"]) == 3


def test_an_index_that_has_lost_what_is_in_force_does_not_say_that_there_is_nothing(
    on_weaviate: Running, weaviate: Weaviate
) -> None:
    on_weaviate.post("/guidelines", a_guideline())
    on_weaviate.settle()
    on_weaviate.tools.passages.connection.ask(  # type: ignore[attr-defined] # only Weaviate's has one
        lambda client: client.collections.delete_all()
    )

    told = on_weaviate.post("/search", QUESTION, "staff")

    assert (told.status_code, told.json()["type"]) == (503, "/problems/index-incomplete")


def the_job(running: Running) -> tuple[str, int]:
    with running.tools.transaction(EKHAMRA) as work:
        row = work.connection.execute(select(jobs.c.state, jobs.c.attempts).where(jobs.c.tenant_id == EKHAMRA)).one()
    return row.state, row.attempts


def make_due(running: Running) -> None:
    """As if the wait were over."""
    with running.tools.transaction(EKHAMRA) as work:
        work.connection.execute(update(jobs).where(jobs.c.tenant_id == EKHAMRA).values(run_at=func.clock_timestamp()))
