# SPDX-License-Identifier: EUPL-1.2
"""Proposals as jobs: what happens when the writer, retrieval, the worker or the caseworker gets in the way."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from kernel.identity import TenantId
from kernel.store import jobs
from services.drafting.domain.material import Part, SourceKind
from services.drafting.ports import WriterIdentity, WritingTask, Written
from tests.integration.drafting.conftest import Bench
from tests.unit.drafting.memory import ScriptedGuidelines, ScriptedWriter

PASSAGE = Part(SourceKind.GUIDELINE, "g1", "p7", "Städning beviljas var tredje vecka.", heading="Städning")


@dataclass
class WaitingWriter:
    """Says when it has begun, and goes on when told to."""

    inner: ScriptedWriter
    begun: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def identity(self, tenant_id: TenantId, template_key: str) -> WriterIdentity:
        return self.inner.identity(tenant_id, template_key)

    def write(self, task: WritingTask) -> Written:
        self.begun.set()
        assert self.go_on.wait(10)
        return self.inner.write(task)


def test_a_second_click_asks_for_the_same_proposal(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()

    answers = [maja.post(f"{path}/sections/d6/proposal") for _ in range(2)]
    bench.work_off()

    assert [(each.status_code, each.json()["state"]) for each in answers] == [(202, "pending")] * 2
    assert bench.announced().count("SectionProposed") == 1


def test_a_writer_that_is_away_for_a_while_is_waited_for(bench: Bench) -> None:
    writer = ScriptedWriter(away=True)
    bench.put_together(writer=writer)
    maja, path = bench.sign_in(), bench.open_case()
    maja.post(f"{path}/sections/d6/proposal")
    bench.work_off()
    waiting = maja.get(f"{path}/sections/d6").json()["state"]

    writer.away = False
    bench.let_time_pass()
    bench.work_off()

    assert waiting == "pending"
    assert maja.get(f"{path}/sections/d6").json()["state"] == "proposed"


def test_a_writer_that_stays_away_is_given_up_and_the_caseworker_told(bench: Bench) -> None:
    bench.put_together(writer=ScriptedWriter(away=True))
    maja, path = bench.sign_in(), bench.open_case()
    maja.post(f"{path}/sections/d6/proposal")
    for _ in range(10):
        bench.work_off()
        bench.let_time_pass()

    section = maja.get(f"{path}/sections/d6").json()
    again = maja.post(f"{path}/sections/d6/proposal")

    assert section["state"] == "failed"
    assert "skriv själv" in section["problem"]
    assert again.status_code == 202


def test_without_retrieval_an_assessment_is_written_without_guidelines_and_says_so(bench: Bench) -> None:
    bench.put_together(guidelines=ScriptedGuidelines(away=True))
    path = bench.open_case()
    bench.settle_facts(path)

    section = bench.propose(path, "assessment")

    assert section["state"] == "proposed"
    assert "Riktlinjerna" in section["problem"]


def test_an_assessment_may_cite_the_guidelines_of_the_day_and_a_human_may_cite_them_after(bench: Bench) -> None:
    guidelines = ScriptedGuidelines((PASSAGE,))
    bench.put_together(guidelines=guidelines)
    maja, path = bench.sign_in(), bench.open_case()
    bench.settle_facts(path)

    section = bench.propose(path, "assessment")
    cited = next(c for s in section["sentences"] for c in s["citations"] if c["source"] == "guideline")
    body = {
        "sentences": [
            {"text": "Städning var tredje vecka.", "citations": [{k: cited[k] for k in cited if k != "quote"}]}
        ]
    }
    written = maja.put(f"{path}/sections/assessment", body, if_match="*")

    assert cited["quote"] in PASSAGE.text
    assert guidelines.asked[0][1].isoformat() == "2026-11-20"
    assert "städning" in guidelines.asked[0][0]
    assert written.status_code == 200
    assert written.json()["parts"][0]["heading"] == "Städning"


def test_what_a_human_writes_while_the_writer_works_stands(bench: Bench) -> None:
    writer = WaitingWriter(ScriptedWriter())
    bench.put_together(writer=writer)
    maja, path = bench.sign_in(), bench.open_case()
    maja.post(f"{path}/sections/d6/proposal")
    working = threading.Thread(target=bench.work_off)
    working.start()
    assert writer.begun.wait(10)

    put = maja.put(f"{path}/sections/d6", {"sentences": [{"text": "Aina klarar sig själv."}]}, if_match="*")
    writer.go_on.set()
    working.join()

    section = maja.get(f"{path}/sections/d6").json()
    assert put.status_code == 200
    assert (section["state"], [each["origin"] for each in section["sentences"]]) == ("edited", ["human"])
    assert "SectionProposed" not in bench.announced()


def test_a_heading_whose_job_was_cancelled_is_not_left_waiting(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    maja.post(f"{path}/sections/d6/proposal")
    with bench.tools.transaction(TenantId("ekhamra")) as work:
        work.connection.execute(jobs.update().where(jobs.c.tenant_id == "ekhamra").values(state="cancelled"))

    maja.post(f"{path}/sections/d6/proposal")
    bench.work_off()

    assert maja.get(f"{path}/sections/d6").json()["state"] == "proposed"


def test_two_editors_at_once_do_not_overwrite_each_other(bench: Bench) -> None:
    maja, path = bench.sign_in(), f"{bench.open_case()}/sections/d6"
    tag = maja.get(path).headers["ETag"]
    statuses: list[int] = []

    def write(text: str) -> None:
        statuses.append(maja.put(path, {"sentences": [{"text": text}]}, if_match=tag).status_code)

    writing = [threading.Thread(target=write, args=(f"Version {number}.",)) for number in range(4)]
    for each in writing:
        each.start()
    for each in writing:
        each.join()

    assert sorted(statuses) == [200, 412, 412, 412]
    assert bench.announced().count("SectionEdited") == 1
