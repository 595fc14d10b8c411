# SPDX-License-Identifier: EUPL-1.2
"""Cutting words into utterances: nothing is lost, and each word stays with the voice it was heard in."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.transcription.domain import Heard, Turn, Word, cut_into_utterances
from services.transcription.domain.speech import LONGEST_SECONDS

DOUBTFUL = 0.5


def said(text: str, start: float = 0.0, each: float = 0.3, probability: float = 0.9) -> tuple[Word, ...]:
    return tuple(
        Word(word, start + at * each, start + (at + 1) * each, probability) for at, word in enumerate(text.split())
    )


def test_a_change_of_voice_ends_the_utterance_even_within_a_sentence() -> None:
    words = said("Hur går det med duschen? Det är svårt.")
    turns = (Turn("S1", 0.0, 1.5), Turn("S2", 1.5, 2.4))

    first, second = cut_into_utterances(Heard(3.0, words, turns), DOUBTFUL)

    assert (first.original_speaker, first.text) == ("S1", "Hur går det med duschen?")
    assert (second.original_speaker, second.text) == ("S2", "Det är svårt.")


def test_a_word_between_two_voices_goes_to_the_one_it_overlaps_most() -> None:
    words = (Word("ja", 0.9, 1.5, 0.9),)
    turns = (Turn("S1", 0.0, 1.1), Turn("S2", 1.2, 2.0))

    assert [each.speaker for each in cut_into_utterances(Heard(2.0, words, turns), DOUBTFUL)] == ["S2"]


def test_a_word_in_a_silence_goes_to_the_nearest_voice() -> None:
    words = (Word("ja", 1.2, 1.3, 0.9),)
    turns = (Turn("S1", 0.0, 1.1), Turn("S2", 2.0, 3.0))

    assert [each.speaker for each in cut_into_utterances(Heard(3.0, words, turns), DOUBTFUL)] == ["S1"]


def test_a_long_silence_begins_a_new_utterance() -> None:
    words = said("Jag vaknar.") + said("Sedan äter jag.", start=5.0)

    assert len(cut_into_utterances(Heard(7.0, words, (Turn("S1", 0.0, 7.0),)), DOUBTFUL)) == 2


def test_a_long_speech_is_cut_at_the_end_of_a_sentence() -> None:
    words = said("Det var en gång en man som bodde här. " * 10, each=0.5)

    utterances = cut_into_utterances(Heard(60.0, words, (Turn("S1", 0.0, 60.0),)), DOUBTFUL)

    assert len(utterances) > 1
    assert all(each.text.endswith("här.") for each in utterances)


def test_an_utterance_is_doubtful_when_one_of_its_words_is() -> None:
    words = (*said("Jag vill"), Word("inte", 0.6, 0.9, 0.49), Word("dit.", 0.9, 1.2, 0.5))

    (utterance,) = cut_into_utterances(Heard(2.0, words, ()), DOUBTFUL)

    assert utterance.doubtful_words == ("inte",)
    assert utterance.is_doubtful
    assert utterance.confidence == pytest.approx((0.9 + 0.9 + 0.49 + 0.5) / 4)


def test_no_words_are_no_utterances() -> None:
    assert cut_into_utterances(Heard(2.0, (), ()), DOUBTFUL) == ()


@st.composite
def conversations(draw: st.DrawFn) -> Heard:
    """Words and turns in the order of time, with gaps and overlaps between them as they come."""
    step = st.floats(0.0, 40.0)
    words, at = [], 0.0
    for text in draw(st.lists(st.sampled_from(["ja", "nej.", "inte", "två?"]), max_size=40)):
        start = at + draw(step) / 10
        at = start + draw(step) / 10
        words.append(Word(text, start, at, draw(st.floats(0.0, 1.0))))
    turns, at = [], 0.0
    for speaker in draw(st.lists(st.sampled_from(["S1", "S2", "S3"]), max_size=20)):
        start = at + draw(step) / 10
        at = start + draw(step) / 10
        turns.append(Turn(speaker, start, at))
    return Heard(1_000.0, tuple(words), tuple(turns))


@settings(max_examples=40)
@given(conversations())
def test_no_word_is_lost_added_or_moved(heard: Heard) -> None:
    utterances = cut_into_utterances(heard, DOUBTFUL)

    assert " ".join(each.text for each in utterances) == " ".join(word.text for word in heard.words)
    assert len({each.id for each in utterances}) == len(utterances)
    assert all(first.start <= second.start for first, second in pairwise(utterances))
    assert all(each.start <= each.end for each in utterances)
    assert all(each.end - each.start <= LONGEST_SECONDS + 4.0 for each in utterances)


@settings(max_examples=40)
@given(conversations())
def test_each_word_has_the_voice_that_a_search_through_all_turns_finds(heard: Heard) -> None:
    def overlap(word: Word, turn: Turn) -> float:
        return min(turn.end, word.end) - max(turn.start, word.start)

    spoken = [(each.speaker, text) for each in cut_into_utterances(heard, DOUBTFUL) for text in each.text.split()]

    for word, (speaker, text) in zip(heard.words, spoken, strict=True):
        best = max((overlap(word, turn) for turn in heard.turns), default=0.0)
        nearest = {turn.speaker for turn in heard.turns if overlap(word, turn) >= best - 1e-9} or {"S1"}
        assert text == word.text
        assert speaker in nearest
