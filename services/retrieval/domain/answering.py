# SPDX-License-Identifier: EUPL-1.2
"""Answering with a guideline's own words, or saying that it does not say.

A wrong answer is worse than none. Nearness of meaning cannot tell the two apart (a question about the price of an
alarm is near a passage about alarms that names no price), so every word that carries the question must be found in
the passage, in some form. Text is compared and quoted, never followed: an instruction in a guideline does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.retrieval.domain.grams import words_of
from services.retrieval.domain.guidelines import Placed
from services.retrieval.domain.language import Language
from services.retrieval.domain.sentences import sentences_of

# Endings of three letters cover most inflections of the Nordic languages ("-arna", "-erne" leave a letter behind).
LONGEST_ENDING = 3
SHORTEST_STEM = 4

Closeness = Callable[[Sequence[str]], Sequence[float]]


class Because(StrEnum):
    """Why a question is not answered."""

    NO_GUIDELINES = "no_guidelines"
    NO_QUESTION = "no_question"
    NOTHING_NEAR = "nothing_near"
    NOT_SAID = "not_said"
    NO_AMOUNT = "no_amount"


@dataclass(frozen=True)
class Calibration:
    """Limits found on the evaluation's questions; closeness is a cosine of multilingual-e5-small, where .8 is far.

    `looked_at` passages are tried, best first. A passage is near from `near` on, or `near_alone` when only one word of
    the question carries it. A passage of at most `whole` letters is quoted whole: its sentences explain each other.
    """

    looked_at: int = 3
    near: float = 0.855
    near_alone: float = 0.865
    whole: int = 420


@dataclass(frozen=True)
class Candidate:
    placed: Placed
    closeness: float


@dataclass(frozen=True)
class Quote:
    placed: Placed
    text: str


@dataclass(frozen=True)
class Answer:
    """Either quotes, in the order of the text, or `because` with the words that no near passage holds."""

    quotes: tuple[Quote, ...] = ()
    because: Because | None = None
    unsaid: tuple[str, ...] = ()


def content_words(text: str, language: Language) -> list[str]:
    """The words that carry a question, each once. Numbers count, for "11 kap. 1 §" is not "11 kap. 3 §".

    "Hur länge" carries nothing that a text could repeat: that an amount is asked for is looked at by itself.
    """
    said = f" {' '.join(words_of(text))} "
    for opening in language.quantity_questions:
        said = said.replace(f" {opening} ", " ")
    carrying = (
        word
        for word in said.split()
        if word.isdigit() or (len(word) > 1 and word not in language.function_words and "§" not in word)
    )
    return list(dict.fromkeys(carrying))


def answer(
    question: str, candidates: Sequence[Candidate], language: Language, calibration: Calibration, close: Closeness
) -> Answer:
    """Answer from the first passage that holds all of the question. `close` compares sentences with the question."""
    wanted = content_words(question, language)
    if not wanted:
        return Answer(because=Because.NO_QUESTION)
    if not candidates:
        return Answer(because=Because.NO_GUIDELINES)
    limit = calibration.near if len(wanted) > 1 else calibration.near_alone
    near = [each for each in candidates[: calibration.looked_at] if each.closeness >= limit]
    if not near:
        return Answer(because=Because.NOTHING_NEAR)
    holding = [each for each in near if not _unsaid(wanted, each.placed)]
    if not holding:
        return Answer(because=Because.NOT_SAID, unsaid=min((_unsaid(wanted, each.placed) for each in near), key=len))
    wants_amount = asks_for_amount(question, language)
    for each in holding:
        sentences = sentences_of(each.placed.passage.text, language)
        if not wants_amount or any(tells_amount(sentence, language) for sentence in sentences):
            chosen = _chosen(wanted, sentences, language, close, wants_amount=wants_amount)
            return Answer(quotes=_quotes(each.placed, sentences, chosen, calibration))
    return Answer(because=Because.NO_AMOUNT)


def asks_for_amount(question: str, language: Language) -> bool:
    """Whether only a number, a time or a share answers it."""
    asked = " " + " ".join(words_of(question)) + " "
    return any(f" {opening} " in asked for opening in language.quantity_questions)


def tells_amount(sentence: str, language: Language) -> bool:
    return any(word.isdigit() or word in language.quantity_words for word in words_of(sentence))


def is_said(word: str, among: Sequence[str]) -> bool:
    """Whether a word stands among others in some form: inflected, or as a part of a compound (at least five letters).

    "fönstren" is in "fönsterputs", "fallrisken" holds "fall"; a number only ever equals itself.
    """
    if word.isdigit():
        return word in among
    if len(word) < SHORTEST_STEM:
        return any(other.startswith(word) and len(other) <= len(word) + LONGEST_ENDING for other in among)
    return any(_same_stem(word, other) for other in among)


def _same_stem(word: str, other: str) -> bool:
    stem, part = _stem(word), _stem(other)
    if other.startswith(stem) or (len(stem) > SHORTEST_STEM and stem in other):
        return True
    if other.isdigit() or len(part) < SHORTEST_STEM:
        return False
    return word.startswith(part) or (len(part) > SHORTEST_STEM and part in word)


def _stem(word: str) -> str:
    """What is left of a word when its endings are gone, roughly: enough to compare, in four languages alike."""
    return word[: max(SHORTEST_STEM, len(word) - LONGEST_ENDING)]


def _unsaid(wanted: Sequence[str], placed: Placed) -> tuple[str, ...]:
    said = words_of(f"{placed.passage.heading} {placed.passage.text}")
    return tuple(word for word in wanted if not is_said(word, said))


def _chosen(
    wanted: Sequence[str], sentences: Sequence[str], language: Language, close: Closeness, *, wants_amount: bool
) -> list[int]:
    """The places of the sentences that answer: as few as hold what the text (not the heading) says of the question."""
    places = range(len(sentences))
    closeness = close(sentences) if len(sentences) > 1 else [1.0]
    held = [{word for word in wanted if is_said(word, words_of(each))} for each in sentences]
    left = set().union(*held)
    chosen: list[int] = []
    if wants_amount:
        telling = [place for place in places if tells_amount(sentences[place], language)]
        chosen.append(max(telling, key=lambda place: (len(held[place]), closeness[place])))
        left -= held[chosen[0]]
    while left:
        best = max(places, key=lambda place: (len(held[place] & left), closeness[place]))
        chosen.append(best)
        left -= held[best]
    return sorted(set(chosen)) or [max(places, key=lambda place: closeness[place])]


def _quotes(
    placed: Placed, sentences: Sequence[str], chosen: Sequence[int], calibration: Calibration
) -> tuple[Quote, ...]:
    """The stretch from the first sentence chosen to the last, for one between may hold the exception."""
    text = placed.passage.text
    if len(text.strip()) <= calibration.whole:
        return (Quote(placed, text.strip()),)
    begin = text.index(sentences[chosen[0]])
    end = begin
    for sentence in sentences[chosen[0] : chosen[-1] + 1]:
        end = text.index(sentence, end) + len(sentence)
    return (Quote(placed, text[begin:end]),)
