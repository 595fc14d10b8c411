# SPDX-License-Identifier: EUPL-1.2
"""Forms of a word: a light stem, and whether two words are forms or compounds of one another."""

from __future__ import annotations

from functools import lru_cache

from services.drafting.domain.language.lexicon import Lexicon, lexicon_of

SHORTEST_STEM = 3
SHORTEST_COMPOUND_PART = 4


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """The word without its longest known ending and without a doubled last letter: `trappan`, `trappor` → `trap`."""
    lexicon = lexicon_of(language)
    for ending in lexicon.endings:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > SHORTEST_STEM and word[-1] == word[-2] else word


def is_kin(one: str, other: str) -> bool:
    """Whether two stems are forms of one word, or one is the head or the tail of the other: `trap`, `källartrap`."""
    shorter, longer = sorted((one, other), key=len)
    if shorter == longer:
        return True
    if len(shorter) < SHORTEST_COMPOUND_PART:
        return False
    shared = next((at for at, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    return (
        shared >= max(SHORTEST_COMPOUND_PART, len(longer) - 3) or longer.startswith(shorter) or longer.endswith(shorter)
    )


def is_known_as(stems: frozenset[str], sought: str) -> bool:
    return sought in stems or any(is_kin(sought, each) for each in stems)


def is_content(word: str, lexicon: Lexicon) -> bool:
    """Whether the word carries meaning of its own: no form word, filler, negation, number or time."""
    return not (
        word in lexicon.stopwords
        or word in lexicon.fillers
        or word in lexicon.negations
        or word in lexicon.yes
        or word in lexicon.no
        or word in lexicon.numbers
        or word in lexicon.times
        or word in lexicon.counted
        or word[0].isdigit()
        or len(word) == 1
    )
