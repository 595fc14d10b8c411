# SPDX-License-Identifier: EUPL-1.2
"""True sentences about a meeting, and false ones that differ from a true one in a single thing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evaluation.drafting.annotated import Meeting
from services.drafting.domain.language import lexicon_of, read
from services.drafting.domain.material import Part

SAYS = {"sv": ("uppger att", "säger", "inte"), "da": ("oplyser at", "siger", "ikke")}
INVENTED = {
    "sv": ("Den enskilde har två hundar.", "Bostaden saknar värme sedan i vintras.", "En granne sköter trädgården."),
    "da": ("Borgeren har to hunde.", "Boligen har manglet varme siden i vinter.", "En nabo passer haven."),
}


@dataclass(frozen=True)
class Planted:
    """`kind` is `true`, or what was made false."""

    kind: str
    text: str
    part: Part


def planted(meeting: Meeting, seed: int) -> Iterator[Planted]:
    chance = random.Random(seed)
    says, in_quotes, _ = SAYS[meeting.language]
    for part, quote in _quotes(meeting):
        name = _name(meeting, part)
        yield Planted("true", quote, part)
        yield Planted("true", f"{name} {says} {quote[0].lower()}{quote[1:]}", part)
        yield Planted("true", f'{name} {in_quotes}: "{quote}"', part)
        for kind, falsify in FALSIFIERS.items():
            if (text := falsify(meeting, part, quote, chance)) is not None:
                yield Planted(kind, text, part)
    for text in INVENTED[meeting.language]:
        yield Planted("no_basis", text, chance.choice(meeting.material.parts))


def _quotes(meeting: Meeting) -> Iterator[tuple[Part, str]]:
    parts = {part.part_id: part for part in meeting.material.parts}
    for fact in meeting.gold["facts"]:
        for quote in fact["quotes"]:
            part = next(parts[each] for each in fact["support"] if quote in parts[each].text)
            if _name(meeting, part) and len(quote.split()) > 2:
                yield part, quote


def _name(meeting: Meeting, part: Part) -> str:
    person = meeting.material.person(part.speaker)
    return person.name if person else ""


def _exchanged(quote: str, part: Part, words: list[str], chance: random.Random) -> str | None:
    """The quote with its first word of the family replaced by one that the part does not hold."""
    said = read(part.text, "sv").words
    others = [word for word in words if word not in said]
    for token in read(quote, "sv").tokens:
        if token.word in words and others:
            return quote[: token.start] + chance.choice(others) + quote[token.end :]
    return None


def _number(meeting: Meeting, part: Part, quote: str, chance: random.Random) -> str | None:
    lexicon = lexicon_of(meeting.language)
    return _exchanged(
        quote, part, [w for w, value in lexicon.numbers.items() if value.isdigit() and len(w) > 2], chance
    )


def _time(meeting: Meeting, part: Part, quote: str, chance: random.Random) -> str | None:
    months = [*lexicon_of(meeting.language).month_numbers]
    return _exchanged(quote, part, months, chance) or _exchanged(quote, part, _weekdays(meeting), chance)


def _weekdays(meeting: Meeting) -> list[str]:
    return [word for word in lexicon_of(meeting.language).times if re.fullmatch(r"\w+dag(?:ar|e)?", word)]


def _negation(meeting: Meeting, part: Part, quote: str, chance: random.Random) -> str | None:
    no = SAYS[meeting.language][2]
    told, removed = re.subn(rf" {no}\b", "", quote, count=1)
    return told if removed else None


def _speaker(meeting: Meeting, part: Part, quote: str, chance: random.Random) -> str | None:
    others = [person.name for person in meeting.material.people if person.name and person.speaker != part.speaker]
    return f"{chance.choice(others)} {SAYS[meeting.language][0]} {quote[0].lower()}{quote[1:]}" if others else None


def _quotation(meeting: Meeting, part: Part, quote: str, chance: random.Random) -> str | None:
    long = [token for token in read(quote, meeting.language).tokens if len(token.word) > 4]
    if not long:
        return None
    token = chance.choice(long)
    changed = f"{quote[: token.start]}{token.text[::-1]}{quote[token.end :]}"
    return f'{_name(meeting, part)} {SAYS[meeting.language][1]}: "{changed}"'


Falsifier = Callable[[Meeting, Part, str, random.Random], str | None]
FALSIFIERS: dict[str, Falsifier] = {
    "number": _number,
    "time": _time,
    "negation": _negation,
    "speaker": _speaker,
    "quotation": _quotation,
}
