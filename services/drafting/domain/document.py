# SPDX-License-Identifier: EUPL-1.2
"""The case as one document: every sentence with its origin and numbered sources, and what a machine had to do with it.

Language-neutral and complete: what is shown, in which words and in which file format, is the adapters' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision
from services.drafting.domain.material import Material, Person, SourceKind
from services.drafting.domain.section import Section, SectionState
from services.drafting.domain.sentences import Citation, Origin, Sentence
from services.drafting.domain.sources import Source
from services.drafting.domain.templates import TemplateSection


@dataclass(frozen=True)
class Setting:
    """Who issues the document and where. `time_zone` decides on which day something happened."""

    municipality: str
    department: str
    time_zone: tzinfo


@dataclass(frozen=True)
class NumberedSource:
    """One place that sentences rest on. `speaker` is the person's name, else the label in the source; `role` is empty
    where nobody spoke; `heading` is a guideline's heading or the title of an earlier section.
    """

    number: int
    kind: SourceKind
    part_id: str
    quote: str
    speaker: str = ""
    role: str = ""
    heading: str = ""
    met_on: date | None = None


@dataclass(frozen=True)
class DocumentSentence:
    """`answered_for` is a human's reason for a sentence that no source supports."""

    text: str
    origin: Origin
    sources: tuple[int, ...] = ()
    said_by: str = ""
    supported: bool = True
    answered_for: str = ""


@dataclass(frozen=True)
class DocumentSection:
    key: str
    title: str
    state: SectionState
    sentences: tuple[DocumentSentence, ...]
    set_aside: bool = False
    stale: bool = False
    generated: bool = False


@dataclass(frozen=True)
class Share:
    """How much came from where. Sentences made from law data are left out: neither a writer nor a human wrote them."""

    sentences: dict[Origin, int]
    words: dict[Origin, int]
    answered_for: int
    writers: tuple[str, ...]

    @property
    def has_machine_part(self) -> bool:
        return bool(self.sentences[Origin.MACHINE] or self.sentences[Origin.MACHINE_EDITED])


@dataclass(frozen=True)
class RequestedInDocument:
    label: str
    is_manual: bool


@dataclass(frozen=True)
class OutcomeInDocument:
    label: str
    outcome: str
    legal_basis: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class ToldInDocument:
    told_on: date
    how: str
    reply_by: date
    reply: str = ""


@dataclass(frozen=True)
class DecisionInDocument:
    outcomes: tuple[OutcomeInDocument, ...]
    decided_by: str
    decided_on: date


@dataclass(frozen=True)
class DocumentView:
    case_id: str
    external_reference: str
    title: str
    language: str
    municipality: str
    department: str
    state: str
    received_on: date
    application: str
    requested: tuple[RequestedInDocument, ...]
    sections: tuple[DocumentSection, ...]
    sources: tuple[NumberedSource, ...]
    communications: tuple[ToldInDocument, ...]
    decision: DecisionInDocument | None
    share: Share

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Titles of the sections that nobody has approved as they stand."""
        return tuple(
            each.title
            for each in self.sections
            if not each.generated and (each.state is not SectionState.APPROVED or each.stale)
        )


def document_of(
    text: CaseText,
    sources: Sequence[Source],
    passages: Material,
    *,
    communications: Sequence[Communication],
    decision: Decision | None,
    appeal: Sequence[str],
    setting: Setting,
) -> DocumentView:
    """The document as of now. `appeal` stands under a generated heading that has no text of its own yet."""
    numbering = _Numbering(text, sources, passages)
    sections = tuple(
        _section(heading, text.section(heading.key), appeal, numbering) for heading in text.template.sections
    )
    case = text.case
    labels = {each.key: each.label for each in case.supports}
    return DocumentView(
        case_id=case.id,
        external_reference=case.external_reference,
        title=text.template.title,
        language=case.language,
        municipality=setting.municipality,
        department=setting.department,
        state=case.state.value,
        received_on=case.application.received_on,
        application=case.application.text,
        requested=tuple(RequestedInDocument(each.label, each.is_manual) for each in text.case.supports),
        sections=sections,
        sources=tuple(numbering.numbered()),
        communications=tuple(_told(each, setting.time_zone) for each in communications),
        decision=_decision(decision, labels, setting.time_zone) if decision else None,
        share=_share(text),
    )


class _Numbering:
    """Gives each cited place a number the first time it is cited."""

    def __init__(self, text: CaseText, sources: Sequence[Source], passages: Material) -> None:
        self._titles = {each.key: each.title for each in text.template.sections}
        self._materials = {each.id: each.material for each in sources}
        self._passages = passages
        self._numbers: dict[Citation, int] = {}

    def of(self, citations: Iterable[Citation]) -> tuple[int, ...]:
        numbers = (self._numbers.setdefault(each, len(self._numbers) + 1) for each in citations)
        return tuple(sorted(set(numbers)))

    def numbered(self) -> Iterator[NumberedSource]:
        for citation, number in self._numbers.items():
            yield self._source(citation, number)

    def _source(self, citation: Citation, number: int) -> NumberedSource:
        if citation.source is SourceKind.SECTION:
            heading = self._titles.get(citation.source_id, citation.source_id)
            return NumberedSource(number, citation.source, citation.part_id, citation.quote, heading=heading)
        material = self._materials.get(citation.source_id, self._passages)
        part = material.part(citation.source, citation.source_id, citation.part_id)
        speaker = part.speaker if part else ""
        person = material.person(speaker) or Person(speaker, "")
        return NumberedSource(
            number,
            citation.source,
            citation.part_id,
            citation.quote,
            speaker=person.name or speaker,
            role=person.role,
            heading=part.heading if part else "",
            met_on=material.met_on,
        )


def _section(
    heading: TemplateSection, section: Section, appeal: Sequence[str], numbering: _Numbering
) -> DocumentSection:
    sentences = tuple(_sentence(each, numbering) for each in section.sentences)
    if heading.generated and not sentences:
        sentences = tuple(DocumentSentence(each, Origin.MACHINE) for each in appeal)
    return DocumentSection(
        heading.key, heading.title, section.state, sentences, section.set_aside, section.stale, heading.generated
    )


def _sentence(sentence: Sentence, numbering: _Numbering) -> DocumentSentence:
    return DocumentSentence(
        sentence.text,
        sentence.origin,
        numbering.of(sentence.citations),
        sentence.said_by,
        sentence.supported,
        sentence.resolution.reason if sentence.resolution else "",
    )


def _share(text: CaseText) -> Share:
    written = [text.section(each.key) for each in text.template.sections if not each.generated]
    sentences = [sentence for section in written for sentence in section.sentences]
    by_origin = {origin: [each for each in sentences if each.origin is origin] for origin in Origin}
    return Share(
        sentences={origin: len(those) for origin, those in by_origin.items()},
        words={origin: sum(len(each.text.split()) for each in those) for origin, those in by_origin.items()},
        answered_for=sum(each.resolution is not None for each in sentences),
        writers=tuple(sorted({section.manifest.writer for section in written if section.manifest})),
    )


def _told(communication: Communication, zone: tzinfo) -> ToldInDocument:
    return ToldInDocument(
        _day(communication.communicated_at, zone), communication.how.value, communication.reply_by, communication.reply
    )


def _decision(decision: Decision, labels: dict[str, str], zone: tzinfo) -> DecisionInDocument:
    outcomes = tuple(
        OutcomeInDocument(
            labels.get(each.support, each.support),
            each.outcome.value,
            each.legal_basis,
            each.period.first if each.period else None,
            each.period.last if each.period else None,
        )
        for each in decision.outcomes
    )
    return DecisionInDocument(outcomes, decision.decided_by, _day(decision.decided_at, zone))


def _day(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
