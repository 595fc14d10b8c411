# SPDX-License-Identifier: EUPL-1.2
"""The case as one document: numbering of sources, what came from whom, what is unfinished."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from services.drafting.domain.document import document_of
from services.drafting.domain.material import SourceKind
from services.drafting.domain.section import Section, SectionState
from services.drafting.domain.sentences import Origin, Sentence
from tests.unit.drafting.documented_cases import (
    DECISION,
    GUIDELINE,
    PASSAGES,
    SENTENCES,
    SETTING,
    SHOWER,
    TRANSCRIPT,
    a_case_text,
    a_document,
    cited,
)


def test_a_place_cited_twice_has_one_number() -> None:
    sections = {each.key: each for each in a_document().sections}

    assert sections["d5"].sentences[0].sources == (1,)
    assert sections["assessment"].sentences[0].sources == (1, 3)


def test_every_number_leads_to_its_quote_and_who_said_it() -> None:
    first, second, third = a_document().sources

    assert (first.quote, first.speaker, first.role, first.met_on) == (
        SHOWER.quote,
        "Aina Berggren",
        "applicant",
        date(2026, 10, 14),
    )
    assert (second.speaker, second.role) == ("Karl Berggren", "relative")
    assert (third.kind, third.heading, third.quote) == (SourceKind.GUIDELINE, "Personlig omvårdnad", GUIDELINE.quote)


def test_an_earlier_heading_as_source_is_named_by_its_title() -> None:
    earlier = cited("x1", "vågar inte duscha", SourceKind.SECTION, "d5")
    sentence = Sentence("y", "Behov finns.", Origin.MACHINE, (earlier,))
    text = a_case_text(assessment=Section("case-1", "assessment", SectionState.APPROVED, sentences=(sentence,)))

    document = a_document(text)

    assert document.sources[-1].heading == "Personlig vård"


def test_the_share_counts_sentences_and_words_by_origin() -> None:
    share = a_document().share

    assert share.sentences == {Origin.MACHINE: 2, Origin.MACHINE_EDITED: 1, Origin.HUMAN: 1}
    assert share.words == {Origin.MACHINE: 9, Origin.MACHINE_EDITED: 2, Origin.HUMAN: 3}
    assert share.answered_for == 1


def test_what_comes_from_law_data_is_no_machines_share() -> None:
    generated = Section("case-1", "appeal", SectionState.APPROVED, sentences=SENTENCES["d5"])

    assert a_document(a_case_text(appeal=generated)).share == a_document().share


def test_the_appeal_stands_in_the_document_also_when_its_heading_is_empty() -> None:
    appeal = a_document().sections[-1]

    assert [each.text for each in appeal.sentences] == [
        "Du kan överklaga beslutet.",
        "Skicka överklagandet till nämnden.",
    ]


def test_a_heading_that_is_not_approved_or_is_stale_is_unfinished() -> None:
    proposed = Section("case-1", "d5", SectionState.PROPOSED, sentences=SENTENCES["d5"])

    assert a_document(a_case_text(d5=proposed)).unfinished == ("Personlig vård",)
    assert a_document().unfinished == ()


def test_a_human_who_answers_for_a_sentence_is_quoted() -> None:
    assert a_document().sections[2].sentences[1].answered_for == "Egen iakttagelse vid hembesöket."


def test_a_decision_late_in_the_evening_is_of_the_day_where_it_was_made() -> None:
    decision = a_document().decision

    assert decision is not None
    assert decision.decided_on == date(2026, 10, 22)


def test_an_outcome_bears_the_name_of_its_support() -> None:
    decision = a_document().decision

    assert decision is not None
    assert [each.label for each in decision.outcomes] == ["Dusch", "Snöskottning"]


def test_a_source_that_is_gone_still_has_its_quote() -> None:
    document = document_of(
        a_case_text(),
        [replace(TRANSCRIPT, id="another")],
        PASSAGES,
        communications=[],
        decision=DECISION,
        appeal=(),
        setting=SETTING,
    )

    assert document.sources[0].quote == SHOWER.quote
    assert document.sources[0].speaker == ""
