# SPDX-License-Identifier: EUPL-1.2
"""The evaluation's own measures, on examples small enough to count by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.transcription.measures import Turn, align, doubt, right_turns, word_error_rate, words

WORDS = st.lists(st.sampled_from(["jag", "inte", "du", "två"]), max_size=8)


def test_punctuation_and_case_are_no_words() -> None:
    assert words("Hej, Gunnar! EU:s kl. 10—12") == ["hej", "gunnar", "eu:s", "kl", "10", "12"]


@pytest.mark.parametrize(
    ("said", "heard", "rate"),
    [
        ("jag duschar inte", "jag duschar inte", 0.0),
        ("jag duschar inte", "jag duschar", 1 / 3),
        ("jag duschar inte", "jag dörsar inte", 1 / 3),
        ("jag duschar", "nej jag duschar ja", 1.0),
        ("", "ja", 1.0),
    ],
)
def test_word_errors_are_counted_per_word_said(said: str, heard: str, rate: float) -> None:
    assert word_error_rate(said.split(), heard.split()) == pytest.approx(rate)


@settings(max_examples=60)
@given(WORDS, WORDS)
def test_an_alignment_accounts_for_every_heard_word(said: list[str], heard: list[str]) -> None:
    alignment = align(said, heard)

    right = sum(alignment.is_right)
    assert len(alignment.is_right) == len(heard)
    assert alignment.errors >= max(len(said), len(heard)) - right
    assert alignment.errors <= len(said) + len(heard) - 2 * right


@settings(max_examples=60)
@given(WORDS, WORDS)
def test_errors_are_the_same_in_both_directions(said: list[str], heard: list[str]) -> None:
    assert align(said, heard).errors == align(heard, said).errors


def test_a_turn_is_right_whatever_the_labels_are_called() -> None:
    said = [Turn("H", 0, 2), Turn("K", 2, 4), Turn("H", 4, 6)]

    assert right_turns(said, [Turn("S1", 0, 2), Turn("S2", 2.1, 4), Turn("S1", 4, 5)]) == 3
    assert right_turns(said, [Turn("S1", 0, 6)]) == 2
    assert right_turns(said, [Turn("S1", 0, 2), Turn("S2", 2, 6)]) == 2
    assert right_turns(said, []) == 0


def test_doubt_is_found_and_deserved_or_not() -> None:
    found = doubt([True, False, False, True], [True, True, False, False])

    assert (found.found, found.right, found.marked) == (0.5, 0.5, 0.5)
