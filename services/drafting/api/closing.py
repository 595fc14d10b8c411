# SPDX-License-Identifier: EUPL-1.2
"""The end of a case over HTTP: review, communication, decision, document, replay."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel

from kernel.texts import Texts
from kernel.web import AccessLog, Once, ResourceId
from services.drafting.api.access import CaseHandler, Caseworker, DraftingTools
from services.drafting.api.bodies import CommunicationBody, DecisionBody
from services.drafting.api.case_views import CommunicationView, DecisionView
from services.drafting.api.negotiation import chosen
from services.drafting.domain.records import Review
from services.drafting.store import SqlCases, SqlRecords, SqlSources
from services.drafting.usecases import closing, replaying
from services.drafting.usecases.replaying import Replayed

routes = APIRouter(prefix="/cases/{case_id}", tags=["closing"])


class FindingView(BaseModel):
    kind: str
    severity: str
    sections: list[str]
    sentence_ids: list[str]
    text: str


class ReviewView(BaseModel):
    id: str
    findings: list[FindingView]

    @classmethod
    def of(cls, review: Review) -> Self:
        return cls.model_validate({"id": review.id, "findings": [vars(each) for each in review.findings]})


@routes.post("/review", status_code=201, response_model=ReviewView)
def review_case(
    case_id: ResourceId, actor: Caseworker, once: Once, access: AccessLog, tools: DraftingTools
) -> Response:
    """Findings over the whole, for the caseworker's own judgement."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        cases, sources, records = SqlCases(work), SqlSources(work), SqlRecords(work)
        review = closing.review_case(case_id, actor, tools.now(), tools.texts, cases, sources, records)
        access.read(work, case_id=case_id, subject=f"review:{review.id}")
        return once.answer(work, ReviewView.of(review), 201)


@routes.post("/communication", status_code=201, response_model=CommunicationView)
def communicate(
    case_id: ResourceId, body: CommunicationBody, actor: Caseworker, once: Once, tools: DraftingTools
) -> Response:
    """Record that the party has been told what the decision will rest on, and until when they may answer."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        told = closing.communicate(case_id, body.communication(actor), actor, SqlCases(work), SqlRecords(work))
        return once.answer(work, CommunicationView.of(told), 201)


@routes.post("/decision", status_code=201, response_model=DecisionView)
def record_decision(
    case_id: ResourceId, body: DecisionBody, actor: Caseworker, once: Once, tools: DraftingTools
) -> Response:
    """Write down what a human has decided on every support. The platform decides nothing."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        decision, law = body.decision(actor, tools.now()), tools.law(actor.tenant_id)
        on = tools.day_of(decision.decided_at, actor.tenant_id)
        closing.record_decision(case_id, decision, actor, law, on, SqlCases(work), SqlRecords(work))
        return once.answer(work, DecisionView.of(decision), 201)


@routes.get("/document", response_class=Response)
def issue_document(
    case_id: ResourceId,
    actor: CaseHandler,
    access: AccessLog,
    tools: DraftingTools,
    accept: Annotated[str, Header(max_length=500)] = "*/*",
) -> Response:
    """The whole text as JSON, Markdown, Word or PDF, as the header Accept asks. Says what is not approved yet."""
    media_type = chosen(accept)
    with tools.transaction(actor.tenant_id) as work:
        text = SqlCases(work).get(case_id)
        setting, law = tools.setting(actor.tenant_id, text.case.department), tools.law(actor.tenant_id)
        today = tools.today(actor.tenant_id)
        document = closing.document(text, setting, law, today, SqlSources(work), SqlRecords(work))
    content = tools.render(document, media_type)
    with tools.transaction(actor.tenant_id) as work:
        access.read(work, case_id=case_id, subject=f"document:{case_id}")
        closing.issue_document(case_id, media_type, content, actor, SqlCases(work))
    return Response(content, media_type=media_type)


class ReplayedSectionView(BaseModel):
    key: str
    identical: bool
    recorded_digest: str
    replayed_digest: str
    cause: str | None
    explanation: str | None

    @classmethod
    def of(cls, replayed: Replayed, language: str, texts: Texts) -> Self:
        said = [texts.say(f"notice.replay.{each}", language) for each in replayed.causes]
        return cls(
            key=replayed.key,
            identical=replayed.identical,
            recorded_digest=replayed.recorded_digest,
            replayed_digest=replayed.replayed_digest,
            cause=", ".join(replayed.causes) or None,
            explanation=" ".join(said) or None,
        )


class ReplayView(BaseModel):
    identical: bool
    sections: list[ReplayedSectionView]


@routes.post("/replay", status_code=201, response_model=ReplayView)
def replay_case(case_id: ResourceId, actor: Caseworker, once: Once, tools: DraftingTools) -> Response:
    """Make every recorded proposal again from its manifest: the same bytes, or what has changed."""
    with tools.transaction(actor.tenant_id) as work:
        recorded = replaying.recorded_proposals(case_id, SqlCases(work), SqlSources(work))
    law = tools.law(actor.tenant_id)
    found = [replaying.replay(each, actor.tenant_id, tools.writer, law) for each in recorded]
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        language = replaying.announce_replay(case_id, found, actor, SqlCases(work))
        view = ReplayView(
            identical=all(each.identical for each in found),
            sections=[ReplayedSectionView.of(each, language, tools.texts) for each in found],
        )
        return once.answer(work, view, 201)
