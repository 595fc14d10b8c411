# SPDX-License-Identifier: EUPL-1.2
"""What is chosen from a meeting for a heading, and what is left out."""

from __future__ import annotations

from services.drafting.domain.extracts import Extract, extracts_for
from services.drafting.domain.material import Material
from tests.unit.drafting.meetings import TEMPLATE, a_meeting, section


def chosen(key: str, material: Material) -> tuple[Extract, ...]:
    return extracts_for(section(key), TEMPLATE, material, "sv")


def words(extracts: tuple[Extract, ...]) -> list[str]:
    return [" ".join(q.text for q in remark.quotes) for extract in extracts for remark in extract.remarks]


def test_a_statement_stands_under_the_heading_its_words_point_to() -> None:
    meeting = a_meeting("A: Dammsugaren är för tung.", "A: Rollatorn använder jag alltid.")

    assert words(chosen("d6", meeting)) == ["Dammsugaren är för tung."]
    assert words(chosen("d4", meeting)) == ["Rollatorn använder jag alltid."]


def test_a_short_answer_brings_its_question() -> None:
    (extract,) = chosen("d4", a_meeting("H: Har du ramlat?", "A: Ja, tre gånger."))

    question = extract.remarks[0].question
    assert question is not None
    assert question.text == "Har du ramlat?"


def test_a_question_states_nothing() -> None:
    assert chosen("d4", a_meeting("H: Klarar du trappan?", "K: Hur ska hon klara trappan?")) == ()


def test_accounts_that_differ_stand_together() -> None:
    meeting = a_meeting("H: Har du ramlat?", "A: En gång, i hallen.", "K: Två gånger, mamma.")

    (extract,) = chosen("d4", meeting)

    assert extract.differ
    assert [remark.part.part_id for remark in extract.remarks] == ["u2", "u3"]


def test_a_reservation_stays_with_what_it_limits() -> None:
    meeting = a_meeting("A: Golven sopar jag. Men inte om det gör ont.")

    assert words(chosen("d6", meeting)) == ["Golven sopar jag. Men inte om det gör ont."]


def test_what_somebody_asked_not_to_have_written_is_left_out() -> None:
    assert chosen("d6", a_meeting("A: Grannen städar åt mig. Det behöver du inte skriva.")) == ()


def test_numbers_to_reach_somebody_are_left_out() -> None:
    assert chosen("d6", a_meeting("A: Städfirman har nummer 070-174 06 12.")) == ()


def test_greetings_and_coffee_are_left_out() -> None:
    meeting = a_meeting(
        "H: Hej, hittade du städskrubben?",
        "A: Ja, precis vid trappan.",
        "H: Vill du ha kaffe?",
        "A: Ja tack.",
        "H: Hur går det med golven?",
        "A: Golven orkar jag inte.",
        "H: Tack för i dag.",
        "A: Tack själv, trappan är hal.",
        "H: Hej då.",
    )

    assert words(chosen("d6", meeting)) == ["Golven orkar jag inte."]


def test_a_caseworkers_note_of_the_application_counts() -> None:
    meeting = a_meeting(
        "H: Jag antecknar att du ansöker om städning.", "H: Jag har en hund som heter Bosse och städar."
    )

    assert words(chosen("application", meeting)) == ["Jag antecknar att du ansöker om städning."]
