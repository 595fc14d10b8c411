# SPDX-License-Identifier: EUPL-1.2
"""The JSON that goes out about a case: its outline, its sources, what was told and decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from services.drafting.domain.case import Case
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision, Outcome
from services.drafting.domain.handling import RequestedSupport
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
