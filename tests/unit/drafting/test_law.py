# SPDX-License-Identifier: EUPL-1.2
"""Law by date, on a small book of its own: what counts is the rules, not the data that is shipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.drafting.domain.law import Act, Appeal, LawBook, LegalProblem, Paragraph, Phrase, Validity
from services.drafting.domain.references import ParagraphNumber, Sign
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

LAST_OLD_DAY, FIRST_NEW_DAY = date(2025, 6, 30), date(2025, 7, 1)
NEW_SUPPORT, NEW_AID = "SoL (2025:400) 11 kap. 1 §", "SoL (2025:400) 12 kap. 1 §"


class SpokenKeys:
    """Texts that say their key and their values."""

    def say(self, key: str, language: str, **values: object) -> str:
        if key == "date.months":
            return " ".join(str(month) for month in range(1, 13))
        return " ".join([language, key, *(str(each) for each in values.values())])


OLD = Act(
    "sol-2001",
    "socialtjänstlagen",
    "SoL",
    (),
    "2001:453",
    "",
    Validity(date(2002, 1, 1), LAST_OLD_DAY),
    {
        ParagraphNumber("1", "4"): Paragraph(
            "bistånd", is_basis=True, moved_to=(NEW_SUPPORT, NEW_AID), cues=("bevilj", "bistånd")
        ),
        ParagraphNumber("5", "11"): Paragraph(
            "dokumentation", moved_to=("SoL (2025:400) 14 kap. 3 §",), cues=("dokument",)
        ),
    },
)
NEW = Act(
    "sol-2025",
    "socialtjänstlagen",
    "SoL",
    (),
    "2025:400",
    "",
    Validity(FIRST_NEW_DAY),
    {
        ParagraphNumber("1", "4"): Paragraph("yttersta ansvar"),
        ParagraphNumber("1", "11"): Paragraph("insatser", is_basis=True),
        ParagraphNumber("5", "11"): Paragraph("utan behovsprövning", is_basis=True),
        ParagraphNumber("1", "12"): Paragraph("ekonomiskt bistånd", is_basis=True),
        ParagraphNumber("3", "14"): Paragraph("dokumentation"),
        ParagraphNumber("2 a", "16"): Paragraph("gallring", validity=Validity(date(2026, 1, 15))),
    },
    last=35,
)
BOOK = LawBook(
    Sign.AFTER,
    (NEW, OLD),
    (
        Phrase("skälig levnadsnivå", "sol-2025", frozenset({"11"}), "skäliga levnadsförhållanden"),
        Phrase("skäliga levnadsförhållanden", "sol-2025", frozenset({"12"}), "skälig levnadsnivå"),
    ),
    (
        Appeal(frozenset({"sol-2025"}), Validity(FIRST_NEW_DAY), "35 kap.", {"en": ("Send to {send_to}.", "{source}")}),
        Appeal(frozenset({"sol-2001"}), Validity(None, LAST_OLD_DAY), "16 kap.", {"en": ("{source}",)}),
    ),
    {"send_to": "the board", "court": "the court"},
    SpokenKeys(),
)
TEMPLATE = Template(
    "sv-ibic-vuxen",
    "",
    "sv",
    "SE",
    ("SoL 11 kap. 1 §",),
    (TemplateSection("appeal", "", SectionKind.DECISION, generated=True),),
)


def problem(text: str, on: date = FIRST_NEW_DAY) -> tuple[LegalProblem, str | None] | None:
    found = BOOK.check_reference(text, on)
    return (found.kind, found.in_force_instead) if found else None


def test_a_repealed_paragraph_names_what_came_in_its_place() -> None:
    found = BOOK.check_reference("SoL (2001:453) 4 kap. 1 §", FIRST_NEW_DAY)

    assert found is not None
    assert found.kind is LegalProblem.NOT_IN_FORCE
    assert found.in_force_instead == f"{NEW_SUPPORT} / {NEW_AID}"
    assert NEW_SUPPORT in found.message("sv")


def test_the_number_of_a_law_decides_however_it_is_written() -> None:
    assert problem("socialtjänstlagen (SFS 2001:453) 4 kap. 1 §") is not None
    assert problem("socialtjänstlagen (SFS 2025:400) 11 kap. 1 §") is None


def test_a_paragraph_holds_on_its_last_day() -> None:
    assert problem("SoL (2001:453) 4 kap. 1 §", LAST_OLD_DAY) is None


def test_a_new_paragraph_does_not_hold_the_day_before_and_names_the_old_one() -> None:
    assert problem("SoL (2025:400) 11 kap. 1 §", LAST_OLD_DAY) == (
        LegalProblem.NOT_IN_FORCE,
        "SoL (2001:453) 4 kap. 1 §",
    )


@given(st.integers(min_value=-4000, max_value=4000))
def test_exactly_one_of_two_acts_holds_on_any_day(days: int) -> None:
    on = FIRST_NEW_DAY + timedelta(days=days)

    new, old = problem("SoL (2025:400) 11 kap. 1 §", on), problem("SoL (2001:453) 4 kap. 1 §", on)

    assert (new is None) is (on >= FIRST_NEW_DAY)
    assert (old is None) is (on < FIRST_NEW_DAY)


def test_a_bare_name_means_the_act_in_force_on_the_day() -> None:
    assert problem("11 kap. 1 § SoL", FIRST_NEW_DAY) is None
    assert problem("4 kap. 1 § SoL", LAST_OLD_DAY) is None


def test_an_old_number_used_for_its_old_subject_is_found() -> None:
    assert problem("Hemtjänst beviljas enligt 4 kap. 1 § SoL.") == (
        LegalProblem.RENUMBERED,
        f"{NEW_SUPPORT} / {NEW_AID}",
    )


def test_the_same_number_used_for_its_new_subject_is_right() -> None:
    assert problem("Kommunen har det yttersta ansvaret enligt 4 kap. 1 § SoL.") is None


@pytest.mark.parametrize("text", ["SoL (2025:400) 4 kap. 1 §", "4 kap. 1 § socialtjänstlagen", "SoL 4 kap 1 §"])
def test_four_one_is_no_basis_for_a_support_any_more(text: str) -> None:
    found = BOOK.check_basis(text, FIRST_NEW_DAY)

    assert found is not None
    assert NEW_SUPPORT in str(found.in_force_instead)


def test_a_right_to_support_is_a_basis() -> None:
    assert BOOK.check_basis("SoL (2025:400) 11 kap. 1 §", FIRST_NEW_DAY) is None
    assert BOOK.check_basis("SoL (2001:453) 4 kap. 1 §", LAST_OLD_DAY) is None


def test_a_basis_may_name_rules_of_procedure_beside_the_right() -> None:
    assert BOOK.check_basis("SoL (2025:400) 11 kap. 1 §, 14 kap. 3 §", FIRST_NEW_DAY) is None


def test_rules_of_procedure_alone_are_no_basis() -> None:
    found = BOOK.check_basis("SoL 14 kap. 3 §", FIRST_NEW_DAY)

    assert found is not None
    assert found.kind is LegalProblem.NO_BASIS


@pytest.mark.parametrize("text", ["hittepålagen 3 §", "SoL (1980:620) 6 §", "lagen (1980:620) 6 §"])
def test_a_basis_in_no_known_law_is_found(text: str) -> None:
    found = BOOK.check_basis(text, FIRST_NEW_DAY)

    assert found is not None
    assert found.kind is LegalProblem.UNKNOWN_LAW


@pytest.mark.parametrize("text", ["", "riktlinjerna", "9 §", "SoL (2025:400)", "enligt lagen"])
def test_a_basis_without_law_and_paragraph_is_found(text: str) -> None:
    found = BOOK.check_basis(text, FIRST_NEW_DAY)

    assert found is not None
    assert found.kind is LegalProblem.NO_PARAGRAPH


def test_a_law_may_be_named_by_its_number_alone() -> None:
    assert BOOK.check_basis("11 kap. 1 § lagen (2025:400) om något", FIRST_NEW_DAY) is None
    assert problem("lagen (2001:453) om något 4 kap. 1 §") is not None


def test_a_chapter_beyond_the_end_of_the_law_does_not_exist() -> None:
    assert problem("SoL 36 kap. 1 §") == (LegalProblem.UNKNOWN_PARAGRAPH, None)


def test_a_paragraph_that_the_book_does_not_hold_is_not_said_to_be_wrong() -> None:
    assert problem("SoL (2025:400) 13 kap. 4 §") is None


def test_a_paragraph_with_a_day_of_its_own_does_not_hold_before_it() -> None:
    assert problem("SoL 16 kap. 2 a §", date(2026, 1, 14)) == (LegalProblem.NOT_IN_FORCE, None)
    assert problem("SoL 16 kap. 2 a §", date(2026, 1, 15)) is None


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("Skälig levnadsnivå enligt 11 kap. 1 § SoL", True),
        ("Skäliga levnadsförhållanden enligt 11 kap. 1 § SoL", False),
        ("Skälig levnadsnivå enligt 12 kap. 1 § SoL", False),
        ("Skäliga levnadsförhållanden enligt 12 kap. 1 § SoL", True),
    ],
)
def test_the_test_of_entitlement_is_worded_as_in_its_chapter(text: str, *, is_wrong: bool) -> None:
    assert (problem(text) is not None) is is_wrong


def test_the_appeal_follows_the_day_of_the_decision() -> None:
    assert BOOK.appeal(TEMPLATE, "en", FIRST_NEW_DAY) == ("Send to the board.", "35 kap.")
    assert BOOK.appeal(TEMPLATE, "en", LAST_OLD_DAY) == ("16 kap.",)
    assert BOOK.appeal(TEMPLATE, "en", None) == ("Send to the board.", "35 kap.")


def test_a_template_that_leads_to_no_decision_has_no_appeal() -> None:
    assert BOOK.appeal(replace(TEMPLATE, sections=()), "en", FIRST_NEW_DAY) == ()
