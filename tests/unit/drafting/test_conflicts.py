# SPDX-License-Identifier: EUPL-1.2
"""Who says what differently about the same, and what only looks like it."""

from __future__ import annotations

import pytest

from services.drafting.domain.conflicts import conflicts_in
from services.drafting.domain.material import Material
from tests.unit.drafting.meetings import DANES, a_meeting


def found(material: Material, language: str = "sv") -> list[tuple[str, str]]:
    return [(each.one.part.part_id, each.other.part.part_id) for each in conflicts_in(material, language)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("En gång, i hallen.", "Två gånger, mamma."),
        ("Åtta dagar var det.", "Nio."),
        ("Jag äter visst.", "Du äter inte."),
        ("Jag har inte ramlat.", "Jo, i torsdags."),
        ("Jag klarar maten själv.", "Nej, det gör hon inte."),
        ("Ett par gånger i veckan.", "Fyra gånger i veckan."),
    ],
)
def test_two_people_who_answer_differently_conflict(one: str, other: str) -> None:
    assert found(a_meeting("H: Hur är det?", f"A: {one}", f"K: {other}")) == [("u2", "u3")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jag glömmer kvällens tabletter.", "Ja, de låg kvar i dosetten."),
        ("Trappan klarar jag inte.", "Nej, den är för brant."),
        ("Vi söker avlastning.", "Jag söker inte något själv."),
        ("Två gånger i veckan.", "Bussen kostar trettio kronor."),
    ],
)
def test_agreement_and_other_matters_do_not_conflict(one: str, other: str) -> None:
    assert found(a_meeting("H: Hur är det?", f"A: {one}", f"K: {other}")) == []


def test_danish_accounts_conflict_too() -> None:
    meeting = a_meeting("S: Er du faldet?", "B: Ikke siden sommer.", "D: Jo, du faldt i torsdags.", people=DANES)

    assert found(meeting, "da") == [("u2", "u3")]
