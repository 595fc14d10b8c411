# SPDX-License-Identifier: EUPL-1.2
"""The checks tell a sentence that says what its source says from one that differs in a single thing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.domain.checks import examine, quote_for
from services.drafting.domain.material import Material, Part, Person, SourceKind
from services.drafting.domain.sentences import CheckKind, Citation, Verdict
from tests.unit.drafting.meetings import DANES, MET_ON, TEXTS, a_meeting, checks_of, citing, flags

MEETING = a_meeting(
    "A: Jag ramlade två gånger i augusti. Trappan klarar jag inte längre.",
    "K: Hon har gått ner fem kilo sedan i våras, det sa Gun-Britt.",
    "A: Städningen, för den orkar jag inte. Jag duschar en gång i veckan.",
)
DANISH = a_meeting(
    "B: Jeg faldt den femte marts. Jeg kan ikke komme op ad trappen.",
    "D: Han får otte timers hjælp om ugen.",
    people=DANES,
)


@pytest.mark.parametrize(
    "text",
    [
        "Trappan klarar jag inte längre.",
        "Aina Berggren uppger att trappan klarar jag inte längre.",
        'Aina Berggren säger: "Jag ramlade två gånger i augusti."',
        "Aina klarar inte trappan längre.",
        "Den enskilde uppger att hon ramlade 2 gånger i augusti.",
        "Enligt Aina Berggren klarar hon inte trappan.",
    ],
)
def test_a_true_sentence_is_not_flagged(text: str) -> None:
    assert flags(text, MEETING) == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Jag ramlade tre gånger i augusti.", CheckKind.NUMBERS),
        ("Jag ramlade 4 gånger i augusti.", CheckKind.NUMBERS),
        ("Jag ramlade andra gången i maj.", CheckKind.DATES),
        ("Jag ramlade två gånger i september.", CheckKind.DATES),
        ("Trappan klarar jag längre.", CheckKind.NEGATION),
        ("Jag ramlade inte två gånger i augusti.", CheckKind.NEGATION),
        ("Karl Berggren uppger att jag ramlade två gånger i augusti.", CheckKind.SPEAKER),
        ("Dottern uppger att trappan klarar jag inte längre.", CheckKind.SPEAKER),
        ('Aina Berggren säger: "Källaren klarar jag inte längre."', CheckKind.QUOTATION),
        ("Hushållet har två hundar som rastas om kvällen.", CheckKind.SUPPORT),
    ],
)
def test_what_the_source_does_not_say_is_flagged(text: str, kind: CheckKind) -> None:
    assert kind in flags(text, MEETING)


def test_a_name_that_the_source_does_not_give_fails() -> None:
    found = checks_of("Hon har gått ner fem kilo sedan i våras, det sa Siv.", MEETING, "u2")[CheckKind.NAMES]

    assert found.verdict is Verdict.FAIL
    assert "Siv" in found.detail


def test_a_participants_name_may_stand_for_the_pronoun_in_the_source() -> None:
    assert flags("Aina har gått ner fem kilo sedan i våras.", MEETING, "u2") == set()


def test_an_ordinal_is_not_the_number_it_counts_to() -> None:
    meeting = a_meeting("K: Åtta. Du kom hem den nittonde september.")

    assert flags("Du kom hem den åttonde september.", meeting) == {CheckKind.NUMBERS}
    assert flags("Du kom hem den 19 september.", meeting) == set()


def test_a_quote_that_leaves_out_its_not_fails() -> None:
    assert CheckKind.NEGATION in flags('Aina Berggren säger: "Trappan klarar jag"', MEETING)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Jag orkar int gå i trappan.", "Jag orkar gå i trappan."),
        ("Jag har ingen dator hemma.", "Jag har dator hemma."),
        ("Jag går aldrig ut på vintern.", "Jag går ut på vintern."),
        ("Jag kan knappt lyfta armen.", "Jag kan lyfta armen."),
    ],
)
def test_every_kind_of_not_counts(said: str, told: str) -> None:
    assert CheckKind.NEGATION in flags(told, a_meeting(f"A: {said}"))


@pytest.mark.parametrize(
    ("text", "part", "kind"),
    [
        ("Jeg faldt den sjette marts.", "u1", CheckKind.NUMBERS),
        ("Jeg faldt den femte april.", "u1", CheckKind.DATES),
        ("Jeg kan komme op ad trappen.", "u1", CheckKind.NEGATION),
        ("Tove Friis oplyser at jeg faldt den femte marts.", "u1", CheckKind.SPEAKER),
        ("Han får femogtyve timers hjælp om ugen.", "u2", CheckKind.NUMBERS),
        ("Han får otte timers hjælp om måneden.", "u2", CheckKind.DATES),
    ],
)
def test_danish_is_read_as_danish(text: str, part: str, kind: CheckKind) -> None:
    assert kind in flags(text, DANISH, part, language="da")


def test_a_true_danish_sentence_is_not_flagged() -> None:
    text = "Egon Friis oplyser at han ikke kan komme op ad trappen."

    assert flags(text, DANISH, "u1", language="da") == set()


def test_a_short_answer_is_supported_by_the_question_it_answers() -> None:
    meeting = a_meeting("H: Har du färdtjänst?", "A: Ja, det har jag haft i två år.")

    assert flags("Aina har haft färdtjänst i två år.", meeting, "u2") == set()


def test_people_who_differ_are_both_named() -> None:
    meeting = a_meeting("H: När duschade du?", "A: Jag duschade häromdagen.", "K: Du har inte duschat på tre veckor.")

    found = checks_of("Jag duschade häromdagen.", meeting, "u2")[CheckKind.CONFLICT]

    assert found.verdict is Verdict.WARNING
    assert "Karl Berggren" in found.detail
    assert "tre veckor" in found.detail


def test_a_sentence_that_cites_nothing_fails_support_and_nothing_else() -> None:
    checks = examine("Aina har tre barn.", (), MEETING, language="sv", texts=TEXTS, law=None, on=MET_ON)

    assert [(check.check, check.verdict) for check in checks] == [(CheckKind.SUPPORT, Verdict.FAIL)]


def test_a_citation_of_a_part_that_is_not_there_fails_support() -> None:
    unknown = Citation(SourceKind.TRANSCRIPT, "t1", "u99", "")

    checks = examine("Trappan klarar jag inte.", (unknown,), MEETING, language="sv", texts=TEXTS, law=None, on=MET_ON)

    assert checks[0].verdict is Verdict.FAIL
    assert "u99" in checks[0].detail


def test_a_citation_whose_quote_has_left_the_part_fails() -> None:
    cited = (Citation(SourceKind.TRANSCRIPT, "t1", "u1", "Trappan klarar jag bra."),)

    checks = examine("Trappan klarar jag inte.", cited, MEETING, language="sv", texts=TEXTS, law=None, on=MET_ON)

    assert CheckKind.QUOTATION in {each.check for each in checks if each.verdict is Verdict.FAIL}


class RepealedLaw:
    """A book in which one paragraph is no longer in force."""

    def check_reference(self, text: str, on: date) -> Repealed | None:
        return Repealed() if "4 kap. 1 §" in text and on > date(2025, 6, 30) else None


class Repealed:
    def message(self, language: str) -> str:
        return f"4 kap. 1 § ({language})"


def test_a_paragraph_that_is_not_in_force_fails_on_the_day_that_counts() -> None:
    cited = citing(MEETING, "u1")
    text = "Insatsen ges enligt 4 kap. 1 § SoL."

    checks = examine(text, cited, MEETING, language="sv", texts=TEXTS, law=RepealedLaw(), on=MET_ON)
    earlier = examine(text, cited, MEETING, language="sv", texts=TEXTS, law=RepealedLaw(), on=date(2024, 1, 1))

    assert checks[-1].verdict is Verdict.FAIL
    assert earlier[-1].verdict is Verdict.OK


@given(st.text(max_size=80), st.text(min_size=1, max_size=120))
def test_a_quote_always_stands_in_the_part(text: str, said: str) -> None:
    part = Part(SourceKind.TRANSCRIPT, "t1", "u1", said, "A")

    quote = quote_for(text, part)

    assert quote in said
    assert quote


def test_the_quote_is_the_sentence_that_carries_the_claim() -> None:
    part = MEETING.parts[0]

    assert quote_for("Aina klarar inte trappan.", part) == "Trappan klarar jag inte längre."


@given(st.text(max_size=200))
def test_no_text_breaks_the_checks(text: str) -> None:
    checks = examine(text, citing(MEETING, "u1"), MEETING, language="sv", texts=TEXTS, law=None, on=MET_ON)

    assert checks


@pytest.mark.parametrize(("said", "told"), [("artros", "cancer"), ("knäna", "armarna"), ("hör", "ser")])
def test_one_exchanged_word_is_named(said: str, told: str) -> None:
    part = Part(SourceKind.TRANSCRIPT, "t1", "u1", "Jag har artros i båda knäna och hör dåligt på vänster öra.", "B")
    cited = (Citation(SourceKind.TRANSCRIPT, "t1", "u1", part.text),)
    material = Material((part,), (Person("B", "applicant", "Berit Ahlgren"),))

    found = examine(part.text.replace(said, told), cited, material, language="sv", texts=TEXTS, law=None, on=MET_ON)

    support = next(each for each in found if each.check is CheckKind.SUPPORT)
    assert support.verdict is Verdict.WARNING
    assert told in support.detail


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Jag orkar inte dammsuga längre.", "Aina Berggren orkar dammsuga."),
        ("Jag orkar inte dammsuga längre, men diska kan jag.", "Aina Berggren kan inte diska."),
        ("Jag vill inte ha nattbesök.", "Aina vill ha nattbesök."),
    ],
)
def test_the_opposite_in_few_words_is_not_supported(said: str, told: str) -> None:
    """A wrong "not" costs somebody their help: it blocks approval, however freely the rest is told."""
    part = Part(SourceKind.TRANSCRIPT, "t1", "u1", said, "A")
    cited = (Citation(SourceKind.TRANSCRIPT, "t1", "u1", said),)
    material = Material((part,), (Person("A", "applicant", "Aina Berggren"),))

    found = examine(told, cited, material, language="sv", texts=TEXTS, law=None, on=MET_ON)

    assert [each.check for each in found if each.verdict is Verdict.FAIL] == [CheckKind.NEGATION]
