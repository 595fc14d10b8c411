# SPDX-License-Identifier: EUPL-1.2
"""Sections over HTTP: ask for a proposal, read, write, answer for a sentence, approve."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel

from kernel.store import Work
from kernel.web import AccessLog, Match, Once, ResourceId, etag
from services.drafting.api.access import Caseworker, DraftingTools
from services.drafting.api.bodies import ApprovalBody, ReasonBody, SectionBody
from services.drafting.api.section_views import SectionView, SentenceView
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.sentences import Resolution
from services.drafting.store import SqlCases, SqlSources
from services.drafting.tools import Tools
from services.drafting.usecases import editing, writing
from services.drafting.usecases.examining import citable

routes = APIRouter(prefix="/cases/{case_id}/sections/{key}", tags=["sections"])


class PendingView(BaseModel):
    state: str


@routes.post("/proposal", status_code=202, response_model=PendingView)
def request_proposal(
    case_id: ResourceId, key: ResourceId, actor: Caseworker, once: Once, tools: DraftingTools
) -> Response:
    """Ask for one heading to be written. Then GET the section until it is no longer `pending`."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        job = work.job("write", _subject(case_id, key))
        is_under_way = job is not None and job.state in ("waiting", "running")
        text, ticket = writing.request_proposal(
            case_id, key, actor, tools.texts, SqlCases(work), is_under_way=is_under_way
        )
        if ticket:
            who = {"actor_id": actor.id, "actor_role": actor.role}
            work.enqueue("write", _subject(case_id, key), {"case_id": case_id, "section": key, "ticket": ticket} | who)
        return once.answer(work, PendingView(state=text.section(key).state), 202)


@routes.get("")
def read_section(
    case_id: ResourceId, key: ResourceId, actor: Caseworker, access: AccessLog, response: Response, tools: DraftingTools
) -> SectionView:
    """The heading with its sentences, what they cite and what the checks say of them."""
    with tools.transaction(actor.tenant_id) as work:
        text = SqlCases(work).get(case_id)
        section = text.section(key)
        if section.sentences or section.omissions:
            access.read(work, case_id=case_id, subject=f"section:{case_id}/{key}")
        response.headers["ETag"] = etag(section.revision)
        return _view(work, text, key, tools)


@routes.put("")
def edit_section(
    case_id: ResourceId, key: ResourceId, body: SectionBody, actor: Caseworker, match: Match, response: Response,
    tools: DraftingTools,
) -> SectionView:  # fmt: skip
    """The caseworker's text takes the place of what stood there, and of a proposal that is being written."""
    with tools.transaction(actor.tenant_id) as work:
        cases, sources = SqlCases(work), SqlSources(work)
        before = cases.locked(case_id)
        match.check(before.section(key).revision)
        typed = [each.typed() for each in body.sentences]
        text = editing.edit_section(before, key, typed, actor, tools.examiner(actor.tenant_id), cases, sources)
        work.cancel_job("write", _subject(case_id, key))
        response.headers["ETag"] = etag(text.section(key).revision)
        return _view(work, text, key, tools)


@routes.post("/sentences/{sentence_id}/resolution", status_code=201, response_model=SentenceView)
def resolve_sentence(
    case_id: ResourceId, key: ResourceId, sentence_id: ResourceId, body: ReasonBody, actor: Caseworker, once: Once,
    tools: DraftingTools,
) -> Response:  # fmt: skip
    """A human answers for a sentence that no source supports."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        resolution = Resolution(body.reason, actor.id, tools.now())
        text = editing.resolve_sentence(case_id, key, sentence_id, resolution, actor, SqlCases(work))
        resolved = text.section(key)
        shown = next(SentenceView.of(each) for each in resolved.sentences if each.id == sentence_id)
        return once.answer(work, shown, 201, {"ETag": etag(resolved.revision)})


class ApprovalView(BaseModel):
    state: str
    revision: int
    approved_by: str
    approved_at: datetime | None


@routes.post("/approval", status_code=201, response_model=ApprovalView)
def approve_section(
    case_id: ResourceId, key: ResourceId, actor: Caseworker, once: Once, tools: DraftingTools,
    body: ApprovalBody | None = None,
) -> Response:  # fmt: skip
    """Take responsibility for the heading as it stands. 409 names the sentences that no source supports."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        as_empty = body is not None and body.as_empty
        text = editing.approve_section(case_id, key, actor, tools.now(), SqlCases(work), as_empty=as_empty)
        section = text.section(key)
        view = ApprovalView(
            state=section.state,
            revision=section.revision,
            approved_by=section.approved_by,
            approved_at=section.approved_at,
        )
        return once.answer(work, view, 201, {"ETag": etag(section.revision)})


def _view(work: Work, text: CaseText, key: str, tools: Tools) -> SectionView:
    return SectionView.of(text, key, citable(text, key, SqlSources(work)), tools.texts)


def _subject(case_id: str, key: str) -> str:
    return f"{case_id}/{key}"
