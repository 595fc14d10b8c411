# SPDX-License-Identifier: EUPL-1.2
"""Which of what was said belongs under a heading, put together so that it can be understood: an answer with its
question, a confirmation with what it confirms, two accounts that differ side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from services.drafting.domain.conflicts import Conflict, conflicts_in
from services.drafting.domain.dialogue import CASEWORKER, Quote, Statement, statements_of
from services.drafting.domain.language.lexicon import lexicon_of
from services.drafting.domain.language.reading import Reading, number_in, read
from services.drafting.domain.language.words import is_content, stem
from services.drafting.domain.material import Material, Part, SourceKind
from services.drafting.domain.templates import Template, TemplateSection
from services.drafting.domain.topics import Placed, place

# The first and the last turns of a meeting greet and part; only what answers a question counts there.
GREETING_TURNS, PARTING_TURNS, SHORTEST_MEETING = 3, 2, 8
# So many digits, or number words, in one sentence are a telephone or identity number, which has its own place in the
# case system.
DIGITS_OF_A_CONTACT, NUMBERS_OF_A_CONTACT = 6, 5
# A caseworker's note, or anybody's remark, with fewer words of its own says nothing without what stood around it.
WORDS_OF_A_NOTE, WORDS_OF_A_POINTING_NOTE, WORDS_OF_A_REMARK = 1, 3, 2
# `Vill ni ha en kopp kaffe?` has no more words of its own beside the coffee.
WORDS_OF_AN_OFFER = 2


@dataclass(frozen=True)
class Remark:
    """What one person said in one turn: pieces in order, and the question where they need it."""

    statements: tuple[Statement, ...]
    question: Quote | None

    @property
    def part(self) -> Part:
        return self.statements[0].part

    @property
    def turn(self) -> int:
        return self.statements[0].turn

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The pieces, those that follow on each other as one."""
        joined: list[Quote] = []
        for quote in (each.quote for each in self.statements):
            if joined and not re.search(r"\w", quote.part.text[joined[-1].end : quote.start]):
                joined[-1] = Quote(quote.part, joined[-1].start, quote.end)
            else:
                joined.append(quote)
        return tuple(joined)

    @property
    def is_thin(self) -> bool:
        """Whether it says too little to stand alone, and is no answer that its question makes plain."""
        words = {stem for each in self.statements for stem in each.reading.stems}
        counts = any(each.reading.counts or each.reading.is_negated for each in self.statements)
        return self.question is None and not counts and len(words) < WORDS_OF_A_REMARK

    @property
    def is_reply(self) -> bool:
        """A bare yes or no to another person, which says nothing alone."""
        first = self.statements[0]
        return first.is_answer_word and not first.opens_answer and len(first.reading.stems) <= 1


@dataclass(frozen=True)
class Extract:
    """What becomes one sentence. With more than one remark, the first is answered or contradicted by the others."""

    remarks: tuple[Remark, ...]
    differ: bool = False


def extracts_for(
    section: TemplateSection, template: Template, material: Material, language: str
) -> tuple[Extract, ...]:
    """In the order they were said. A remark stands in one extract only."""
    placed = worth_telling(place(material, template, language), material)
    said = statements_of(material, language)
    chosen = [each.statement for each in placed if section.key in each.homes]
    remarks = _remarks(_with_reservations(chosen, said))
    conflicts = conflicts_in(material, language)
    extracts: list[Extract] = []
    used: set[Part] = set()
    for remark in remarks:
        if remark.part in used:
            continue
        sides = _with_other_sides(remark, remarks, said, conflicts)
        used.update(side.part for side in sides)
        if len(sides) == 1 and remark.is_reply and extracts and _answers(remark, extracts[-1]):
            extracts[-1] = replace(extracts[-1], remarks=(*extracts[-1].remarks, remark))
        elif len(sides) > 1 or not (remark.is_reply or remark.is_thin):
            extracts.append(Extract(sides, differ=len(sides) > 1))
    return tuple(extracts)


def worth_telling(placed: Sequence[Placed], material: Material) -> tuple[Placed, ...]:
    """Without greetings, small talk, contact details, and what somebody asked not to have written down."""
    turns = len(material.of(SourceKind.TRANSCRIPT))
    private = {each.statement.part for each in placed if _is_off_the_record(each.statement)}
    return tuple(
        each
        for each in placed
        if each.homes and each.statement.part not in private and not _is_small_talk(each.statement, turns)
    )


def is_worth_keeping(statement: Statement) -> bool:
    """Whether it could stand as a sentence of its own."""
    remark = _remark([statement])
    return not (remark.is_reply or remark.is_thin)


def _is_off_the_record(statement: Statement) -> bool:
    return statement.role != CASEWORKER and statement.reading.has_phrase(statement.reading.lexicon.off_the_record)


def _is_small_talk(statement: Statement, turns: int) -> bool:
    reading = statement.reading
    if _holds_contact(statement.quote, statement.language) or (
        statement.question and _holds_contact(statement.question, statement.language)
    ):
        return True
    if statement.role == CASEWORKER:
        needed = WORDS_OF_A_POINTING_NOTE if reading.words & reading.lexicon.pointers else WORDS_OF_A_NOTE
        return len(reading.stems - _stems_of_noting(reading)) < needed
    if statement.role == "note":
        return False
    if statement.question is not None and statement.opens_answer and _is_courtesy(statement.question, statement, turns):
        return True
    is_edge = turns >= SHORTEST_MEETING and not GREETING_TURNS <= statement.turn < turns - PARTING_TURNS
    is_unasked = statement.question is None or not statement.opens_answer
    says_little = not reading.stems - {word for word in reading.words if word in reading.lexicon.pleasantries}
    return is_unasked and (is_edge or bool(says_little and not reading.counts and not statement.is_answer_word))


def _is_courtesy(question: Quote, answer: Statement, turns: int) -> bool:
    """Whether the question offers coffee, or belongs to the greeting that opens the meeting."""
    turn, asked = read(question.part.text, answer.language), read(question.text, answer.language)
    last = [token for token in asked.tokens if token.sentence == asked.tokens[-1].sentence]
    offers = {token.word for token in last} & asked.lexicon.pleasantries
    words = {token.word for token in last if is_content(token.word, asked.lexicon)} - offers
    greets = bool(turn.words & turn.lexicon.pleasantries) and answer.turn == 1 and turns >= SHORTEST_MEETING
    return greets or (bool(offers) and len(words) <= WORDS_OF_AN_OFFER)


def _holds_contact(quote: Quote, language: str) -> bool:
    numbers = [token for token in read(quote.text, language).tokens if number_in(token.word, lexicon_of(language))]
    return sum(c.isdigit() for c in quote.text) >= DIGITS_OF_A_CONTACT or len(numbers) >= NUMBERS_OF_A_CONTACT


def _stems_of_noting(reading: Reading) -> set[str]:
    words = {word for note in reading.lexicon.caseworker_notes for word in note.split()}
    return {stem(word, reading.language) for word in words}


def _with_reservations(chosen: Sequence[Statement], said: Sequence[Statement]) -> list[Statement]:
    """With what takes back a part of it: `Men inte …` stays with what stands before it, whatever heading it is
    about.
    """
    kept = set(chosen)
    for before, after in pairwise(said):
        if before in kept and before.part is after.part and after.reading.opening in after.reading.lexicon.reservations:
            kept.add(after)
    return [statement for statement in said if statement in kept]


def _remarks(chosen: Iterable[Statement]) -> list[Remark]:
    by_part: dict[Part, list[Statement]] = {}
    for statement in chosen:
        by_part.setdefault(statement.part, []).append(statement)
    return [_remark(statements) for statements in by_part.values()]


def _remark(statements: Sequence[Statement]) -> Remark:
    first = statements[0]
    question = (
        first.question if first.needs_question and first.question and not _is_friendly(first.question, first) else None
    )
    return Remark(tuple(statements), question)


def _is_friendly(question: Quote, statement: Statement) -> bool:
    """Whether the turn that asks also makes conversation, which has no place in a case text."""
    reading = read(question.part.text, statement.language)
    return bool(reading.words & reading.lexicon.compliments)


def _with_other_sides(
    remark: Remark, remarks: Sequence[Remark], said: Sequence[Statement], conflicts: Sequence[Conflict]
) -> tuple[Remark, ...]:
    """The remark with those that say otherwise, also when they stand under other headings; each with the words in which
    they differ.
    """
    by_part = {each.part: each for each in remarks}
    sides = {remark.part: remark}
    for conflict in conflicts:
        if conflict.touches(remark.part):
            for quote in (conflict.one, conflict.other):
                known = sides.get(quote.part) or by_part.get(quote.part)
                differing = [each for each in said if each.quote == quote]
                told = {*(known.statements if known else ()), *differing}
                sides[quote.part] = _remark(sorted(told, key=lambda each: each.quote.start))
    return tuple(sorted(sides.values(), key=lambda each: each.turn))


def _answers(reply: Remark, before: Extract) -> bool:
    last = before.remarks[-1]
    return reply.turn == last.turn + 1 and reply.part.speaker != last.part.speaker
