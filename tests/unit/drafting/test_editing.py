# SPDX-License-Identifier: EUPL-1.2
"""What becomes of sentences when a caseworker types: sources are kept, a machine's words stay known as such."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Unacceptable
from services.drafting.domain.editing import CitedPart, TypedSentence, merge
from services.drafting.domain.material import SourceKind
from services.drafting.domain.sentences import Citation, Origin, Sentence
from tests.unit.drafting.casework import TRANSCRIPT, a_resolution, a_sentence

MATERIAL = TRANSCRIPT.material
BOTH = (CitedPart(SourceKind.TRANSCRIPT, "s1", "u1"), CitedPart(SourceKind.TRANSCRIPT, "s1", "u2"))


def whole_part(_text: str, cited: CitedPart) -> str:
    part = MATERIAL.part(cited.source, cited.source_id, cited.part_id)
    return part.text if part else ""


def merged(*typed: TypedSentence, earlier: tuple[Sentence, ...] = ()) -> tuple[Sentence, ...]:
    ids = [f"new{at}" for at, _ in enumerate(typed)]
    return merge(typed, {each.id: each for each in earlier}, MATERIAL, whole_part, ids)


def test_a_sentence_sent_back_unchanged_is_the_same_sentence() -> None:
    before = a_sentence(resolution=a_resolution())

    assert merged(TypedSentence(before.text, before.id), earlier=(before,)) == (before,)


def test_other_words_make_a_machines_sentence_edited_and_keep_its_sources() -> None:
    before = a_sentence()

    (after,) = merged(TypedSentence("Aina orkar sällan dammsuga.", before.id), earlier=(before,))

    assert after.origin is Origin.MACHINE_EDITED
    assert [(c.source_id, c.part_id) for c in after.citations] == [("s1", "u1")]


def test_other_sources_leave_the_words_the_machines() -> None:
    before = a_sentence()

    (after,) = merged(TypedSentence(before.text, before.id, BOTH), earlier=(before,))

    assert after.origin is Origin.MACHINE
    assert [each.part_id for each in after.citations] == ["u1", "u2"]


def test_a_human_sentence_stays_a_humans_when_it_is_reworded() -> None:
    before = a_sentence(origin=Origin.HUMAN)

    (after,) = merged(TypedSentence("Annat.", before.id), earlier=(before,))

    assert after.origin is Origin.HUMAN


def test_a_new_sentence_is_a_humans_and_cites_what_it_names() -> None:
    (after,) = merged(TypedSentence("Hon ramlade.", citations=BOTH[1:]))

    assert after == Sentence(
        "new0",
        "Hon ramlade.",
        Origin.HUMAN,
        (Citation(SourceKind.TRANSCRIPT, "s1", "u2", "Hon ramlade i mars."),),
    )


def test_citations_may_be_dropped() -> None:
    before = a_sentence()

    (after,) = merged(TypedSentence(before.text, before.id, ()), earlier=(before,))

    assert after.citations == ()


def test_an_answer_for_a_sentence_does_not_outlive_its_words() -> None:
    before = a_sentence(resolution=a_resolution())

    (after,) = merged(TypedSentence("Annat.", before.id), earlier=(before,))

    assert after.resolution is None


def test_an_unknown_part_is_refused_with_its_place() -> None:
    unknown = CitedPart(SourceKind.TRANSCRIPT, "s1", "u99")

    with pytest.raises(Unacceptable) as refused:
        merged(TypedSentence("Ja."), TypedSentence("Nej.", citations=(BOTH[0], unknown)))

    assert [each.pointer for each in refused.value.errors] == ["/sentences/1/citations/1"]


def test_an_unknown_id_and_an_id_twice_are_refused_with_their_places() -> None:
    before = a_sentence()

    with pytest.raises(Unacceptable) as refused:
        merged(
            TypedSentence("a", before.id), TypedSentence("b", "x404"), TypedSentence("c", before.id), earlier=(before,)
        )

    assert [each.pointer for each in refused.value.errors] == ["/sentences/1/id", "/sentences/2/id"]


@given(st.lists(st.text(min_size=1), max_size=8))
def test_an_edit_keeps_every_word_and_its_order(texts: list[str]) -> None:
    assert [each.text for each in merged(*map(TypedSentence, texts))] == texts
