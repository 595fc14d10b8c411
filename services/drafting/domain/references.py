# SPDX-License-Identifier: EUPL-1.2
"""References to law as people write them: "SoL (2025:400) 11 kap. 1 §", "11 kap. 1 § SoL", "barnets lov § 87, stk. 1".

In Swedish the sign stands after the number, in Danish and Norwegian before it. A reference is read, never judged, here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

# Bounded, so that a text made to be slow to read is not.
_LIST = r"\d{1,4}(?:\s?[a-h]\b)?(?:\s{0,3}(?:,|-|–|och|samt|eller|og)\s{0,3}\d{1,4}(?:\s?[a-h]\b)?){0,30}"
_SIGN_AFTER = re.compile(
    rf"(?<!\d)(?:(?P<chapter>\d{{1,3}}(?:\s?[a-h])?)\s{{0,3}}kap\.?\s{{0,3}})?(?P<listed>{_LIST})\s{{0,3}}§{{1,2}}",
    re.IGNORECASE,
)
_SIGN_BEFORE = re.compile(rf"(?P<sign>§{{1,2}})\s{{0,3}}(?P<listed>{_LIST})", re.IGNORECASE)
_LAW_NUMBER = r"(?:\s*\((?P<number>[^()]{3,60})\))?"
_UNKNOWN_NAME = (
    r"\w{3,}(?:lag|lagen|lagens|balken|förordningen|lov|loven|lovens)\b|\b(?-i:[A-ZÅÄÖÆØ]+[a-zåäöæø]*[A-ZÅÄÖÆØ]\w*)"
)
# An act by its number: "lagen (1993:387) om stöd och service till vissa funktionshindrade".
_NUMBERED = r"\b(?P<law>lag(?:en)?)\s?\((?P<number>\d{4}:\d+)\)(?:\s(?:om|med)\s[^\d§.,;()]{3,120})?"
_BEFORE = re.compile(r"[\s,:]*")
# What may stand between a paragraph and its law: stycken, punkter, stk., nr., ledd and their numbers.
_BETWEEN = re.compile(
    r"(?:[\s,.]|\b(?:i|p|punkten|stycket|första|andra|tredje|fjärde|femte|stk|nr|litra|pkt|ledd|første|andet|bokstav|"
    r"av|af|\d{1,2}|[a-h])\b)*",
    re.IGNORECASE,
)
_CONNECTOR = re.compile(r"(?:[\s,]|\b(?:och|samt|eller|og|stk|nr|första|andra|stycket|\d{1,2})\b\.?)*", re.IGNORECASE)


class Sign(StrEnum):
    """Where the sign stands."""

    AFTER = "after"
    BEFORE = "before"


@dataclass(frozen=True)
class ParagraphNumber:
    """`chapter` is empty in a law whose paragraphs are numbered through."""

    section: str
    chapter: str = ""

    def written(self, sign: Sign) -> str:
        if sign is Sign.BEFORE:
            return f"§ {self.section}"
        return f"{self.chapter} kap. {self.section} §" if self.chapter else f"{self.section} §"


@dataclass(frozen=True)
class Reference:
    """`law` is the name as written, empty when none was; `law_number` what stood in parentheses after it."""

    paragraphs: tuple[ParagraphNumber, ...]
    law: str = ""
    law_number: str = ""


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    law: str
    number: str


@dataclass(frozen=True)
class _Place:
    """A paragraph expression in the text, with the law that belongs to it once that is known."""

    start: int
    end: int
    paragraphs: tuple[ParagraphNumber, ...]
    mention: _Mention | None = None

    @property
    def law_comes_after(self) -> bool:
        return self.mention is not None and self.mention.start >= self.end


def references(text: str, names: Iterable[str], sign: Sign) -> tuple[Reference, ...]:
    """Every paragraph that the text names, with its law. `names` are the known names of laws, in any case."""
    mentions = _mentions(text, names)
    places = _with_neighbours(text, _with_own_law(text, _places(text, sign), mentions))
    return tuple(
        Reference(each.paragraphs, each.mention.law, each.mention.number)
        if each.mention
        else Reference(each.paragraphs)
        for each in places
    )


def numbers(written: str, sign: Sign) -> tuple[ParagraphNumber, ...]:
    """The paragraphs of one expression without a law, such as "2 kap. 1-4 §§" or "§§ 66-67"."""
    return tuple(number for place in _places(written, sign) for number in place.paragraphs)


def _mentions(text: str, names: Iterable[str]) -> list[_Mention]:
    """The laws that the text names, those known by name or number before what only looks like a law."""
    known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) or r"(?!)"
    patterns = (
        _NUMBERED,
        rf"\b(?P<law>{known})s?\b{_LAW_NUMBER}",
        rf"\b(?P<law>{_UNKNOWN_NAME}){_LAW_NUMBER}",
    )
    found: list[_Mention] = []
    for pattern in patterns:
        taken = [(each.start, each.end) for each in found]
        found += [
            _Mention(each.start(), each.end(), each["law"], each["number"] or "")
            for each in re.finditer(pattern, text, re.IGNORECASE)
            if not any(each.start() < end and start < each.end() for start, end in taken)
        ]
    return sorted(found, key=lambda mention: mention.start)


def _places(text: str, sign: Sign) -> list[_Place]:
    pattern = _SIGN_AFTER if sign is Sign.AFTER else _SIGN_BEFORE
    return [
        _Place(each.start(), each.end(), tuple(_listed(each, is_single=_is_single(each, sign))))
        for each in pattern.finditer(text)
    ]


def _is_single(found: re.Match[str], sign: Sign) -> bool:
    """One Norwegian paragraph may hold a hyphen ("§ 3-2"); with two signs a hyphen is a range ("§§ 24-25")."""
    return sign is Sign.BEFORE and found["sign"] == "§"


def _listed(found: re.Match[str], *, is_single: bool) -> Iterator[ParagraphNumber]:
    chapter = _tidy(found.groupdict().get("chapter") or "")
    for piece in re.split(r"\s*(?:,|och|samt|eller|og)\s*", found["listed"]):
        first, *last = [_tidy(each) for each in re.split(r"\s*[-–]\s*", piece)]
        if is_single and last:
            yield ParagraphNumber("-".join([first, *last]), chapter)
        elif last and first.isdigit() and last[0].isdigit() and int(first) < int(last[0]) <= int(first) + 100:
            yield from (ParagraphNumber(str(each), chapter) for each in range(int(first), int(last[0]) + 1))
        elif first:
            yield from (ParagraphNumber(each, chapter) for each in (first, *last))


def _tidy(number: str) -> str:
    """The numbers 6a and 6  A are both written 6 a."""
    found = re.fullmatch(r"(\d+)\s*([a-h]?)", number.strip().lower())
    return " ".join(filter(None, found.groups())) if found else number.strip()


def _with_own_law(text: str, places: list[_Place], mentions: list[_Mention]) -> list[_Place]:
    """A law that stands right before a paragraph or right after it is that paragraph's, and only one's."""
    taken: set[_Mention] = set()
    settled: list[_Place] = []
    for place in places:
        before = next((m for m in reversed(mentions) if m.end <= place.start), None)
        after = next((m for m in mentions if m.start >= place.end), None)
        is_before = before is not None and before not in taken and _is(_BEFORE, text[before.end : place.start])
        is_after = after is not None and _is(_BETWEEN, text[place.end : after.start])
        comma = before is not None and "," in text[before.end : place.start]
        own = before if is_before and not (is_after and comma) else after if is_after else None
        taken |= {own} if own else set()
        settled.append(replace(place, mention=own))
    return settled


def _with_neighbours(text: str, places: list[_Place]) -> list[_Place]:
    """A paragraph without a law of its own has its neighbour's: "11 kap. 1 § och 12 kap. 1 § SoL"."""
    settled = list(places)
    for at in range(len(settled) - 2, -1, -1):
        this, later = settled[at], settled[at + 1]
        if not this.mention and later.law_comes_after and _is(_CONNECTOR, text[this.end : later.start]):
            settled[at] = replace(this, mention=later.mention)
    for at in range(1, len(settled)):
        earlier, this = settled[at - 1], settled[at]
        end = max(earlier.end, earlier.mention.end if earlier.mention else 0)
        if not this.mention and earlier.mention and end <= this.start and _is(_CONNECTOR, text[end : this.start]):
            settled[at] = _following(this, earlier)
    return settled


def _following(place: _Place, earlier: _Place) -> _Place:
    """In 11 kap. 1 § eller 5 § the second is in the same chapter of the same law."""
    chapter = earlier.paragraphs[-1].chapter
    paragraphs = tuple(each if each.chapter else replace(each, chapter=chapter) for each in place.paragraphs)
    return replace(place, paragraphs=paragraphs, mention=earlier.mention)


def _is(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) <= 60 and pattern.fullmatch(text) is not None
