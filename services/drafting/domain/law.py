# SPDX-License-Identifier: EUPL-1.2
"""The law by date: whether a paragraph that a text names was in force, what came in its place, and how to appeal.

What the book does not hold it does not judge, but for a law it has never heard of and a number beyond a law's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.drafting.domain.references import ParagraphNumber, Reference, Sign, references
from services.drafting.domain.templates import Template
from services.drafting.domain.wording import Texts
from services.drafting.domain.written_dates import written_date


class LegalProblem(StrEnum):
    NOT_IN_FORCE = "not_in_force"
    RENUMBERED = "renumbered"
    WRONG_PHRASE = "wrong_phrase"
    UNKNOWN_LAW = "unknown_law"
    UNKNOWN_PARAGRAPH = "unknown_paragraph"
    NO_PARAGRAPH = "no_paragraph"
    NO_BASIS = "no_basis"


@dataclass(frozen=True)
class Validity:
    """From and with the first day to and with the last; without one, without limit."""

    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Paragraph:
    """`moved_to` says where the same matter stands afterwards; `cues` tell that a text means the old subject."""

    about: str
    is_basis: bool = False
    validity: Validity = Validity()
    moved_to: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """`last` is its last chapter, or its last paragraph where it has no chapters."""

    key: str
    name: str
    abbreviation: str
    also: tuple[str, ...]
    number: str
    source: str
    validity: Validity
    paragraphs: Mapping[ParagraphNumber, Paragraph]
    last: int | None = None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.casefold() for each in (self.name, self.abbreviation, *self.also) if each)

    def is_named(self, reference: Reference) -> bool:
        """By a name and, where the text gives a number, by its number too; as "lagen", by its number alone."""
        given = re.search(r"\d{4}:\d+", reference.law_number)
        if reference.law.casefold() in ("lag", "lagen"):
            return given is not None and given[0] == self.number
        if reference.law.casefold() not in self.names:
            return False
        return given is None or given[0] == self.number

    def written(self, number: ParagraphNumber, sign: Sign) -> str:
        """The paragraph as a text cites it: "SoL (2025:400) 11 kap. 1 §", "barnets lov § 87"."""
        law = self.abbreviation or self.name
        if sign is Sign.BEFORE:
            return f"{self.name} {number.written(sign)}"
        return f"{law} ({self.number}) {number.written(sign)}"

    def goes_as_far_as(self, number: ParagraphNumber) -> bool:
        """False for a chapter or a paragraph beyond the law's end."""
        leading = re.match(r"\d+", number.chapter or number.section)
        return self.last is None or leading is None or int(leading[0]) <= self.last


@dataclass(frozen=True)
class Phrase:
    """Words of an older law that are wrong under these chapters of an act; `say` is what the act says."""

    phrase: str
    act: str
    chapters: frozenset[str]
    say: str


@dataclass(frozen=True)
class Appeal:
    """How decisions under these acts are appealed, in sentences by language."""

    acts: frozenset[str]
    validity: Validity
    source: str
    sentences: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class LegalFinding:
    """What is wrong with a reference. `in_force_instead` is the paragraph that applies, where that is known."""

    kind: LegalProblem
    paragraph: str
    in_force_instead: str | None
    on: date
    texts: Texts = field(repr=False, compare=False)

    @property
    def detail(self) -> str:
        """The message for developers, in English. What a caseworker reads is `message` in the case's language."""
        return self.message("en")

    def message(self, language: str) -> str:
        """A plain sentence or two for the caseworker."""
        day = written_date(self.on, language, self.texts)
        said = self.texts.say(f"law.{self.kind}", language, paragraph=self.paragraph, day=day)
        if not self.in_force_instead:
            return said
        return f"{said} {self.texts.say('law.instead', language, instead=self.in_force_instead)}"


@dataclass(frozen=True)
class LawBook:
    """The law of one country with a municipality's additions. `places` fills in where appeals go."""

    sign: Sign
    acts: tuple[Act, ...]
    phrases: tuple[Phrase, ...]
    appeals: tuple[Appeal, ...]
    places: Mapping[str, str]
    texts: Texts = field(repr=False)

    def check_reference(self, text: str, on: date) -> LegalFinding | None:
        """The first reference in the text that is wrong on the day, or a phrase that its paragraph no longer has.

        None when every paragraph named was in force, or none was named, or only paragraphs the book does not hold.
        """
        return next(self._findings(text, on, as_basis=False), None)

    def check_basis(self, text: str, on: date) -> LegalFinding | None:
        """As `check_reference`, for the legal basis of a decision: it must also name a paragraph on which a support
        can rest. 4 kap. 1 § is in force under SoL (2025:400), but gives nobody a right to a support any more.
        """
        if finding := next(self._findings(text, on, as_basis=True), None):
            return finding
        named = self._named(text)
        if not any(reference.law for reference in named):
            return self._finding(LegalProblem.NO_PARAGRAPH, text.strip(), None, on)
        listed = [act.paragraphs.get(number) for act, number in self._in_force(named, on)]
        if any(each is None or each.is_basis for each in listed):
            return None
        act, number = next(self._in_force(named, on))
        return self._finding(LegalProblem.NO_BASIS, act.written(number, self.sign), None, on)

    def appeal(self, template: Template, language: str, decided_on: date | None) -> tuple[str, ...]:
        """How to appeal a decision under the template's law: where to send it, what to say, how long there is, what
        help there is. Without a day the rules that hold last; nothing for a template that leads to no decision.
        """
        day = decided_on or date.max
        acts = {act.key for text in template.law for act, _ in self._in_force(self._named(text), day)}
        found = next((each for each in self.appeals if each.acts & acts and each.validity.holds_on(day)), None)
        if found is None or not any(section.generated for section in template.sections):
            return ()
        sentences = found.sentences.get(language) or found.sentences["en"]
        return tuple(each.format(source=found.source, **self.places) for each in sentences)

    def _findings(self, text: str, on: date, *, as_basis: bool) -> Iterator[LegalFinding]:
        for reference in self._named(text):
            if not reference.law:
                continue
            act = self._act(reference, on)
            if act is None:
                yield self._finding(
                    LegalProblem.UNKNOWN_LAW, f"{reference.law} {reference.law_number}".strip(), None, on
                )
                continue
            for number in reference.paragraphs:
                yield from self._wrong_with(act, number, text, on, as_basis=as_basis)

    def _wrong_with(
        self, act: Act, number: ParagraphNumber, text: str, on: date, *, as_basis: bool
    ) -> Iterator[LegalFinding]:
        written, paragraph = act.written(number, self.sign), act.paragraphs.get(number)
        if not act.goes_as_far_as(number):
            yield self._finding(LegalProblem.UNKNOWN_PARAGRAPH, written, None, on)
        elif not act.validity.holds_on(on) or (paragraph and not paragraph.validity.holds_on(on)):
            yield self._finding(LegalProblem.NOT_IN_FORCE, written, self._instead(act, number, on), on)
        elif old := self._old_subject(act, number, on):
            is_misused = as_basis and old.is_basis and not (paragraph and paragraph.is_basis)
            if is_misused or _has_cue(text, old.cues):
                yield self._finding(LegalProblem.RENUMBERED, written, " / ".join(old.moved_to), on)
        for phrase in self.phrases:
            if phrase.act == act.key and number.chapter in phrase.chapters and phrase.phrase in text.casefold():
                yield self._finding(LegalProblem.WRONG_PHRASE, f"”{phrase.phrase}”", f"”{phrase.say}”", on)

    def _named(self, text: str) -> tuple[Reference, ...]:
        return references(text, {name for act in self.acts for name in act.names}, self.sign)

    def _in_force(self, named: tuple[Reference, ...], on: date) -> Iterator[tuple[Act, ParagraphNumber]]:
        for reference in named:
            act = self._act(reference, on)
            if act is not None and act.validity.holds_on(on):
                yield from ((act, number) for number in reference.paragraphs)

    def _act(self, reference: Reference, on: date) -> Act | None:
        """A bare name means the act of that name that was in force on the day; none in force, the latest."""
        named = [act for act in self.acts if act.is_named(reference)]
        in_force = [act for act in named if act.validity.holds_on(on)]
        return next(iter(in_force or sorted(named, key=lambda act: act.validity.first or date.min, reverse=True)), None)

    def _instead(self, act: Act, number: ParagraphNumber, on: date) -> str | None:
        """Where the same matter stands on the day: what it moved to, or for a day before its time what it came from."""
        paragraph, own = act.paragraphs.get(number), act.written(number, self.sign)
        if paragraph and paragraph.moved_to:
            later = [each for each in paragraph.moved_to if any(self._in_force(self._named(each), on))]
            return " / ".join(later) or None
        earlier = [
            other.written(each, self.sign)
            for other in self.acts
            for each, old in other.paragraphs.items()
            if own in old.moved_to and other.validity.holds_on(on) and old.validity.holds_on(on)
        ]
        return " / ".join(earlier) or None

    def _old_subject(self, act: Act, number: ParagraphNumber, on: date) -> Paragraph | None:
        """What the number stood for in an earlier act of the same name, if that matter stands elsewhere now."""
        for other in self.acts:
            if other.key != act.key and other.names & act.names and not other.validity.holds_on(on):
                old = other.paragraphs.get(number)
                if old and old.moved_to and act.written(number, self.sign) not in old.moved_to:
                    return old
        return None

    def _finding(self, kind: LegalProblem, paragraph: str, instead: str | None, on: date) -> LegalFinding:
        return LegalFinding(kind, paragraph, instead, on, self.texts)


def _has_cue(text: str, cues: tuple[str, ...]) -> bool:
    return any(re.search(rf"\b{re.escape(cue)}", text, re.IGNORECASE) for cue in cues)
