# SPDX-License-Identifier: EUPL-1.2
"""Numbers and times in a sentence stand in what it cites: figures and words alike, `8` and `åtta`."""

from __future__ import annotations

from collections import Counter

from services.drafting.domain.checks.claim import Claim
from services.drafting.domain.language.reading import Token, number_in
from services.drafting.domain.sentences import Check, CheckKind, Verdict


def check_numbers(claim: Claim) -> Check | None:
    told = {value: token.text for token in claim.content if (value := _value(claim, token))}
    if not told:
        return None
    known = frozenset().union(*(source.numbers for source in claim.sources)) | _numbers_of_the_day(claim)
    wrong = [text for value, text in told.items() if not _readings_of(value, text) & known]
    if wrong:
        return claim.verdict(CheckKind.NUMBERS, Verdict.FAIL, "numbers.fail", numbers=", ".join(wrong))
    return claim.verdict(CheckKind.NUMBERS, Verdict.OK, "numbers.ok")


def check_dates(claim: Claim) -> Check | None:
    """Months, weekdays, seasons, parts of the day and units of time, none more often than the sources name it: `fyra
    dagar i dagen` for `fyra dagar i veckan` names a day once too often.
    """
    names = claim.reading.lexicon.times
    told = [(names[token.word], token.text) for token in claim.content if token.word in names]
    if not told:
        return None
    known = Counter(names[t.word] for source in claim.sources for t in source.tokens if t.word in names)
    known.update(_month_of_the_day(claim))
    often = Counter(name for name, _ in told)
    wrong = list(dict.fromkeys(text for name, text in told if often[name] > known[name]))
    if wrong:
        return claim.verdict(CheckKind.DATES, Verdict.FAIL, "dates.fail", times=", ".join(wrong))
    return claim.verdict(CheckKind.DATES, Verdict.OK, "dates.ok")


def _value(claim: Claim, token: Token) -> str:
    """The number that the word names. `En` counts only before something that is counted (`en gång`), and a word such as
    `andra`, which also means "others", not at all.
    """
    lexicon = claim.reading.lexicon
    if token.word in lexicon.unsure_ordinals:
        return ""
    if token.word in lexicon.singular:
        at = claim.reading.tokens.index(token)
        following = claim.reading.tokens[at + 1].word if at + 1 < len(claim.reading.tokens) else ""
        return "1" if following in lexicon.counted or following in lexicon.times else ""
    return number_in(token.word, lexicon)


def _readings_of(value: str, text: str) -> set[str]:
    """`8` may stand for eight and for the eighth; a number word for one of them only."""
    return {value, f"{value}."} if text[0].isdigit() else {value}


def _numbers_of_the_day(claim: Claim) -> frozenset[str]:
    """The meeting's own year, and its day and month where the sentence names them together."""
    met_on = claim.material.met_on
    if met_on is None:
        return frozenset()
    with_day = {str(met_on.day), str(met_on.month), f"{met_on.month:02}"} if _month_of_the_day(claim) else set()
    return frozenset({str(met_on.year), *with_day})


def _month_of_the_day(claim: Claim) -> frozenset[str]:
    met_on, reading = claim.material.met_on, claim.reading
    if met_on is None or str(met_on.day) not in reading.numbers:
        return frozenset()
    months = {name for name, number in reading.lexicon.month_numbers.items() if number == met_on.month}
    return frozenset(months & reading.times)
