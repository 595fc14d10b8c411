# SPDX-License-Identifier: EUPL-1.2
"""A sentence denies what its sources deny, and nothing else. A wrong "not" costs somebody their help."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from services.drafting.domain.checks.claim import Claim, words_of_name
from services.drafting.domain.language.reading import Reading, Token
from services.drafting.domain.language.words import is_content, is_kin, stem
from services.drafting.domain.sentences import Check, CheckKind, Verdict

# From this share of its words, in order, a sentence counts as told in the source's own words.
NEAR_VERBATIM = 0.7
# A clause of the source speaks of the same thing when it shares this many of the sentence's own words, or half.
SHARED_WORDS = 2


def check_negation(claim: Claim) -> Check | None:
    """A sentence in the source's own words is compared place by place; another by the clauses that share its words."""
    said = [token for token in claim.content if not claim.reading.is_negation(token)]
    if not said or not claim.sources:
        return None
    if any(source.is_negated for source in claim.sources) and _is_told_in_quotes(claim):
        cut = any(
            _is_cut_from_negation(text, source) for _, _, text in claim.reading.quotations for source in claim.sources
        )
        verdict = Verdict.FAIL if cut else Verdict.OK
        return claim.verdict(CheckKind.NEGATION, verdict, f"negation.{verdict.value}")
    aligned = [_Alignment.of(claim, source) for source in claim.sources]
    best = max(aligned, key=lambda each: each.share)
    verdict, key = (
        (Verdict.FAIL if best.differs() else Verdict.OK, "negation.fail" if best.differs() else "negation.ok")
        if best.share >= NEAR_VERBATIM
        else _compare_clauses(claim)
    )
    has_negation = claim.reading.is_negated or any(source.is_negated for source in claim.sources)
    return claim.verdict(CheckKind.NEGATION, verdict, key) if has_negation else None


def _is_told_in_quotes(claim: Claim) -> bool:
    """Whether everything quoted is verbatim, and what stands outside the quotation marks denies nothing."""
    quoted = [text for _, _, text in claim.reading.quotations]
    outside = [token for token in claim.content if not claim.reading.is_quoted(token)]
    is_verbatim = all(any(text in source.text for source in claim.sources) for text in quoted)
    return bool(quoted) and is_verbatim and not any(claim.reading.is_negation(token) for token in outside)


def _is_cut_from_negation(quote: str, source: Reading) -> bool:
    """Whether the quote leaves out a negation of a clause that it holds a part of: `trappan klarar jag` of `trappan
    klarar jag inte`.
    """
    start = source.text.find(quote)
    if start < 0:
        return False
    end = start + len(quote)
    clauses = {token.clause for token in source.tokens if start <= token.start < end}
    left_out = (token for token in source.tokens if not start <= token.start < end)
    return any(token.clause in clauses and source.is_negation(token) for token in left_out)


@dataclass(frozen=True)
class _Alignment:
    """Which words of the sentence are which words of the source, negations left out."""

    told: tuple[Token, ...]
    source: Reading
    pairs: tuple[tuple[int, int], ...]
    share: float

    @classmethod
    def of(cls, claim: Claim, source: Reading) -> _Alignment:
        left = [at for at, token in enumerate(claim.content) if not source.is_negation(token)]
        right = [at for at, token in enumerate(source.tokens) if not source.is_negation(token)]
        matcher = SequenceMatcher(
            None, [claim.content[at].word for at in left], [source.tokens[at].word for at in right], autojunk=False
        )
        pairs = tuple(
            (left[block.a + step], right[block.b + step])
            for block in matcher.get_matching_blocks()
            for step in range(block.size)
        )
        return cls(claim.content, source, pairs, len(pairs) / max(1, len(left)))

    def differs(self) -> bool:
        """Whether one side has a negation in a clause where the other has none: `att hon inte klarar` denies what
        `klarar jag inte` does. Words of the source that the sentence leaves out take their own clauses' negations
        with them.
        """
        balance: Counter[int] = Counter()
        edges = [(-1, -1), *self.pairs, (len(self.told), len(self.source.tokens))]
        for (left, right), (next_left, next_right) in pairwise(edges):
            own = sum(self.source.is_negation(token) for token in self.told[left + 1 : next_left])
            theirs = [at for at in range(right + 1, next_right) if self.source.is_negation(self.source.tokens[at])]
            bound = [at for at in theirs if self._is_bound(at, right, next_right)]
            clause = self.source.tokens[right if right >= 0 else min(next_right, len(self.source.tokens) - 1)].clause
            if own > len(theirs):
                balance[clause] += own - len(theirs)
            for at in bound[own:]:
                balance[self.source.tokens[at].clause] -= 1
        return any(balance.values())

    def _is_bound(self, at: int, before: int, after: int) -> bool:
        """Whether the source's negation stands directly beside a word that the sentence kept, in the same clause."""
        clause = self.source.tokens[at].clause
        beside_before = before >= 0 and at == before + 1 and self.source.tokens[before].clause == clause
        is_kept_after = after < len(self.source.tokens) and self.source.tokens[after].clause == clause
        return beside_before or (is_kept_after and (at == after - 1 or before >= 0))


def _compare_clauses(claim: Claim) -> tuple[Verdict, str]:
    """The same thing said and denied fails; something like it that is denied on one side only is to be looked at."""
    told = _clauses(claim.reading, claim.content)
    theirs = [clause for source in claim.sources for clause in _clauses(source, source.tokens)]
    people = frozenset().union(*(words_of_name(each.name, claim.language) for each in claim.material.people))
    named = frozenset(stem(word, claim.language) for word in people)
    for every_stem, is_negated in told:
        stems = every_stem - named
        alike = [(shared, other) for other in theirs if (shared := _shared(stems, other[0])) and stems]
        close = [other for shared, other in alike if shared >= min(SHARED_WORDS, (len(stems) + 1) // 2)]
        if close and all(other[1] != is_negated for other in close) and not (is_negated and _denies(claim)):
            is_opposite = any(shared == len(stems) for shared, _ in alike)
            return (Verdict.FAIL, "negation.fail") if is_opposite else (Verdict.WARNING, "negation.warning")
    if claim.reading.is_negated and not any(source.is_negated for source in claim.sources):
        return Verdict.WARNING, "negation.warning"
    return Verdict.OK, "negation.ok"


def _denies(claim: Claim) -> bool:
    """Whether a cited part answers no: then a denial in the sentence may be that answer."""
    return any(token.word in source.lexicon.no for source in claim.sources for token in source.tokens)


def _clauses(reading: Reading, tokens: tuple[Token, ...]) -> list[tuple[frozenset[str], bool]]:
    found: dict[int, list[Token]] = {}
    for token in tokens:
        found.setdefault(token.clause, []).append(token)
    return [
        (
            frozenset(stem(t.word, reading.language) for t in clause if is_content(t.word, reading.lexicon)),
            any(reading.is_negation(token) for token in clause),
        )
        for clause in found.values()
    ]


def _shared(one: frozenset[str], other: frozenset[str]) -> int:
    return sum(any(is_kin(a, b) for b in other) for a in one)
