# SPDX-License-Identifier: EUPL-1.2
"""A text taken apart once: words with their places, quotations, numbers, times, names, negations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from services.drafting.domain.language.lexicon import Lexicon, lexicon_of
from services.drafting.domain.language.words import is_content, stem

WORD = re.compile(
    r"\d{1,3}(?:[ \u00a0.]\d{3})+(?!\d)|\d+(?:[.,]\d+)?|[^\W\d_]+(?:[-'’][^\W\d_]+)*",
)
QUOTED = re.compile(r'"([^"]+)"|[“”„]([^“”„]+)[“”]|»([^«»]+)«|«([^«»]+)»')
SENTENCE_END = re.compile(r"[.!?…]+[\"”»«)]*\s+(?=[^\W_]|[\"”„»«–-])")
CLAUSE_END = re.compile(r"[.,;:!?–…()\"”“„»«]")


@dataclass(frozen=True)
class Token:
    """A word and where it stands. `clause` counts the stretches between punctuation marks, `sentence` those between
    full stops; `opens` says that the word is the first of its sentence, where a capital letter tells nothing.
    """

    text: str
    word: str
    start: int
    end: int
    clause: int
    sentence: int
    opens: bool


@dataclass(frozen=True)
class Reading:
    text: str
    language: str
    tokens: tuple[Token, ...]

    @cached_property
    def lexicon(self) -> Lexicon:
        return lexicon_of(self.language)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(token.word for token in self.tokens)

    @cached_property
    def plain(self) -> str:
        """The words with one space between and around, to look for phrases in."""
        return f" {' '.join(token.word for token in self.tokens)} "

    def has_phrase(self, phrases: Iterable[str]) -> bool:
        return any(f" {phrase}" in self.plain for phrase in phrases)

    @cached_property
    def opening(self) -> str:
        return self.tokens[0].word if self.tokens else ""

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the words that carry meaning."""
        return frozenset(stem(t.word, self.language) for t in self.tokens if is_content(t.word, self.lexicon))

    @cached_property
    def every_stem(self) -> frozenset[str]:
        return frozenset(stem(token.word, self.language) for token in self.tokens)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The values named by digits and number words: `åtta` is 8, `åttonde` is 8. and the digit 8 may be either."""
        found = [(token.word, value) for token in self.tokens if (value := number_in(token.word, self.lexicon))]
        return frozenset(value for _, value in found) | {f"{value}." for word, value in found if word[0].isdigit()}

    @cached_property
    def counts(self) -> frozenset[str]:
        """The numbers, and 1 for an `en` before something that is counted (`en gång`)."""
        singular = any(
            token.word in self.lexicon.singular
            and (after.word in self.lexicon.counted or after.word in self.lexicon.times)
            for token, after in zip(self.tokens, self.tokens[1:], strict=False)
        )
        bare = frozenset(
            n for t in self.tokens if t.word not in self.lexicon.singular and (n := number_in(t.word, self.lexicon))
        )
        return bare | {"1"} if singular else bare

    @cached_property
    def units(self) -> frozenset[str]:
        """What is counted or measured: `gång`, `vecka`."""
        counted = (stem(token.word, self.language) for token in self.tokens if token.word in self.lexicon.counted)
        return frozenset(counted) | self.times

    @cached_property
    def times(self) -> frozenset[str]:
        return frozenset(self.lexicon.times[t.word] for t in self.tokens if t.word in self.lexicon.times)

    @cached_property
    def names(self) -> frozenset[str]:
        """Capitalised words where a capital tells something, and double names anywhere. Lower case."""
        return frozenset(t.word for t in self.tokens if t.text[0].isupper() and (not t.opens or is_double_name(t.text)))

    @cached_property
    def quotations(self) -> tuple[tuple[int, int, str], ...]:
        """What stands between quotation marks, with its place in the text."""
        found = (next((m.start(g), m.end(g), m[g]) for g in range(1, 5) if m[g]) for m in QUOTED.finditer(self.text))
        return tuple(found)

    def is_quoted(self, token: Token) -> bool:
        return any(start <= token.start < end for start, end, _ in self.quotations)

    def is_negation(self, token: Token) -> bool:
        return token.word in self.lexicon.negations

    @cached_property
    def is_negated(self) -> bool:
        return any(self.is_negation(token) or token.word in self.lexicon.no for token in self.tokens)


def is_double_name(text: str) -> bool:
    return "-" in text and all(part[:1].isupper() for part in text.split("-"))


def number_in(word: str, lexicon: Lexicon) -> str:
    """The value that the word names, as plain digits, or nothing."""
    if word[0].isdigit():
        grouped = re.fullmatch(r"\d{1,3}(?:[ \u00a0.]\d{3})+", word)
        return re.sub(r"\D", "", word) if grouped else word.replace(",", ".")
    return lexicon.numbers.get(word, "")


def sentences_of(text: str, language: str) -> tuple[tuple[int, int], ...]:
    """Where each sentence starts and ends. A full stop after an abbreviation ends nothing."""
    abbreviations, starts = lexicon_of(language).abbreviations, [0]
    for end in SENTENCE_END.finditer(text):
        before = text[starts[-1] : end.start()].split()
        is_short = end[0].strip() == "." and bool(before) and before[-1].lower().strip("(") in abbreviations
        if not is_short:
            starts.append(end.end())
    ends = [*starts[1:], len(text)]
    spans = ((start, start + len(text[start:end].rstrip())) for start, end in zip(starts, ends, strict=True))
    return tuple((start, end) for start, end in spans if end > start)


@lru_cache(maxsize=4096)
def read(text: str, language: str) -> Reading:
    """Take a text apart. The last few thousand readings are kept, since every check of a case reads the same parts."""
    spans = sentences_of(text, language)
    tokens: list[Token] = []
    clause, last_end = 0, 0
    for found in WORD.finditer(text):
        between = text[last_end : found.start()]
        if tokens and CLAUSE_END.search(between):
            clause += 1
        at = next((i for i, (start, end) in enumerate(spans) if start <= found.start() < end), 0)
        opens = not tokens or tokens[-1].sentence != at or bool(re.search(r"[:\"”“„»«]\s*$", between))
        word = found[0].lower().replace("’", "'")
        tokens.append(Token(found[0], word, found.start(), found.end(), clause, at, opens))
        last_end = found.end()
    return Reading(text, language, tuple(tokens))
