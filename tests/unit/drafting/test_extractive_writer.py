# SPDX-License-Identifier: EUPL-1.2
"""The writer that needs no model keeps the sources' words, says whose they are, and judges nobody."""

from __future__ import annotations

from datetime import date

import pytest

from kernel.identity import TenantId
from services.drafting.adapters.extractive_writer import ExtractiveWriter
from services.drafting.domain.material import Application, Material, Part, Person, SourceKind
from services.drafting.ports import WritingTask, Written
from tests.unit.drafting.meetings import DANES, TEMPLATE, TEXTS, a_meeting, flags, section

WRITER = ExtractiveWriter(TEXTS)
APPLICATION = Application("Hjälp hemma.", date(2026, 10, 1), {"stad": "städning", "sno": "snöskottning"})


def written(key: str, material: Material, language: str = "sv", manual: frozenset[str] = frozenset()) -> Written:
    task = WritingTask(TenantId("ekhamra"), TEMPLATE, section(key), language, APPLICATION, material, manual)
    return WRITER.write(task)


def test_a_sentence_names_its_speaker_and_keeps_the_words() -> None:
    (sentence,) = written("d6", a_meeting("A: Golven orkar jag inte.")).sentences

    assert sentence.text == 'Aina Berggren uppger: "Golven orkar jag inte."'
    assert sentence.said_by == "A"
    assert sentence.quotes == (("transcript", "t1", "u1", "Golven orkar jag inte."),)


def test_a_short_answer_is_told_with_its_question_and_cites_both() -> None:
    (sentence,) = written("d4", a_meeting("H: Har du ramlat?", "A: Ja, tre gånger.")).sentences

    assert sentence.text == 'På frågan "Har du ramlat?" uppger Aina Berggren: "Ja, tre gånger."'
    assert [quote[2] for quote in sentence.quotes] == ["u1", "u2"]


def test_accounts_that_differ_are_told_together() -> None:
    meeting = a_meeting("H: Har du ramlat?", "A: En gång, i hallen.", "K: Två gånger, mamma.")

    (sentence,) = written("d4", meeting).sentences

    assert sentence.text.startswith("Uppgifterna skiljer sig åt.")
    assert 'Karl Berggren uppger: "Två gånger, mamma."' in sentence.text


@pytest.mark.parametrize("said", ['Han sa "nej" till golven.', "Golven orkar jag inte.", "Städa kan jag inte alls."])
def test_its_own_sentences_pass_the_checks(said: str) -> None:
    meeting = a_meeting(f"A: {said}")

    (sentence,) = written("d6", meeting).sentences

    assert flags(sentence.text, meeting) == set()


def test_somebody_without_a_name_is_told_by_role() -> None:
    meeting = a_meeting("A: Golven orkar jag inte.", people=(Person("A", "applicant"),))

    assert written("d6", meeting).sentences[0].text == 'Den enskilde uppger: "Golven orkar jag inte."'


def test_a_danish_meeting_is_told_in_danish() -> None:
    meeting = a_meeting("B: Rollatoren bruger jeg altid.", people=DANES)

    assert written("d4", meeting, "da").sentences[0].text == 'Egon Friis oplyser: "Rollatoren bruger jeg altid."'


def test_an_empty_heading_says_why() -> None:
    nothing = written("goals", a_meeting("A: Golven orkar jag inte."))

    assert nothing.sentences == ()
    assert nothing.problem == TEXTS.say("extract.nothing", "sv")


def test_the_same_task_gives_the_same_sentences() -> None:
    meeting = a_meeting("H: Har du ramlat?", "A: Ja, tre gånger.")

    assert written("d4", meeting) == written("d4", meeting)


FACTS = Material(
    (
        Part(SourceKind.SECTION, "d6", "s1", 'Aina Berggren uppger: "Städa orkar jag inte."', heading="Hemliv"),
        Part(SourceKind.SECTION, "d6", "s2", 'Karl Berggren uppger: "Jag kan inte skotta."', heading="Hemliv"),
        Part(SourceKind.GUIDELINE, "g1", "p1", "Städning beviljas var tredje vecka.", heading="Städning"),
        Part(SourceKind.GUIDELINE, "g1", "p2", "Snöskottning ingår inte.", heading="Snö"),
    )
)


def test_an_assessment_lists_facts_and_guidelines_as_they_stand() -> None:
    texts = [sentence.text for sentence in written("assessment", FACTS).sentences]

    assert 'Hemliv: Aina Berggren uppger: "Städa orkar jag inte."' in texts
    assert 'Riktlinjen Städning: "Städning beviljas var tredje vecka."' in texts


def test_nothing_is_written_about_what_a_human_handles() -> None:
    texts = " ".join(s.text for s in written("assessment", FACTS, manual=frozenset({"sno"})).sentences)

    assert "skotta" not in texts
    assert "Snö" not in texts
    assert "Städa" in texts
