# SPDX-License-Identifier: EUPL-1.2
"""Making a version searchable: once, whole, and again without a trace; and what happens when it cannot be done."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from kernel.errors import Unacceptable
from kernel.identity import TenantId
from services.retrieval.adapters.pg_passages import gram_counts, passage_vectors
from services.retrieval.ports import Vector
from tests.integration.retrieval.conftest import Running, a_guideline

EKHAMRA = TenantId("ekhamra")
DANISH = {
    "title": "Kvalitetsstandard for hjemmehjælp",
    "level": "local",
    "valid_from": "2024-01-01",
    "passages": [
        {"heading": "Rengøring", "text": "Rengøring af boligen ydes hver anden uge. Vinduespudsning indgår ikke."},
        {"heading": "Tøjvask", "text": "Tøjvask ydes hver uge i borgerens egen maskine, jf. § 83, stk. 1."},
        {"heading": "Nødkald", "text": "Nødkald bevilges til borgere, der er utrygge ved at falde."},
    ],
}


class BrokenEmbedder:
    """A model that refuses its input."""

    name = "broken"

    def question(self, text: str) -> Vector:
        raise Unacceptable(f"no vector for {len(text)} letters")

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        raise Unacceptable(f"no vectors for {len(texts)} texts")


def rows(running: Running) -> tuple[Any, ...]:
    """What the index holds: how many entries, how many runs, and the sum of their counts."""
    with running.tools.transaction(EKHAMRA) as work:
        entries = work.connection.scalar(
            select(func.count()).select_from(passage_vectors).where(passage_vectors.c.tenant_id == EKHAMRA)
        )
        counted = work.connection.execute(
            select(func.count(), func.sum(gram_counts.c.passages)).where(
                gram_counts.c.tenant_id == EKHAMRA, gram_counts.c.passages > 0
            )
        ).one()
    return (entries, *counted)


def test_indexing_again_changes_nothing(running: Running) -> None:
    made = running.post("/guidelines", a_guideline()).json()
    running.settle()
    first = rows(running)

    for _ in range(2):
        with running.tools.transaction(EKHAMRA) as work:
            work.enqueue("index", made["version_id"])
        running.settle()

    assert rows(running) == first
    assert first[0] == 3


def test_a_version_that_cannot_be_indexed_says_so_and_can_still_be_read(running: Running) -> None:
    broken = replace(running, tools=replace(running.tools, embedder=BrokenEmbedder()))
    made = running.post("/guidelines", a_guideline()).json()

    broken.settle()

    assert running.get(f"/guidelines/{made['id']}").json()["state"] == "failed"
    assert len(running.get(f"/guidelines/{made['id']}/passages").json()["items"]) == 3
    assert running.post("/search", {"query": "städning"}, "staff").json()["passages"] == []


def test_two_versions_at_once_come_one_after_the_other(running: Running) -> None:
    made = running.post("/guidelines", a_guideline()).json()
    new = [{"valid_from": f"202{year}-01-01", "passages": [{"text": f"Nytt {year}."}]} for year in (4, 4, 4, 4)]

    with ThreadPoolExecutor(4) as at_once:
        answers = list(at_once.map(lambda body: running.post(f"/guidelines/{made['id']}/versions", body), new))

    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    kept = running.get(f"/guidelines/{made['id']}/versions").json()["items"]
    assert [(each["version"], each["valid_to"]) for each in kept] == [(2, None), (1, "2023-12-31")]


def test_a_danish_municipality_gets_danish_answers(running: Running) -> None:
    running.post("/guidelines", DANISH, tenant="vestby")
    running.settle()

    told = running.post("/questions", {"question": "Hvor ofte ydes rengøring?"}, "staff", "vestby").json()
    silent = running.post("/questions", {"question": "Hvad koster rengøring?"}, "staff", "vestby").json()

    assert told["answer"] == "Rengøring af boligen ydes hver anden uge. Vinduespudsning indgår ikke."
    assert (silent["answered"], silent["answer"]) == (False, None)
    assert silent["not_answered_because"].startswith(("Retningslinjerne giver ikke", "Der blev ikke fundet"))


def test_without_any_guideline_the_reason_names_the_day(running: Running) -> None:
    told = running.post("/questions", {"question": "Vad kostar hemtjänst?", "as_of": "2021-03-04"}, "staff").json()

    assert (told["answered"], told["nearest"]) == (False, [])
    assert "2021-03-04" in told["not_answered_because"]
