# SPDX-License-Identifier: EUPL-1.2
"""From a request for a proposal to its landing: what a writer is given, and what of its answer is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kernel.errors import NotFound
from services.drafting.adapters.phrases import load_phrases
from services.drafting.domain import facts
from services.drafting.domain.casetext import CaseText, Proposal
from services.drafting.domain.material import Material, Part, SourceKind
from services.drafting.domain.section import SectionState
from services.drafting.domain.sentences import Origin
from services.drafting.ports import ProposedSentence
from services.drafting.usecases import writing
from services.drafting.usecases.examining import Examiner
from services.drafting.usecases.writing import Assignment
from tests.unit.drafting.casework import (
    EKHAMRA,
    KEY,
    MAJA,
    NOON,
    SAID,
    TRANSCRIPT,
    a_sentence,
    a_text,
    approved,
)
from tests.unit.drafting.memory import MemoryCases, MemorySources, ScriptedWriter

TEXTS = load_phrases()
EXAMINER = Examiner(TEXTS, None, date(2026, 10, 20))
HOOVERING = ProposedSentence("Aina orkar inte dammsuga.", (("transcript", "s1", "u1", "orkar inte dammsuga"),))


class Desk:
    """One case, its collections and a writer."""

    def __init__(self, text: CaseText | None = None) -> None:
        self.cases, self.sources, self.writer = MemoryCases(), MemorySources([TRANSCRIPT]), ScriptedWriter()
        self.cases.open(text or a_text(), KEY, [])

    def request(self, key: str, *, is_under_way: bool = False) -> str:
        _, ticket = writing.request_proposal("case-1", key, MAJA, TEXTS, self.cases, is_under_way=is_under_way)
        return ticket

    def assignment(self, key: str) -> Assignment:
        task = writing.assignment("case-1", key, self.request(key), MAJA, self.cases, self.sources)
        assert task is not None
        return task

    def written(self, task: Assignment) -> Proposal:
        answer = self.writer.write(writing.writing_task(EKHAMRA, task))
        return writing.proposal(task, answer, EXAMINER, NOON)

    def propose(self, key: str) -> None:
        task = self.assignment(key)
        writing.land_proposal(task, self.written(task), self.cases, self.sources)


def test_a_proposal_lands_with_its_sentences_checked_and_its_manifest() -> None:
    desk = Desk()
    desk.writer.says["d6"] = (HOOVERING,)

    desk.propose("d6")

    section = desk.cases.get("case-1").section("d6")
    assert section.state is SectionState.PROPOSED
    assert [(each.text, each.origin, each.supported) for each in section.sentences] == [
        ("Aina orkar inte dammsuga.", Origin.MACHINE, True)
    ]
    assert section.manifest is not None
    assert [address for address, _ in section.manifest.inputs] == ["transcript/s1/u1", "transcript/s1/u2"]
    assert isinstance(desk.cases.announced[-1], facts.SectionProposed)


def test_a_lost_not_in_a_machines_sentence_is_caught() -> None:
    desk = Desk()
    desk.writer.says["d6"] = (replace(HOOVERING, text="Aina orkar dammsuga längre."),)

    desk.propose("d6")

    assert not desk.cases.get("case-1").section("d6").sentences[0].supported


@pytest.mark.parametrize(
    "quote",
    [("transcript", "s1", "u404", "orkar"), ("transcript", "s1", "u1", "orkar visst"), ("note", "s1", "u1", "")],
)
def test_a_citation_that_is_not_there_word_for_word_is_none(quote: tuple[str, str, str, str]) -> None:
    desk = Desk()
    desk.writer.says["d6"] = (replace(HOOVERING, quotes=(quote,)),)

    desk.propose("d6")

    sentence = desk.cases.get("case-1").section("d6").sentences[0]
    assert sentence.citations == ()
    assert not sentence.supported


def test_facts_are_written_from_what_was_said_and_assessments_also_from_approved_facts() -> None:
    desk = Desk(approved(a_text(), "health", "d6"))

    facts_from, assessed_from = desk.assignment("health"), Desk(approved(a_text(), "health", "d6"))
    assessment = assessed_from.assignment("assessment")

    assert {each.source for each in facts_from.material.parts} == {SourceKind.TRANSCRIPT}
    sections = assessment.material.of(SourceKind.SECTION)
    assert [(each.source_id, each.part_id) for each in sections] == [("health", "x-health"), ("d6", "x-d6")]
    assert not facts_from.needs_guidelines
    assert assessment.needs_guidelines


def test_what_a_human_handles_is_named_to_the_writer_and_cut_from_its_answer() -> None:
    text, _ = approved(a_text(), "health", "d6").handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)
    desk = Desk(text)
    desk.writer.says["assessment"] = (HOOVERING, ProposedSentence("Snöskottning kan inte beviljas.", ()))

    desk.propose("assessment")

    section = desk.cases.get("case-1").section("assessment")
    assert desk.writer.asked[-1].manual_supports == {"snoskottning"}
    assert [each.text for each in section.sentences] == ["Aina orkar inte dammsuga."]
    assert section.problem.startswith("1 ")
    assert "snoskottning" not in writing.question_for(desk_task(desk)).lower()


def desk_task(desk: Desk) -> Assignment:
    return desk.assignment("assessment")


def test_asking_twice_makes_one_job() -> None:
    desk = Desk()

    assert desk.request("d6")
    assert desk.request("d6", is_under_way=True) == ""


def test_a_heading_that_waits_for_a_job_that_is_gone_can_be_asked_for_again() -> None:
    desk = Desk()
    first = desk.request("d6")

    second = desk.request("d6", is_under_way=False)

    assert second not in ("", first)
    assert desk.cases.get("case-1").awaits("d6", second)


def test_no_assignment_is_left_when_a_human_has_written_meanwhile() -> None:
    desk = Desk()
    ticket = desk.request("d6")
    before = desk.cases.get("case-1")
    after, happened = before.edit("d6", (a_sentence(),), (), MAJA)
    desk.cases.save(before, after, happened)

    assert writing.assignment("case-1", "d6", ticket, MAJA, desk.cases, desk.sources) is None


def test_a_writer_that_cannot_is_told_of_in_the_cases_language() -> None:
    desk = Desk()
    ticket = desk.request("d6")

    writing.give_up_proposal("case-1", "d6", ticket, TEXTS, desk.cases)

    section = desk.cases.get("case-1").section("d6")
    assert section.state is SectionState.FAILED
    assert section.problem == TEXTS.say("notice.given_up", "sv")


def test_passages_that_a_writer_was_given_are_kept_with_the_case() -> None:
    desk = Desk(approved(a_text(), "health", "d6"))
    passage = Part(SourceKind.GUIDELINE, "g1", "p7", "Städning beviljas var tredje vecka.", heading="Städning")
    task = desk.assignment("assessment")
    task = replace(task, material=task.material.joined_with(Material((passage,)).parts))

    writing.land_proposal(task, desk.written(task), desk.cases, desk.sources)

    assert desk.sources.passages("case-1") == (passage,)


def test_the_same_material_gives_the_same_digests_and_other_words_give_others() -> None:
    one, other = Desk(), Desk()
    other.sources.kept = [replace(TRANSCRIPT, material=Material((replace(SAID, text="Jag orkar dammsuga."),)))]
    manifests = []
    for desk in (one, Desk(), other):
        desk.propose("d6")
        manifest = desk.cases.get("case-1").section("d6").manifest
        assert manifest is not None
        manifests.append(manifest)

    assert manifests[0].inputs == manifests[1].inputs
    assert manifests[0].output_digest == manifests[1].output_digest
    assert manifests[0].inputs[0] != manifests[2].inputs[0]
    assert manifests[0].output_digest != manifests[2].output_digest


def test_a_heading_that_the_template_lacks_is_not_found() -> None:
    with pytest.raises(NotFound):
        Desk().request("d7")
