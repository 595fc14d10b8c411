# SPDX-License-Identifier: EUPL-1.2
"""A note becomes parts that can be cited, word for word."""

from hypothesis import given
from hypothesis import strategies as st

from services.drafting.domain.material import SourceKind
from services.drafting.domain.sources import Note, parts_of_note
from tests.unit.drafting.casework import NOON


def test_each_sentence_of_a_note_is_a_part_of_whoever_said_it() -> None:
    note = Note("Ringde kl. 9. Hon vill inte ha matlådor, t.ex. på helgen.\nÅterkommer.", "Maja", NOON, "Aina")

    parts = parts_of_note(note, "s7", "sv")

    assert [(each.part_id, each.speaker) for each in parts] == [("n001", "Aina"), ("n002", "Aina"), ("n003", "Aina")]
    assert parts[1].text == "Hon vill inte ha matlådor, t.ex. på helgen."
    assert {each.source for each in parts} == {SourceKind.NOTE}


def test_a_note_of_ones_own_is_its_authors() -> None:
    assert parts_of_note(Note("Hallen är mörk.", "Maja", NOON), "s7", "sv")[0].speaker == "Maja"


@given(st.text(alphabet="ab .!?\n§", max_size=200))
def test_every_part_stands_verbatim_in_the_note(text: str) -> None:
    for part in parts_of_note(Note(text, "Maja", NOON), "s7", "sv"):
        assert part.text
        assert part.text in text
