# SPDX-License-Identifier: EUPL-1.2
"""The JSON that goes out: cases and their sections."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from kernel.texts import Texts
from services.drafting.domain.case import Case
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision, Outcome
from services.drafting.domain.handling import RequestedSupport
from services.drafting.domain.material import Material
from services.drafting.domain.section import Section
from services.drafting.domain.sentences import Citation, Sentence
from services.drafting.domain.sources import Source


class ScopeView(BaseModel):
    verdict: str
    reason: str
    turn_to: str | None
    citations: list[str]
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, case: Case) -> Self:
        scope = case.scope
        return cls(
            verdict=scope.verdict,
            reason=scope.reason,
            turn_to=scope.turn_to,
            citations=list(scope.citations),
            decided_by=scope.by or None,
            decided_at=scope.at,
        )


class SupportView(BaseModel):
    key: str
    label: str
    handling: str
    reason: str | None

    @classmethod
    def of(cls, support: RequestedSupport) -> Self:
        handed_over = support.handed_over
        return cls(
            key=support.key,
            label=support.label,
            handling=support.handling,
            reason=handed_over.reason if handed_over else None,
        )


class OutlineView(BaseModel):
    """A section as the case's table of contents shows it. `to_settle` counts sentences that wait for a human."""

    key: str
    title: str
    kind: str
    state: str
    stale: bool
    set_aside: bool
    revision: int
    to_settle: int


class ApplicationView(BaseModel):
    text: str
    received_on: date


class CommunicationView(BaseModel):
    id: str
    communicated_at: datetime
    how: str
    reply_by: date
    reply: str | None
    recorded_by: str

    @classmethod
    def of(cls, told: Communication) -> Self:
        return cls.model_validate({**vars(told), "how": told.how.value, "reply": told.reply or None})


class PeriodView(BaseModel):
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    first: Annotated[date, Field(alias="from")]
    last: Annotated[date | None, Field(alias="to")]


class OutcomeView(BaseModel):
    requested_support: str
    outcome: str
    period: PeriodView | None
    legal_basis: str

    @classmethod
    def of(cls, outcome: Outcome) -> Self:
        period = outcome.period
        return cls(
            requested_support=outcome.support,
            outcome=outcome.outcome,
            period=PeriodView(first=period.first, last=period.last) if period else None,
            legal_basis=outcome.legal_basis,
        )


class DecisionView(BaseModel):
    id: str
    outcomes: list[OutcomeView]
    decided_by: str
    decided_at: datetime
    recorded_by: str
    recorded_at: datetime

    @classmethod
    def of(cls, decision: Decision) -> Self:
        return cls.model_validate({**vars(decision), "outcomes": [OutcomeView.of(each) for each in decision.outcomes]})


class CaseSummary(BaseModel):
    id: str
    template: str
    state: str
    external_reference: str
    language: str
    department: str
    requested_supports: list[SupportView]
    opened_by: str
    opened_at: datetime

    @classmethod
    def of(cls, case: Case) -> Self:
        return cls.model_validate(_summary(case))


def _summary(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "template": case.template,
        "state": case.state.value,
        "external_reference": case.external_reference,
        "language": case.language,
        "department": case.department,
        "requested_supports": [SupportView.of(each) for each in case.supports],
        "opened_by": case.opened_by,
        "opened_at": case.opened_at,
    }


class CaseView(CaseSummary):
    """`manual_reason` is there when a human handles the whole case."""

    scope: ScopeView
    application: ApplicationView
    sections: list[OutlineView]
    manual_reason: str | None
    communications: list[CommunicationView]
    decision: DecisionView | None

    @classmethod
    def of_text(
        cls, text: CaseText, communications: tuple[Communication, ...] = (), decision: Decision | None = None
    ) -> Self:
        case = text.case
        return cls(
            **_summary(case),
            scope=ScopeView.of(case),
            application=ApplicationView(text=case.application.text, received_on=case.application.received_on),
            sections=list(_outline(text)),
            manual_reason=case.handed_over.reason if case.handed_over else None,
            communications=[CommunicationView.of(each) for each in communications],
            decision=DecisionView.of(decision) if decision else None,
        )


def _outline(text: CaseText) -> Iterator[OutlineView]:
    for heading in text.template.sections:
        section = text.section(heading.key)
        yield OutlineView(
            key=heading.key,
            title=heading.title,
            kind=heading.kind,
            state=section.state,
            stale=section.stale,
            set_aside=section.set_aside,
            revision=section.revision,
            to_settle=len(section.unresolved),
        )


class CitationView(BaseModel):
    source: str
    source_id: str
    part_id: str
    quote: str

    @classmethod
    def of(cls, citation: Citation) -> Self:
        return cls.model_validate({**vars(citation), "source": citation.source.value})


class CheckView(BaseModel):
    check: str
    verdict: str
    detail: str


class ResolutionView(BaseModel):
    reason: str
    by: str
    at: datetime


class SentenceView(BaseModel):
    id: str
    text: str
    origin: str
    citations: list[CitationView]
    said_by: str | None
    checks: list[CheckView]
    supported: bool
    resolution: ResolutionView | None

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        answered = sentence.resolution
        return cls(
            id=sentence.id,
            text=sentence.text,
            origin=sentence.origin,
            citations=[CitationView.of(each) for each in sentence.citations],
            said_by=sentence.said_by or None,
            checks=[CheckView(check=c.check, verdict=c.verdict, detail=c.detail) for c in sentence.checks],
            supported=sentence.supported,
            resolution=ResolutionView(**vars(answered)) if answered else None,
        )


class OmissionView(BaseModel):
    source: str
    source_id: str
    part_id: str
    text: str
    why: str


class StaleReasonView(BaseModel):
    section: str
    cause: str
    sentence_ids: list[str]
    reason: str


class WriterView(BaseModel):
    """`kind` is extractive, model, or generated for text that comes from law data alone."""

    name: str
    kind: str
    prompt_version: str | None
    digest: str | None


class PartView(BaseModel):
    """A part that the section cites, so that a reader need not fetch every source."""

    source: str
    source_id: str
    part_id: str
    text: str
    speaker: str | None
    role: str | None
    heading: str | None


class SectionView(BaseModel):
    key: str
    title: str
    kind: str
    state: str
    stale: bool
    stale_because: list[StaleReasonView]
    set_aside: bool
    revision: int
    sentences: list[SentenceView]
    omissions: list[OmissionView]
    parts: list[PartView]
    writer: WriterView | None
    manifest_id: str | None
    approved_by: str | None
    approved_at: datetime | None
    problem: str | None

    @classmethod
    def of(cls, text: CaseText, key: str, material: Material, texts: Texts) -> Self:
        section, heading = text.section(key), text.heading(key)
        return cls(
            key=key,
            title=heading.title,
            kind=heading.kind,
            state=section.state,
            stale=section.stale,
            stale_because=list(_stale_because(text, section, texts)),
            set_aside=section.set_aside,
            revision=section.revision,
            sentences=[SentenceView.of(each) for each in section.sentences],
            omissions=list(_omissions(section, material)),
            parts=list(_parts(section, material)),
            writer=_writer(section),
            manifest_id=section.manifest.id if section.manifest else None,
            approved_by=section.approved_by or None,
            approved_at=section.approved_at,
            problem=section.problem or None,
        )


def _stale_because(text: CaseText, section: Section, texts: Texts) -> Iterator[StaleReasonView]:
    for each in section.stale_because:
        title = text.heading(each.section).title
        yield StaleReasonView(
            section=each.section,
            cause=each.cause,
            sentence_ids=list(each.sentence_ids),
            reason=texts.say(f"notice.stale.{each.cause}", text.case.language, title=title),
        )


def _omissions(section: Section, material: Material) -> Iterator[OmissionView]:
    for each in section.omissions:
        part = material.part(each.part.source, each.part.source_id, each.part.part_id)
        said = part.text if part else each.part.quote
        yield OmissionView(
            **{**CitationView.of(each.part).model_dump(exclude={"quote"}), "text": said, "why": each.why}
        )


def _parts(section: Section, material: Material) -> Iterator[PartView]:
    cited = dict.fromkeys((c.source, c.source_id, c.part_id) for s in section.sentences for c in s.citations)
    for address in cited:
        part = material.part(*address)
        if part is not None:
            person = material.person(part.speaker)
            yield PartView(
                source=part.source,
                source_id=part.source_id,
                part_id=part.part_id,
                text=part.text,
                speaker=part.speaker or None,
                role=person.role if person else None,
                heading=part.heading or None,
            )


def _writer(section: Section) -> WriterView | None:
    manifest = section.manifest
    if manifest is None:
        return None
    return WriterView(
        name=manifest.writer,
        kind=manifest.kind,
        prompt_version=manifest.prompt_version or None,
        digest=manifest.writer_digest or None,
    )


class SourceView(BaseModel):
    source_id: str
    kind: str
    transcript_id: str | None
    digest: str
    parts: int
    added_by: str
    added_at: datetime

    @classmethod
    def of(cls, source: Source) -> Self:
        return cls(
            source_id=source.id,
            kind=source.kind,
            transcript_id=source.external_id or None,
            digest=source.digest,
            parts=len(source.material.parts),
            added_by=source.added_by,
            added_at=source.added_at,
        )
