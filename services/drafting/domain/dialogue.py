# SPDX-License-Identifier: EUPL-1.2
"""A meeting as statements: who said something, in answer to what. A question states nothing, and small talk neither."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from services.drafting.domain.language.reading import Reading, read, sentences_of
from services.drafting.domain.material import Material, Part, SourceKind

CASEWORKER, INTERPRETER = "caseworker", "interpreter"
# An answer may come some turns after the question, when several people answer it.
LONGEST_EXCHANGE = 5
# An answer with no more words of its own than this is about what was asked; with no more than FEWEST it is not even
# understood without the question.
FEW_WORDS, FEWEST_WORDS = 3, 1
FEW_WORDS_OF_QUESTION = 1


@dataclass(frozen=True)
class Quote:
    """A piece of a part, word for word."""

    part: Part
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.part.text[self.start : self.end]


@dataclass(frozen=True)
class Statement:
    """One sentence that somebody said. `question` is what the caseworker had asked; `turn` the place of the utterance
    in the meeting; `opens_answer` says that it is the first thing said in answer.
    """

    quote: Quote
    turn: int
    role: str
    language: str
    question: Quote | None = None
    opens_answer: bool = False

    @property
    def part(self) -> Part:
        return self.quote.part

    @cached_property
    def reading(self) -> Reading:
        return read(self.quote.text, self.language)

    @cached_property
    def is_answer_word(self) -> bool:
        """Whether it begins with a yes or a no."""
        return self.reading.opening in self.reading.lexicon.yes | self.reading.lexicon.no

    @cached_property
    def is_short_answer(self) -> bool:
        return self.opens_answer and (self.is_answer_word or len(self.reading.stems) <= FEW_WORDS)

    @cached_property
    def needs_question(self) -> bool:
        return self.opens_answer and (self.is_answer_word or len(self.reading.stems) <= FEWEST_WORDS)


@lru_cache(maxsize=8)
def statements_of(material: Material, language: str) -> tuple[Statement, ...]:
    """Everything stated, in order: at the meeting, then in notes. The caseworker states only what is noted, promised or
    told about the case.
    """
    transcript = material.of(SourceKind.TRANSCRIPT)
    said = [each for turn in range(len(transcript)) for each in _statements_in(transcript, turn, material, language)]
    notes = material.of(SourceKind.NOTE)
    for turn, part in enumerate(notes, len(transcript)):
        said += [Statement(quote, turn, "note", language) for quote in _sentences(part, language)]
    return tuple(said)


def _statements_in(parts: Sequence[Part], turn: int, material: Material, language: str) -> list[Statement]:
    part = parts[turn]
    role = _role(material, part)
    question = None if role == CASEWORKER else _question_before(parts, turn, material, language)
    found: list[Statement] = []
    for quote in _sentences(part, language):
        if is_question(quote.text, role, language):
            continue
        if role == CASEWORKER and not is_case_note(quote.text, language):
            continue
        is_first = question is not None and not found and turn == _turn_after(parts, question)
        found.append(Statement(quote, turn, role, language, question, is_first))
    return found


def is_question(text: str, role: str, language: str) -> bool:
    """A question mark; or a caseworker's sentence that opens like a question where recognised speech has no marks, or
    that asks for leave without one (`jag spelar in, om det är okej`).
    """
    reading = read(text, language)
    if text.rstrip('"”» ').endswith("?"):
        return True
    if role != CASEWORKER:
        return False
    opens = reading.opening in reading.lexicon.question_words and not text.rstrip().endswith((".", "!"))
    return opens or reading.has_phrase(reading.lexicon.asks_leave)


def is_case_note(text: str, language: str) -> bool:
    """Whether a caseworker says what is noted, sent, decided or tried, and so leaves something for the case."""
    reading = read(text, language)
    return reading.has_phrase(reading.lexicon.caseworker_notes)


def _question_before(parts: Sequence[Part], turn: int, material: Material, language: str) -> Quote | None:
    """The last question of the caseworker's latest turn, if it asked one and is near."""
    for at in range(turn - 1, max(-1, turn - 1 - LONGEST_EXCHANGE), -1):
        if _role(material, parts[at]) == CASEWORKER:
            return _last_question(parts[at], language)
    return None


def _last_question(part: Part, language: str) -> Quote | None:
    """`Vore det något?` asks about what stands before it, and is taken together with that."""
    said = _sentences(part, language)
    at = max((i for i, quote in enumerate(said) if is_question(quote.text, CASEWORKER, language)), default=-1)
    if at < 0:
        return None
    is_short = len(read(said[at].text, language).stems) <= FEW_WORDS_OF_QUESTION
    return Quote(part, said[at - 1].start if is_short and at else said[at].start, said[at].end)


def _turn_after(parts: Sequence[Part], question: Quote) -> int:
    return next((at for at, part in enumerate(parts) if part is question.part), -2) + 1


def _role(material: Material, part: Part) -> str:
    person = material.person(part.speaker)
    return person.role if person else "other"


def _sentences(part: Part, language: str) -> list[Quote]:
    """The part's sentences. A stretch without any letter is none."""
    spans = sentences_of(part.text, language)
    return [Quote(part, start, end) for start, end in spans if re.search(r"\w", part.text[start:end])]


def question_of(part: Part, material: Material, language: str) -> Quote | None:
    """What the caseworker had asked when the part was said, if anything."""
    return _questions(material, language).get(part.part_id)


@lru_cache(maxsize=8)
def _questions(material: Material, language: str) -> Mapping[str, Quote]:
    """By utterance."""
    return {each.part.part_id: each.question for each in statements_of(material, language) if each.question is not None}
