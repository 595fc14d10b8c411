# SPDX-License-Identifier: EUPL-1.2
"""Whether an application concerns the department, and where to turn when it does not."""

from __future__ import annotations

from datetime import date

import pytest

from services.drafting.domain.case import ScopeVerdict
from services.drafting.domain.material import Application
from services.drafting.domain.scope import Department, Handled, Referral, Scope, check_scope
from tests.unit.drafting.meetings import TEXTS

ELDERLY_CARE = Department(
    "elderly_care",
    "Äldreomsorgen",
    ("SoL",),
    ("sv-ibic-vuxen",),
    (Handled("hjälp i hemmet", ("städ", "dusch", "hjälpmedel i köket")),),
    (
        Referral("färdtjänst", "Kommunens färdtjänsthandläggare", ("färdtjänst",)),
        Referral("hjälpmedel", "Arbetsterapeuten", ("hjälpmedel",)),
    ),
)


def judged(text: str, *supports: str, language: str = "sv") -> Scope:
    application = Application(text, date(2026, 10, 1), {support: support for support in supports})
    return check_scope(application, ELDERLY_CARE, language=language, texts=TEXTS)


def test_what_the_department_handles_is_within() -> None:
    scope = judged("Jag söker. Det gäller städning.", "städning")

    assert scope.verdict is ScopeVerdict.WITHIN
    assert scope.citations == ("Det gäller städning.",)


def test_what_another_handles_is_outside_with_where_to_turn() -> None:
    scope = judged("Det gäller färdtjänst.", "färdtjänst")

    assert scope.verdict is ScopeVerdict.OUTSIDE
    assert scope.turn_to == "Kommunens färdtjänsthandläggare"
    assert "färdtjänst" in scope.reason


def test_one_support_of_the_departments_own_is_enough() -> None:
    scope = judged("Det gäller städning och färdtjänst.", "städning", "färdtjänst")

    assert scope.verdict is ScopeVerdict.WITHIN
    assert scope.turn_to == "Kommunens färdtjänsthandläggare"


def test_the_longer_word_decides() -> None:
    assert judged("", "hjälpmedel i köket").verdict is ScopeVerdict.WITHIN
    assert judged("", "hjälpmedel").verdict is ScopeVerdict.OUTSIDE


@pytest.mark.parametrize("text", ["", "Jag vill ha hjälp.", "Det gäller min katt."])
def test_what_nobody_is_known_to_handle_is_unclear(text: str) -> None:
    assert judged(text).verdict is ScopeVerdict.UNCLEAR


def test_something_unknown_beside_what_is_elsewhere_is_for_a_human() -> None:
    assert judged("", "färdtjänst", "något annat").verdict is ScopeVerdict.UNCLEAR


def test_without_labels_the_text_is_read() -> None:
    assert judged("Jag behöver hjälp att duscha.").verdict is ScopeVerdict.WITHIN


@pytest.mark.parametrize("language", ["sv", "da", "nb", "en"])
def test_every_verdict_has_a_reason_in_every_language(language: str) -> None:
    reasons = [judged(text, language=language).reason for text in ("Städning", "Färdtjänst", "Annat")]

    assert len({*reasons}) == 3
    assert all("{" not in reason for reason in reasons)
