# SPDX-License-Identifier: EUPL-1.2
"""What a sentence says can be found in what it cites: the words that carry it, in any form."""

from __future__ import annotations

from services.drafting.domain.checks.claim import Claim, words_of_name
from services.drafting.domain.dialogue import question_of
from services.drafting.domain.language.reading import read
from services.drafting.domain.language.words import is_content, is_known_as, stem
from services.drafting.domain.sentences import Check, CheckKind, Verdict

# The share of a sentence's own words that its sources must have, set on evaluation/drafting: true paraphrases lie
# above, invented sentences below.
SOME = 0.34


def check_support(claim: Claim) -> Check:
    """One word is enough for a warning that names it: `artros` told as `cancer` is one word out of eight."""
    if claim.unknown:
        return claim.verdict(CheckKind.SUPPORT, Verdict.FAIL, "support.unknown", part=claim.unknown[0].part_id)
    if not claim.parts:
        return claim.verdict(CheckKind.SUPPORT, Verdict.FAIL, "support.none")
    told, strange = _words(claim)
    share = 1 - len(strange) / len(told) if told else _share_of_all_words(claim)
    words = ", ".join(strange[:5])
    if share < SOME:
        return claim.verdict(CheckKind.SUPPORT, Verdict.FAIL, "support.fail", words=words)
    if strange:
        return claim.verdict(CheckKind.SUPPORT, Verdict.WARNING, "support.warning", words=words)
    return claim.verdict(CheckKind.SUPPORT, Verdict.OK, "support.ok")


def _words(claim: Claim) -> tuple[list[str], list[str]]:
    """The sentence's own words, and those of them that no cited part, the question it answers, no heading and no
    participant's name knows.
    """
    lexicon, language = claim.reading.lexicon, claim.language
    known = frozenset().union(*(source.every_stem for source in claim.sources))
    known |= frozenset().union(*(read(part.heading, language).every_stem for part in claim.parts))
    asked = (question_of(part, claim.material, language) for part in claim.parts)
    known |= frozenset().union(*(read(each.part.text, language).every_stem for each in asked if each is not None))
    people = frozenset().union(*(words_of_name(person.name, language) for person in claim.material.people))
    told = [t for t in claim.content if is_content(t.word, lexicon) and t.word not in lexicon.speech_verbs]
    told = [t for t in told if t.word not in people and t.word.removesuffix("s") not in people]
    told = list({t.word: t for t in told}.values())
    return [t.text for t in told], [t.text for t in told if not is_known_as(known, stem(t.word, language))]


def _share_of_all_words(claim: Claim) -> float:
    """For a sentence of small words only, such as `Ja, det gör jag`: how much of it the sources have at all."""
    words = {token.word for token in claim.content}
    return len(words & claim.source_words) / len(words) if words else 1.0
