# SPDX-License-Identifier: EUPL-1.2
"""Two people who say different things about the same: another number, another time, or yes against no."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.drafting.domain.dialogue import CASEWORKER, Quote, Statement, statements_of
from services.drafting.domain.language.reading import Reading
from services.drafting.domain.language.words import is_kin
from services.drafting.domain.material import Material, Part

# A reply follows within so many turns, with no word of the caseworker's between.
NEAR = 2
# A reply with no more words of its own than this speaks of what was just said.
FEW_WORDS = 1
# Statements far apart speak of the same thing when they share so many words of their own.
SHARED_FAR_APART = 3
# And statements near each other when they share this much of the shorter one's words.
SAME_SUBJECT = 0.6


@dataclass(frozen=True)
class Conflict:
    """`one` was said first."""

    one: Quote
    other: Quote

    def touches(self, part: Part) -> bool:
        return part in (self.one.part, self.other.part)

    def other_than(self, part: Part) -> Quote:
        return self.other if part == self.one.part else self.one


@lru_cache(maxsize=8)
def conflicts_in(material: Material, language: str) -> tuple[Conflict, ...]:
    said = [each for each in statements_of(material, language) if each.role != CASEWORKER]
    last_words = {each.part: each for each in said}
    found = [
        Conflict(one.quote, other.quote)
        for one, other in _pairs(said)
        if _disagree(one, other) or (last_words[one.part] is one and _contradicts(one, other))
    ]
    between: dict[frozenset[Part], Conflict] = {}
    for conflict in found:
        between.setdefault(frozenset((conflict.one.part, conflict.other.part)), conflict)
    return tuple(between.values())


def _pairs(said: Sequence[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """Statements of different people, the earlier first."""
    for at, one in enumerate(said):
        for other in said[at + 1 :]:
            if other.part.speaker != one.part.speaker:
                yield one, other


def _disagree(one: Statement, other: Statement) -> bool:
    if other.turn - one.turn <= NEAR and one.question == other.question:
        return _counts_otherwise(one, other) or _dates_otherwise(one, other) or _denies_otherwise(one, other, shared=1)
    shared = _shared(one.reading, other.reading)
    return shared >= SHARED_FAR_APART and (
        _denies_otherwise(one, other, SHARED_FAR_APART)
        or bool(
            one.reading.counts
            and other.reading.counts
            and one.reading.units & other.reading.units
            and not one.reading.counts & other.reading.counts
        )
    )


def _contradicts(one: Statement, other: Statement) -> bool:
    """`Nej` to the last thing somebody claimed, `jo` to what somebody denied, or plain words that it is not so."""
    if other.turn != one.turn + 1 or one.is_answer_word:
        return False
    lexicon, opening = other.reading.lexicon, other.reading.opening
    is_first = other.quote.start == 0
    against = (opening in lexicon.no and not one.reading.is_negated) or (
        opening in lexicon.counters and one.reading.is_negated
    )
    return (is_first and against) or other.reading.has_phrase(lexicon.disagreements)


def _counts_otherwise(one: Statement, other: Statement) -> bool:
    """Another number of the same thing; a bare number answers for the thing that was just counted."""
    mine, theirs = one.reading.counts, other.reading.counts
    is_vague = bool(one.reading.words & one.reading.lexicon.vague_counts) and not mine
    if is_vague and theirs and one.reading.units & other.reading.units:
        return True
    if not mine or not theirs or mine == theirs:
        return False
    same_unit = bool(one.reading.units & other.reading.units) and len(other.reading.stems) <= FEW_WORDS
    is_bare = not other.reading.units and len(other.reading.stems) <= FEW_WORDS and other.quote.start == 0
    return same_unit or is_bare


def _dates_otherwise(one: Statement, other: Statement) -> bool:
    """Another month, weekday or season, in a reply with few words of its own."""
    points = one.reading.lexicon.points_in_time
    mine, theirs = one.reading.times & points, other.reading.times & points
    is_reply = other.turn == one.turn + 1 and len(other.reading.stems) <= FEW_WORDS
    return bool(mine and theirs and is_reply) and not mine & theirs


def _denies_otherwise(one: Statement, other: Statement, shared: int) -> bool:
    negated = [any(each.reading.is_negation(t) for t in each.reading.tokens) for each in (one, other)]
    agrees = other.reading.opening in other.reading.lexicon.yes - other.reading.lexicon.counters
    if _speaks_of_self(one) and _speaks_of_self(other):
        return False
    shorter = min(len(one.reading.stems), len(other.reading.stems))
    alike = _shared(one.reading, other.reading)
    return negated[0] != negated[1] and not agrees and alike >= max(shared, shorter * SAME_SUBJECT)


def _speaks_of_self(statement: Statement) -> bool:
    """Two people who each speak of themselves do not contradict each other."""
    lexicon = statement.reading.lexicon
    return bool(statement.reading.words & lexicon.first_person) and not statement.reading.words & lexicon.second_person


def _shared(one: Reading, other: Reading) -> int:
    return sum(any(is_kin(a, b) for b in other.stems) for a in one.stems)
