# SPDX-License-Identifier: EUPL-1.2
"""The JSON that comes in, with its limits, and what each becomes in the domain."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from kernel.identity import Actor, new_id
from kernel.web import Body, Line, Plain, Reference
from services.drafting.domain.case import ScopeVerdict
from services.drafting.domain.decision import Communication, Decision, How, Outcome, OutcomeKind, Period
from services.drafting.domain.editing import CitedPart, TypedSentence
from services.drafting.domain.material import Application, SourceKind
from services.drafting.domain.sources import Note
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

Key = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._-]+$")]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Prose = Annotated[Plain, StringConstraints(strip_whitespace=True, min_length=1, max_length=100_000)]
Reason = Annotated[Plain, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
SentenceText = Annotated[Plain, StringConstraints(strip_whitespace=True, min_length=1, max_length=5_000)]


class SupportBody(Body):
    key: Key
    label: Line


class ApplicationBody(Body):
    text: Prose
    received_on: date
    requested_supports: Annotated[list[SupportBody], Field(max_length=100, default_factory=list)]

    @model_validator(mode="after")
    def _each_support_once(self) -> Self:
        keys = [each.key for each in self.requested_supports]
        if len(set(keys)) < len(keys):
            raise ValueError("two requested supports have the same key")
        return self

    def application(self) -> Application:
        return Application(self.text, self.received_on, {each.key: each.label for each in self.requested_supports})


class CaseBody(Body):
    template: Key
    external_reference: Reference
    language: Literal["sv", "da", "nb", "en"]
    department: Key
    application: ApplicationBody


class ScopeBody(Body):
    verdict: ScopeVerdict
    reason: Reason


class NoteBody(Body):
    text: Prose
    author: Line
    noted_at: AwareDatetime
    said_by: Line | None = None

    def note(self) -> Note:
        return Note(self.text, self.author, self.noted_at, self.said_by or "")


class SourceBody(Body):
    """Exactly one of the two."""

    transcript_id: Id | None = None
    note: NoteBody | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.transcript_id is None) == (self.note is None):
            raise ValueError("give either transcript_id or note")
        return self


class CitationBody(Body):
    source: SourceKind
    source_id: Annotated[Plain, Field(min_length=1, max_length=120)]
    part_id: Annotated[Plain, Field(min_length=1, max_length=120)]


class SentenceBody(Body):
    id: Id | None = None
    text: SentenceText
    citations: Annotated[list[CitationBody], Field(max_length=50)] | None = None

    def typed(self) -> TypedSentence:
        cited = self.citations
        parts = None if cited is None else tuple(CitedPart(c.source, c.source_id, c.part_id) for c in cited)
        return TypedSentence(self.text, self.id, parts)


class SectionBody(Body):
    sentences: Annotated[list[SentenceBody], Field(max_length=500)]


class ReasonBody(Body):
    reason: Reason


class ApprovalBody(Body):
    """`as_empty` sets a heading without text aside, so that others may build on its emptiness."""

    as_empty: bool = False


class ManualHandlingBody(Body):
    """Without `requested_support` the whole case is handled by a human."""

    requested_support: Key | None = None
    reason: Reason


class CommunicationBody(Body):
    communicated_at: AwareDatetime
    how: How
    reply_by: date
    reply: Prose | None = None

    def communication(self, actor: Actor) -> Communication:
        return Communication(new_id(), self.communicated_at, self.how, self.reply_by, self.reply or "", actor.id)


class PeriodBody(Body):
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.last is not None and self.last < self.first:
            raise ValueError("the period ends before it begins")
        return self


class OutcomeBody(Body):
    requested_support: Key
    outcome: OutcomeKind
    period: PeriodBody | None = None
    legal_basis: Line

    def outcome_of(self) -> Outcome:
        period = Period(self.period.first, self.period.last) if self.period else None
        return Outcome(self.requested_support, self.outcome, self.legal_basis, period)


class DecisionBody(Body):
    outcomes: Annotated[list[OutcomeBody], Field(max_length=100)]
    decided_by: Line
    decided_at: AwareDatetime

    def decision(self, actor: Actor, now: datetime) -> Decision:
        outcomes = tuple(each.outcome_of() for each in self.outcomes)
        return Decision(new_id(), outcomes, self.decided_by, self.decided_at, actor.id, now)


class TemplateSectionBody(Body):
    key: Key
    title: Line
    kind: SectionKind
    areas: Annotated[list[Key], Field(default_factory=list)]
    depends_on: Annotated[list[Key], Field(default_factory=list)]
    cues: Annotated[list[Line], Field(max_length=1_000, default_factory=list)]
    question: Annotated[Plain, Field(max_length=1_000)] = ""
    generated: bool = False
    mandatory: bool = True

    def section(self) -> TemplateSection:
        return TemplateSection(
            self.key,
            self.title,
            self.kind,
            tuple(self.areas),
            tuple(self.depends_on),
            tuple(cue.lower() for cue in self.cues),
            self.question,
            self.generated,
            self.mandatory,
        )


class TemplateBody(Body):
    """A municipality's own edition. Key, language, country and law stay the shipped template's."""

    title: Line
    sections: Annotated[list[TemplateSectionBody], Field(min_length=1, max_length=100)]

    def template(self, shipped: Template) -> Template:
        sections = tuple(each.section() for each in self.sections)
        return Template(shipped.key, self.title, shipped.language, shipped.country, shipped.law, sections)
