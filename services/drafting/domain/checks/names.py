# SPDX-License-Identifier: EUPL-1.2
"""Names in a sentence are names that its sources give, or of the people who said it."""

from __future__ import annotations

from itertools import pairwise

from services.drafting.domain.checks.claim import Claim, words_of_name
from services.drafting.domain.language.reading import Reading, Token, is_double_name, read
from services.drafting.domain.material import Material
from services.drafting.domain.sentences import Check, CheckKind, Verdict


def check_names(claim: Claim) -> Check | None:
    known = names_of(claim.material, claim.language)
    told = [token for token in claim.content if _is_name(claim, token, known)]
    if not told:
        return None
    headings = frozenset().union(*(read(part.heading, claim.language).words for part in claim.parts))
    given = claim.source_words | headings
    given |= frozenset().union(*(words_of_name(person.name, claim.language) for person in claim.speakers))
    strange = [token for token in told if not _is_given(token.word, given)]
    if strange and _are_pronouns_replaced(claim, strange, known):
        strange = []
    if strange:
        names = ", ".join(dict.fromkeys(token.text for token in strange))
        return claim.verdict(CheckKind.NAMES, Verdict.FAIL, "names.fail", names=names)
    return claim.verdict(CheckKind.NAMES, Verdict.OK, "names.ok")


def names_of(material: Material, language: str) -> frozenset[str]:
    """Every name that is known from the material: of those who took part and of those who were spoken of."""
    spoken = (read(part.text, language).names for part in material.parts)
    people = (words_of_name(person.name, language) for person in material.people)
    return frozenset().union(*spoken, *people)


def _is_name(claim: Claim, token: Token, known: frozenset[str]) -> bool:
    lexicon, text = claim.reading.lexicon, token.text
    if not text[0].isupper() or len(text) == 1 or (text.isupper() and len(text) <= 5):
        return False
    if token.word in lexicon.stopwords or token.word in lexicon.times or token.word in lexicon.numbers:
        return False
    return not token.opens or is_double_name(text) or _is_given(token.word, known - claim.reading.lexicon.negations)


def _is_given(word: str, names: frozenset[str]) -> bool:
    """The name itself, or either of the two with the ending of the genitive."""
    return word in names or word.removesuffix("s") in names or word.removesuffix("'s") in names or f"{word}s" in names


def _are_pronouns_replaced(claim: Claim, strange: list[Token], known: frozenset[str]) -> bool:
    """`Ingrid har gått ner fem kilo` for `hon har gått ner fem kilo`: every strange name is of somebody who took part,
    the source speaks of somebody by a pronoun that the sentence has not kept, and none of its own names is lost.
    """
    people = frozenset().union(*(words_of_name(person.name, claim.language) for person in claim.material.people))
    if not all(_is_given(token.word, people) for token in strange):
        return False
    told = frozenset(token.word for token in claim.content)
    return any(_speaks_of_somebody(source, told) and not _lost_names(source, told, known) for source in claim.sources)


def _lost_names(source: Reading, told: frozenset[str], known: frozenset[str]) -> set[str]:
    """Names of the source that the sentence has not kept, in the stretches it tells and right after words it tells."""
    shared = {token.clause for token in source.tokens if token.word in told}
    follows = {after.word for before, after in pairwise(source.tokens) if before.word in told}
    names = {t.word for t in source.tokens if t.clause in shared or t.word in follows} & known
    return {name for name in names if not _is_given(name, told)}


def _speaks_of_somebody(source: Reading, told: frozenset[str]) -> bool:
    pronouns = source.lexicon.second_person | source.lexicon.third_person
    return bool((source.words & pronouns) - told)
