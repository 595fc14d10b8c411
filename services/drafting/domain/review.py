# SPDX-License-Identifier: EUPL-1.2
"""The whole text read at once, for the caseworker's own judgement: what contradicts, is missing or no longer holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from services.drafting.domain.checks.names import names_of
from services.drafting.domain.conflicts import Conflict, conflicts_in
from services.drafting.domain.language.attribution import attributions_in
from services.drafting.domain.language.reading import Reading, Token, read
from services.drafting.domain.language.words import is_content, is_kin, stem
from services.drafting.domain.material import Material, SourceKind
from services.drafting.domain.omissions import find_omissions
from services.drafting.domain.sentences import Sentence
from services.drafting.domain.templates import SectionKind, Template
from services.drafting.domain.topics import Cue
from services.drafting.domain.wording import Texts

GOALS, PROPOSAL = "goals", "proposal"
# Sentences of two headings speak of the same thing when they share so many words, and this much of the shorter one's.
SHARED_WORDS, SAME_SUBJECT, SHORTEST_TELLING_WORD = 2, 0.75, 4


class FindingKind(StrEnum):
    CONTRADICTION = "contradiction"
    UNMET_NEED = "unmet_need"
    GOAL_WITHOUT_NEED = "goal_without_need"
    MISSING_SECTION = "missing_section"
    STALE = "stale"
    QUOTATION = "quotation"
    CONFLICT_UNRESOLVED = "conflict_unresolved"
    OMISSION = "omission"


class Severity(StrEnum):
    NOTICE = "notice"
    WARNING = "warning"
    SERIOUS = "serious"


@dataclass(frozen=True)
class Finding:
    kind: FindingKind
    severity: Severity
    sections: tuple[str, ...]
    sentence_ids: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class ReviewedSection:
    """A heading as it stands. `set_aside` says that a human has left it empty on purpose."""

    key: str
    title: str
    kind: SectionKind
    state: str
    stale: bool
    sentences: tuple[Sentence, ...]
    set_aside: bool = False


@dataclass(frozen=True)
class _Whole:
    sections: tuple[ReviewedSection, ...]
    template: Template
    material: Material
    language: str
    texts: Texts

    def finding(
        self,
        kind: FindingKind,
        severity: Severity,
        sections: Sequence[ReviewedSection],
        sentences: Sequence[Sentence] = (),
        **values: object,
    ) -> Finding:
        text = self.texts.say(f"review.{kind.value}", self.language, **values)
        return Finding(kind, severity, tuple(s.key for s in sections), tuple(s.id for s in sentences), text)

    def reading(self, sentence: Sentence) -> Reading:
        return read(sentence.text, self.language)

    def told(self) -> list[tuple[ReviewedSection, Sentence]]:
        return [(s, each) for s in self.sections if s.kind is SectionKind.FACTS for each in s.sentences]

    def is_need(self, sentence: Sentence) -> bool:
        reading = self.reading(sentence)
        return any(Cue(phrase, "", 1).is_in(reading.plain) for phrase in reading.lexicon.needs)


def review(
    sections: Sequence[ReviewedSection], template: Template, material: Material, *, language: str, texts: Texts
) -> tuple[Finding, ...]:
    """Every finding, the serious ones first, otherwise in the order of the headings."""
    whole = _Whole(tuple(sections), template, material, language, texts)
    looks = (_missing, _stale, _quotations, _conflicts, _contradictions, _unmet_needs, _goals_without_need, _omissions)
    found = [finding for look in looks for finding in look(whole)]
    rank = [Severity.SERIOUS, Severity.WARNING, Severity.NOTICE]
    return tuple(sorted(found, key=lambda each: rank.index(each.severity)))


def _missing(whole: _Whole) -> Iterator[Finding]:
    for section in whole.sections:
        heading = whole.template.section(section.key)
        is_asked = heading is not None and heading.mandatory and not heading.generated
        if is_asked and not section.sentences and not section.set_aside:
            yield whole.finding(FindingKind.MISSING_SECTION, Severity.WARNING, [section], heading=section.title)


def _stale(whole: _Whole) -> Iterator[Finding]:
    for section in whole.sections:
        if section.stale:
            yield whole.finding(FindingKind.STALE, Severity.SERIOUS, [section], heading=section.title)


def _quotations(whole: _Whole) -> Iterator[Finding]:
    """A source may have changed after the sentence was checked: an earlier heading was edited, a passage replaced."""
    texts_of_sections = {(s.key, each.id): each.text for s in whole.sections for each in s.sentences}
    for section in whole.sections:
        for sentence in section.sentences:
            for cited in sentence.citations:
                part = whole.material.part(cited.source, cited.source_id, cited.part_id)
                of_heading = texts_of_sections.get((cited.source_id, cited.part_id))
                now = of_heading if cited.source is SourceKind.SECTION else part.text if part else None
                if now is None or cited.quote not in now:
                    yield whole.finding(
                        FindingKind.QUOTATION,
                        Severity.SERIOUS,
                        [section],
                        [sentence],
                        heading=section.title,
                        quote=cited.quote,
                    )


def _conflicts(whole: _Whole) -> Iterator[Finding]:
    """People who say different things, also when no heading tells it."""
    for conflict in conflicts_in(whole.material, whole.language):
        told = [(s, each) for s, each in whole.told() if _cites(each, conflict)]
        yield whole.finding(
            FindingKind.CONFLICT_UNRESOLVED,
            Severity.WARNING,
            list({section.key: section for section, _ in told}.values()),
            [sentence for _, sentence in told],
            one=_who(whole, conflict.one.part.speaker),
            one_said=conflict.one.text,
            other=_who(whole, conflict.other.part.speaker),
            other_said=conflict.other.text,
        )


def _cites(sentence: Sentence, conflict: Conflict) -> bool:
    cited = {(c.source, c.source_id, c.part_id) for c in sentence.citations}
    return any((q.part.source, q.part.source_id, q.part.part_id) in cited for q in (conflict.one, conflict.other))


def _who(whole: _Whole, speaker: str) -> str:
    person = whole.material.person(speaker)
    return (person.name if person else "") or speaker


def _contradictions(whole: _Whole) -> Iterator[Finding]:
    """Two sentences of the text about the same thing, one denying it or counting otherwise, from different sources.
    What two people say differently is found among the sources already.
    """
    names = names_of(whole.material, whole.language)
    told = [(section, each, _statements(whole.reading(each), names)) for section, each in whole.told()]
    for (section, one, said), (other_section, other, other_said) in combinations(told, 2):
        shares_source = {c.part_id for c in one.citations} & {c.part_id for c in other.citations}
        if not shares_source and any(_differ(a, b) for a in said for b in other_said):
            sections = list({s.key: s for s in (section, other_section)}.values())
            kind = FindingKind.CONTRADICTION
            yield whole.finding(kind, Severity.SERIOUS, sections, [one, other], one=one.text, other=other.text)


@dataclass(frozen=True)
class _Statement:
    """What is said, without the frame that says whose word it is, and without names, which tell who and not what."""

    stems: frozenset[str]
    is_negated: bool
    counts: frozenset[str]
    units: frozenset[str]


def _statements(reading: Reading, names: frozenset[str]) -> list[_Statement]:
    """One for each stretch up to a full stop."""
    frames = [(each.start, each.end) for each in attributions_in(reading)]
    by_stretch: dict[int, list[Token]] = {}
    for token in reading.tokens:
        if not any(start <= token.start < end for start, end in frames):
            by_stretch.setdefault(token.sentence, []).append(token)
    return [_statement(read(_span(reading, tokens), reading.language), names) for tokens in by_stretch.values()]


def _span(reading: Reading, tokens: Sequence[Token]) -> str:
    return reading.text[tokens[0].start : tokens[-1].end]


def _statement(reading: Reading, names: frozenset[str]) -> _Statement:
    own = [t.word for t in reading.tokens if is_content(t.word, reading.lexicon)]
    what = [w for w in own if w not in reading.lexicon.speech_verbs and w.removesuffix("s") not in names]
    stems = frozenset(stem(word, reading.language) for word in what)
    negated = any(reading.is_negation(token) for token in reading.tokens)
    return _Statement(stems, negated, reading.counts, reading.units)


def _differ(one: _Statement, other: _Statement) -> bool:
    shorter = min(len(one.stems), len(other.stems))
    shared = sum(any(is_kin(a, b) for b in other.stems) for a in one.stems if len(a) >= SHORTEST_TELLING_WORD)
    if shared < max(SHARED_WORDS, shorter * SAME_SUBJECT):
        return False
    counts_differ = bool(one.counts and other.counts and one.units & other.units and not one.counts & other.counts)
    return one.is_negated != other.is_negated or counts_differ


def _unmet_needs(whole: _Whole) -> Iterator[Finding]:
    """A heading tells of a need, and no sentence of the proposal speaks of it. Asked once there is a proposal."""
    proposal = next((s for s in whole.sections if s.key == PROPOSAL and s.sentences), None)
    if proposal is None:
        return
    cited = {c.part_id for each in proposal.sentences for c in each.citations}
    said = frozenset().union(*(whole.reading(each).stems for each in proposal.sentences))
    for section in whole.sections:
        needs = [s for s in section.sentences if section.kind is SectionKind.FACTS and whole.is_need(s)]
        met = any(need.id in cited or _share_words(whole.reading(need).stems, said) for need in needs)
        if needs and not met:
            yield whole.finding(FindingKind.UNMET_NEED, Severity.WARNING, [section], needs, heading=section.title)


def _goals_without_need(whole: _Whole) -> Iterator[Finding]:
    goals = next((section for section in whole.sections if section.key == GOALS), None)
    needs = [each for section, each in whole.told() if section.key != GOALS and whole.is_need(each)]
    stems = frozenset().union(*(whole.reading(each).stems for each in needs))
    for goal in goals.sentences if goals else ():
        if goals and not _share_words(whole.reading(goal).stems, stems):
            yield whole.finding(FindingKind.GOAL_WITHOUT_NEED, Severity.NOTICE, [goals], [goal], goal=goal.text)


def _share_words(stems: frozenset[str], others: frozenset[str]) -> bool:
    return any(is_kin(a, b) for a in stems for b in others)


def _omissions(whole: _Whole) -> Iterator[Finding]:
    for section in whole.sections:
        heading = whole.template.section(section.key)
        if heading is None or section.kind is not SectionKind.FACTS or not section.sentences:
            continue
        missing = find_omissions(
            section.sentences,
            heading,
            whole.material,
            template=whole.template,
            language=whole.language,
            texts=whole.texts,
        )
        if missing:
            said = " ".join(f"”{each.part.quote}”" for each in missing[:3])
            values = {"heading": section.title, "count": len(missing), "said": said}
            yield whole.finding(FindingKind.OMISSION, Severity.NOTICE, [section], (), **values)
