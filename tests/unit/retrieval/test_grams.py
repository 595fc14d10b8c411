# SPDX-License-Identifier: EUPL-1.2
"""Words compared by their letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from services.retrieval.domain.grams import grams_of, overlap, weights_in_query, weights_in_text

PASSAGES = 100


def scored(query: str, text: str, held_by: dict[str, int] | None = None) -> float:
    return overlap(weights_in_query(grams_of(query), held_by or {}, PASSAGES), weights_in_text(grams_of(text)))


def test_inflections_and_parts_of_compounds_meet() -> None:
    assert scored("tvätten", "Stortvätt utförs varannan vecka") > 0
    assert scored("tvätten", "Städning utförs varannan vecka") == 0


def test_a_letter_is_the_same_however_it_was_written() -> None:
    assert grams_of("Tva\u0308tt") == grams_of("tvätt")


def test_rare_runs_count_for_more_than_common_ones() -> None:
    held_by = dict.fromkeys(grams_of("insats"), 90)

    assert scored("insats larm", "larm", held_by) > scored("insats larm", "insats", held_by)


@given(some.text(max_size=60), some.text(max_size=300))
def test_a_text_never_holds_more_of_a_query_than_there_is(query: str, text: str) -> None:
    assert 0 <= scored(query, text) <= 1.0000001


@given(some.text(max_size=300))
def test_any_text_can_be_weighed(text: str) -> None:
    assert all(weight > 0 for weight in weights_in_text(grams_of(text)).values())
