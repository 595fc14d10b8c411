# SPDX-License-Identifier: EUPL-1.2
"""Every keeper of cases, sources and records behaves the same, so a test may use the quick ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest

from kernel.errors import NotFound, PreconditionFailed
from kernel.identity import TenantId, new_id
from kernel.store import Work
from services.drafting.domain.case import ScopeVerdict
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision, How, Outcome, OutcomeKind, Period
from services.drafting.domain.digests import template_digest
from services.drafting.domain.material import Material, Part, SourceKind
from services.drafting.domain.records import Edition, Review, ReviewFinding
from services.drafting.domain.sources import TranscriptNotApproved
from services.drafting.ports import Cases, Records, Sources
from services.drafting.store import SqlCases, SqlRecords, SqlSources, SqlTemplates
from tests.conftest import Database
from tests.unit.drafting.casework import (
    KEY,
    MAJA,
    NOON,
    TEMPLATE,
    TRANSCRIPT,
    a_case,
    a_resolution,
    a_sentence,
    approved,
    proposed,
)
from tests.unit.drafting.memory import MemoryCases, MemoryRecords, MemorySources


@dataclass
class Archive:
    cases: Cases
    sources: Sources
    records: Records

    def take(self, before: CaseText, step: Callable[[CaseText], tuple[CaseText, tuple[object, ...]]]) -> CaseText:
        after, happened = step(before)
        self.cases.save(before, after, happened)  # type: ignore[arg-type] # facts
        return self.cases.get(after.case.id)


@pytest.fixture(params=["memory", "sql"])
def archive(request: pytest.FixtureRequest) -> Iterator[Archive]:
    if request.param == "memory":
        yield Archive(MemoryCases(), MemorySources(), MemoryRecords())
        return
    with request.getfixturevalue("database")("drafting").transactions(TenantId("ekhamra")) as work:
        yield Archive(SqlCases(work), SqlSources(work), SqlRecords(work))


def opened(archive: Archive, case_id: str = "case-1") -> CaseText:
    text = CaseText.opened(a_case(id=case_id, template_digest=template_digest(TEMPLATE)), TEMPLATE)
    archive.cases.open(text, KEY, [])
    return text


def test_an_opened_case_comes_back_as_it_was(archive: Archive) -> None:
    text = opened(archive)

    assert archive.cases.get("case-1") == archive.cases.locked("case-1") == text
    assert archive.cases.key("case-1") == KEY


def test_a_case_that_is_opened_with_something_under_a_heading_comes_back_as_it_was(archive: Archive) -> None:
    empty = CaseText.opened(a_case(template_digest=template_digest(TEMPLATE)), TEMPLATE)
    middle = list(empty.sections)[1]
    begun = replace(empty.sections[middle], problem="Inget att läsa.", revision=1)
    text = replace(empty, sections={**empty.sections, middle: begun})

    archive.cases.open(text, KEY, [])

    assert archive.cases.get(text.case.id) == text


def test_a_case_that_was_never_opened_is_not_found(archive: Archive) -> None:
    for look in (archive.cases.get, archive.cases.locked):
        with pytest.raises(NotFound):
            look("case-404")


def test_every_step_of_a_text_comes_back_as_it_was_taken(archive: Archive) -> None:
    before = opened(archive)
    after = approved(before, "health", "d6")
    after = proposed(after, "assessment", a_sentence("y1", resolution=a_resolution()))
    after, _ = after.edit("d6", (a_sentence("x-d6", "Annat."),), (), MAJA)
    after, _ = after.handle_manually("snoskottning", "Väntat avslag.", NOON, MAJA)
    after, _ = after.decide_scope(replace(after.case.scope, verdict=ScopeVerdict.WITHIN, by=MAJA.id), MAJA)

    archive.cases.save(before, after, [])

    assert archive.cases.get("case-1") == after


def test_a_sentence_that_was_taken_out_is_still_known_by_its_id(archive: Archive) -> None:
    text = opened(archive)
    text = archive.take(text, lambda t: t.edit("d6", (a_sentence("x1"), a_sentence("x2")), (), MAJA))
    text = archive.take(text, lambda t: t.edit("d6", (a_sentence("x2", "Annat."),), (), MAJA))

    earlier = archive.cases.earlier_sentences("case-1", "d6")

    assert {key: each.text for key, each in earlier.items()} == {"x1": a_sentence().text, "x2": "Annat."}
    assert archive.cases.earlier_sentences("case-1", "health") == {}


def test_every_revision_of_a_text_is_kept(archive: Archive) -> None:
    first = archive.take(opened(archive), lambda t: t.edit("d6", (a_sentence("x1"),), (), MAJA))
    archive.take(first, lambda t: t.edit("d6", (), (), MAJA))

    revision = first.section("d6").revision

    assert archive.cases.sentences_at("case-1", "d6", revision) == (a_sentence("x1"),)
    assert archive.cases.sentences_at("case-1", "d6", revision + 1) == ()
    assert archive.cases.sentences_at("case-1", "d6", revision + 9) is None


def test_cases_are_listed_newest_first_and_page_by_page(archive: Archive) -> None:
    ids = sorted(new_id() for _ in range(5))
    for each in ids:
        opened(archive, each)

    first = archive.cases.listed(None, 3, None)
    second = archive.cases.listed(first[-1].id, 3, "open")

    assert [each.id for each in (*first, *second)] == ids[::-1]
    assert archive.cases.listed(None, 3, "stopped") == ()


def test_sources_come_back_in_the_order_they_were_added(archive: Archive) -> None:
    opened(archive)
    later = replace(TRANSCRIPT, id="s0", added_at=NOON.replace(hour=14), material=Material())
    archive.sources.add(TRANSCRIPT)
    archive.sources.add(later)

    assert archive.sources.of("case-1") == (TRANSCRIPT, later)
    assert archive.sources.of("case-2") == ()


def test_a_passage_is_kept_as_it_read_the_first_time(archive: Archive) -> None:
    passage = Part(SourceKind.GUIDELINE, "g1", "p7", "Var tredje vecka.", heading="Städning")
    other = Part(SourceKind.GUIDELINE, "g1", "p2", "En gång i veckan.", heading="Dusch")
    archive.sources.keep_passages("case-1", Material((passage, *TRANSCRIPT.material.parts)))
    archive.sources.keep_passages("case-1", Material((replace(passage, text="Varje dag."), other)))

    assert archive.sources.passages("case-1") == (other, passage)


def test_a_transcript_is_approved_once_and_for_all(archive: Archive) -> None:
    with pytest.raises(TranscriptNotApproved):
        archive.sources.approved_digest("t1")

    archive.sources.note_approval("t1", "first", NOON)
    archive.sources.note_approval("t1", "second", NOON)

    assert archive.sources.approved_digest("t1") == "first"


def test_what_was_told_and_decided_comes_back_as_it_was_recorded(archive: Archive) -> None:
    told = Communication("k1", NOON, How.E_SERVICE, date(2026, 10, 27), "Jag håller med.", MAJA.id)
    period = Period(date(2026, 11, 1), date(2027, 10, 31))
    outcome = Outcome("stadning", OutcomeKind.GRANTED, "SoL (2025:400) 11 kap. 1 §", period)
    decision = Decision("d1", (outcome,), "Nämnden", NOON, MAJA.id, NOON)
    review = Review("r1", NOON, MAJA.id, (ReviewFinding("stale", "warning", ("d6",), ("x1",), "Inaktuell."),))

    archive.records.add_communication("case-1", told)
    archive.records.add_decision("case-1", decision)
    archive.records.add_review("case-1", review)

    assert archive.records.communications("case-1") == (told,)
    assert archive.records.decision("case-1") == decision
    assert archive.records.decision("case-2") is None


@pytest.fixture
def work(database: Callable[[str], Database]) -> Iterator[Work]:
    with database("drafting").transactions(TenantId("ekhamra")) as work:
        yield work


def test_a_municipalitys_edition_takes_the_shipped_ones_place_and_open_cases_keep_theirs(work: Work) -> None:
    cases, templates = SqlCases(work), SqlTemplates(work, {TEMPLATE.key: TEMPLATE})
    text = CaseText.opened(a_case(template_digest=template_digest(TEMPLATE)), TEMPLATE)
    cases.open(text, KEY, [])
    reworded = replace(TEMPLATE, title="Vår utredning")
    edition = Edition(reworded, 1, template_digest(reworded))

    templates.replace(edition, "chef@ekhamra", NOON)

    assert templates.current(TEMPLATE.key) == edition
    assert templates.all() == (edition,)
    assert cases.get("case-1").template == TEMPLATE


def test_two_managers_do_not_overwrite_each_other(work: Work) -> None:
    templates = SqlTemplates(work, {TEMPLATE.key: TEMPLATE})
    edition = Edition(TEMPLATE, 1, template_digest(TEMPLATE))
    templates.replace(edition, "chef@ekhamra", NOON)

    with pytest.raises(PreconditionFailed):
        templates.replace(edition, "annan@ekhamra", NOON)
