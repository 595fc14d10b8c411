# SPDX-License-Identifier: EUPL-1.2
"""Whose word a sentence says that it gives: `Karin Holm uppger att …`, `På frågan "…" säger dottern: "…"`, `Enligt
Karin …`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.drafting.domain.language.reading import Reading, Token

THAT = frozenset({"att", "at", "that"})
LONGEST_NAME = 4
OPENS_SAYING = re.compile(r"\s*:|\s*[\"“”„»«]")
ENDS_NAME = re.compile(r"[.;:!?\"“”„»«]")


@dataclass(frozen=True)
class Attribution:
    """`named` is the name or the role as written; what it governs lies from `end` to the next attribution."""

    named: str
    start: int
    end: int


def attributions_in(reading: Reading) -> tuple[Attribution, ...]:
    """Only a saying that frames a statement counts; `det sa Karin till mig` inside one is part of what was said."""
    tokens = [token for token in reading.tokens if not reading.is_quoted(token)]
    found = [_according_to(reading, tokens)]
    for at, token in enumerate(tokens):
        if token.word in reading.lexicon.reporting_verbs:
            found.append(_before_verb(reading, tokens, at) or _after_verb(reading, tokens, at))
    return tuple(each for each in found if each)


def _before_verb(reading: Reading, tokens: list[Token], at: int) -> Attribution | None:
    verb, follows = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else None
    has_that = follows is not None and follows.word in THAT and reading.text[verb.end : follows.start].isspace()
    if not has_that and not OPENS_SAYING.match(reading.text, verb.end):
        return None
    named: list[Token] = []
    for token in reversed(tokens[max(0, at - LONGEST_NAME) : at]):
        if ENDS_NAME.search(reading.text[token.end : (named[0] if named else verb).start]):
            break
        named.insert(0, token)
    spoken = _speaker(reading, named)
    end = follows.end if has_that and follows else verb.end
    return Attribution(_text(reading, spoken), spoken[0].start, end) if spoken else None


def _after_verb(reading: Reading, tokens: list[Token], at: int) -> Attribution | None:
    """`… uppger Karin Holm: "…"`"""
    for length in range(min(LONGEST_NAME, len(tokens) - at - 1), 0, -1):
        named = tokens[at + 1 : at + 1 + length]
        if OPENS_SAYING.match(reading.text, named[-1].end) and _speaker(reading, named) == named:
            return Attribution(_text(reading, named), tokens[at].start, named[-1].end)
    return None


def _according_to(reading: Reading, tokens: list[Token]) -> Attribution | None:
    openings = [each.split() for each in reading.lexicon.according_to]
    for opening in openings:
        if [token.word for token in tokens[: len(opening)]] == opening:
            rest = tokens[len(opening) : len(opening) + LONGEST_NAME]
            for length in range(len(rest), 0, -1):
                if _speaker(reading, rest[:length]) == rest[:length]:
                    return Attribution(_text(reading, rest[:length]), tokens[0].start, rest[length - 1].end)
    return None


def _speaker(reading: Reading, tokens: list[Token]) -> list[Token]:
    """The tail of the words that names somebody: a known role, or capitalised words."""
    for start in range(len(tokens)):
        if " ".join(token.word for token in tokens[start:]) in reading.lexicon.speakers:
            return tokens[start:]
    named: list[Token] = []
    for token in reversed(tokens):
        if not token.text[0].isupper() or token.word in reading.lexicon.stopwords:
            break
        named.insert(0, token)
    return named


def _text(reading: Reading, tokens: list[Token]) -> str:
    return reading.text[tokens[0].start : tokens[-1].end] if tokens else ""
