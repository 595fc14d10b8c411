# SPDX-License-Identifier: EUPL-1.2
"""What a case's entries tell about machine support, in numbers and in four languages."""

from pathlib import Path
from typing import Any

import pytest

from kernel.texts import LANGUAGES, Texts
from services.audit.api.statement import in_words
from services.audit.domain import Sentences, statement_from
from services.audit.domain.statement import Writer

TEXTS = Texts.load(Path(__file__).parents[3] / "services" / "audit" / "texts")
LOG = ("log.example/audit/ekhamra", 9)


def an_entry(index: int, name: str, **details: object) -> dict[str, Any]:
    return {"index": index, "type": f"underlag.drafting.v1.{name}", "details": details, "digests": {}}


def written(index: int, name: str, section: str, counts: tuple[int, int, int], **details: object) -> dict[str, Any]:
    machine, edited, human = counts
    return an_entry(
        index,
        name,
        section_key=section,
        sentences_machine=machine,
        sentences_machine_edited=edited,
        sentences_human=human,
        **details,
    )


CASE = [
    an_entry(0, "SourceAdded", kind="transcript"),
    an_entry(1, "SourceAdded", kind="note"),
    written(2, "SectionProposed", "health", (5, 0, 0), writer_name="ordagrant", writer_kind="extractive"),
    written(3, "SectionEdited", "health", (3, 1, 2)),
    {"index": 4, "type": "underlag.audit.v1.CaseContentRead", "details": {}, "digests": {}},
    an_entry(5, "SentenceResolved", section_key="health"),
    written(6, "SectionApproved", "health", (3, 1, 2)),
    written(7, "SectionEdited", "wishes", (0, 0, 1)),
    an_entry(8, "DecisionRecorded", decided_at="2026-03-02T12:00:00.000Z"),
]


def test_a_section_counts_as_it_stands_last() -> None:
    statement = statement_from(CASE)

    assert [(each.key, each.sentences, each.is_approved, each.entry) for each in statement.sections] == [
        ("health", Sentences(3, 1, 2), True, 6),
        ("wishes", Sentences(0, 0, 1), False, 7),
    ]
    assert statement.total == Sentences(3, 1, 3)
    assert statement.rests_on == [0, 1, 2, 3, 5, 6, 7, 8]


def test_what_wrote_and_what_it_was_given_is_told() -> None:
    statement = statement_from(CASE)

    assert statement.proposals == {Writer("ordagrant", "extractive", "", ""): 1}
    assert statement.sources == {"transcript": 1, "note": 1}
    assert (statement.resolved_by_human, statement.decided_at[:10]) == (1, "2026-03-02")


def test_a_section_that_became_stale_is_approved_no_longer() -> None:
    statement = statement_from([*CASE, an_entry(9, "SectionMadeStale", section_key="health")])

    assert not statement.sections[0].is_approved
    assert statement.sections[0].sentences == Sentences(3, 1, 2)


def test_supports_and_whole_cases_by_hand_are_told_apart() -> None:
    some = statement_from([an_entry(0, "ManualHandlingChosen", whole_case=False)])
    all_of_it = statement_from([an_entry(0, "ManualHandlingChosen", whole_case=True)])

    assert (some.supports_by_hand, some.is_all_by_hand) == (1, False)
    assert (all_of_it.supports_by_hand, all_of_it.is_all_by_hand) == (0, True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_say_every_number_in_every_language(language: str) -> None:
    said = in_words(statement_from(CASE), "case-1", LOG, TEXTS, language)

    for number in ("7", "3", "1", "case-1", "health", "ordagrant", "2026-03-02", LOG[0]):
        assert number in said
    assert "0, 1, 2, 3, 5, 6, 7, 8" in said
    assert "{" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_words_of_its_own(language: str) -> None:
    statement = statement_from(CASE)
    said = {each: in_words(statement, "case-1", LOG, TEXTS, each) for each in LANGUAGES}

    assert [each for each in LANGUAGES if said[each] == said[language]] == [language]


def test_a_case_written_by_humans_alone_says_so() -> None:
    by_hand = statement_from([written(0, "SectionApproved", "health", (0, 0, 4))])

    assert TEXTS.say("statement.no_machine", "sv") in in_words(by_hand, "case-1", LOG, TEXTS, "sv")
    assert TEXTS.say("statement.no_machine", "sv") not in in_words(statement_from(CASE), "case-1", LOG, TEXTS, "sv")


def test_a_case_without_text_says_so_and_that_no_decision_is_recorded() -> None:
    said = in_words(statement_from(CASE[:1]), "case-1", LOG, TEXTS, "en")

    assert "There is no text in the case yet." in said
    assert "No decision has been recorded." in said
