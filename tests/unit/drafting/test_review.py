# SPDX-License-Identifier: EUPL-1.2
"""Every kind of finding over the whole text, and no finding where the text is sound."""

from __future__ import annotations

from dataclasses import replace

from services.drafting.domain.material import Material, SourceKind
from services.drafting.domain.review import Finding, FindingKind, ReviewedSection, review
from services.drafting.domain.sentences import Citation, Sentence
from services.drafting.domain.templates import SectionKind
from tests.unit.drafting.meetings import TEMPLATE, TEXTS, a_meeting, a_sentence, citing

MEETING = a_meeting("A: Golven orkar jag inte dammsuga.", "A: Rollatorn använder jag alltid i trappan.")
STEPS = a_sentence("Rollatorn använder jag alltid i trappan.", *citing(MEETING, "u2"), id="d4-1")
FLOORS = a_sentence("Golven orkar jag inte dammsuga.", *citing(MEETING, "u1"), id="d6-1")
ASKED = a_sentence("Ansökan gäller städning.", id="a-1")
PROPOSED = a_sentence("Hjälp med golven föreslås.", id="p-1")


def a_text(**sentences: tuple[Sentence, ...]) -> tuple[ReviewedSection, ...]:
    """A sound text but for the headings that are named."""
    sound = {"application": (ASKED,), "d4": (STEPS,), "d6": (FLOORS,), "goals": (), "assessment": (FLOORS,)}
    sound |= {"proposal": (PROPOSED,), "appeal": ()}
    return tuple(
        ReviewedSection(s.key, s.title, s.kind, "approved", False, sentences.get(s.key, sound[s.key]))
        for s in TEMPLATE.sections
    )


def found(sections: tuple[ReviewedSection, ...], material: Material = MEETING) -> dict[FindingKind, list[Finding]]:
    findings = review(sections, TEMPLATE, material, language="sv", texts=TEXTS)
    return {kind: [each for each in findings if each.kind is kind] for kind in {each.kind for each in findings}}


def test_a_sound_text_has_no_findings() -> None:
    assert found(a_text()) == {}


def test_a_mandatory_heading_without_text_is_missing() -> None:
    (finding,) = found(a_text(assessment=()))[FindingKind.MISSING_SECTION]

    assert finding.sections == ("assessment",)


def test_a_heading_set_aside_on_purpose_is_not_missing() -> None:
    sections = tuple(replace(s, set_aside=True) if s.key == "assessment" else s for s in a_text(assessment=()))

    assert FindingKind.MISSING_SECTION not in found(sections)


def test_a_stale_heading_is_found() -> None:
    sections = tuple(replace(s, stale=s.key == "proposal") for s in a_text())

    assert found(sections)[FindingKind.STALE][0].sections == ("proposal",)


def test_a_quote_that_no_longer_stands_in_its_source_is_found() -> None:
    changed = replace(FLOORS, citations=(Citation(SourceKind.TRANSCRIPT, "t1", "u1", "Golven klarar jag."),))

    assert found(a_text(d6=(changed,)))[FindingKind.QUOTATION][0].sentence_ids == ("d6-1",)


def test_a_quote_of_a_heading_that_was_edited_is_found() -> None:
    late = a_sentence("Hjälp föreslås.", Citation(SourceKind.SECTION, "d6", "d6-1", "Golven klarar jag."), id="p-2")

    assert found(a_text(proposal=(PROPOSED, late)))[FindingKind.QUOTATION][0].sentence_ids == ("p-2",)


def test_sentences_that_deny_each_other_contradict() -> None:
    denied = a_sentence("Aina använder inte rollatorn i trappan.", id="d4-2")
    told = a_sentence("Aina använder rollatorn i trappan.", id="d4-3")

    (finding,) = found(a_text(d4=(STEPS, told, denied)))[FindingKind.CONTRADICTION][:1]

    assert "d4-2" in finding.sentence_ids


def test_a_conflict_between_people_is_named_with_both_sides() -> None:
    meeting = a_meeting("A: Golven orkar jag inte dammsuga.", "K: Du orkar dammsuga golven.")

    (finding,) = found(a_text(d4=()), meeting)[FindingKind.CONFLICT_UNRESOLVED]

    assert "Aina Berggren" in finding.text
    assert "Karl Berggren" in finding.text


def test_a_need_that_the_proposal_does_not_take_up_is_found() -> None:
    other = a_sentence("Färdtjänst föreslås.", id="p-2")

    assert found(a_text(proposal=(other,)))[FindingKind.UNMET_NEED][0].sections == ("d6",)


def test_a_goal_without_a_need_is_found() -> None:
    goal = a_sentence("Aina vill lära sig spanska.", id="g-1")

    assert found(a_text(goals=(goal,)))[FindingKind.GOAL_WITHOUT_NEED][0].sentence_ids == ("g-1",)


def test_what_was_said_and_is_not_told_is_found() -> None:
    own = a_sentence("Aina har ont.", id="d4-9")

    assert found(a_text(d4=(own,)))[FindingKind.OMISSION][0].sections == ("d4",)


def test_findings_come_with_the_serious_ones_first() -> None:
    sections = tuple(replace(s, stale=s.key == "proposal") for s in a_text(assessment=()))

    assert [each.severity for each in review(sections, TEMPLATE, MEETING, language="sv", texts=TEXTS)] == [
        "serious",
        "warning",
    ]


def test_kinds_of_headings_are_the_templates() -> None:
    assert {section.kind for section in a_text()} == set(SectionKind)
