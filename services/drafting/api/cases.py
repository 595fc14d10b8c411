# SPDX-License-Identifier: EUPL-1.2
"""Cases over HTTP: open, list, read, say whether it is ours, bring sources, take supports from the machine."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from kernel.web import AccessLog, Listing, Once, Paging, ResourceId, page
from services.drafting.api.access import CaseHandler, Caseworker, DraftingTools
from services.drafting.api.bodies import CaseBody, ManualHandlingBody, ScopeBody, SourceBody
from services.drafting.api.case_views import CaseSummary, CaseView, ScopeView, SourceView, SupportView
from services.drafting.domain.case import CaseState
from services.drafting.store import SqlCases, SqlRecords, SqlSources, SqlTemplates
from services.drafting.usecases import editing, opening

routes = APIRouter(prefix="/cases", tags=["cases"])


@routes.post("", status_code=201, response_model=CaseView)
def open_case(body: CaseBody, actor: CaseHandler, once: Once, tools: DraftingTools) -> Response:
    """Open a case and check whether it concerns the department. Outside: it stops, and says where to turn."""
    department = opening.department_of(body.department, tools.configuration.departments(actor.tenant_id))
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        edition = opening.edition_of(body.template, SqlTemplates(work, tools.configuration.of(actor.tenant_id)))
        new = opening.NewCase(
            body.external_reference, body.language, department, edition, body.application.application()
        )
        text = opening.open_case(new, actor, tools.now(), tools.texts, SqlCases(work))
        return once.answer(work, CaseView.of_text(text), 201)


@routes.get("")
def list_cases(
    actor: CaseHandler, paging: Paging, tools: DraftingTools, state: Annotated[CaseState | None, Query()] = None
) -> Listing[CaseSummary]:
    """Newest first. No text of any case."""
    with tools.transaction(actor.tenant_id) as work:
        found = SqlCases(work).listed(paging.after, paging.limit, state)
    return page([CaseSummary.of(each) for each in found], found[-1].id if len(found) == paging.limit else None)


@routes.get("/{case_id}")
def read_case(case_id: ResourceId, actor: CaseHandler, access: AccessLog, tools: DraftingTools) -> CaseView:
    """The case with its sections in outline."""
    with tools.transaction(actor.tenant_id) as work:
        text = SqlCases(work).get(case_id)
        access.read(work, case_id=case_id, subject=f"case:{case_id}")
        records = SqlRecords(work)
        return CaseView.of_text(text, records.communications(case_id), records.decision(case_id))


@routes.post("/{case_id}/scope", status_code=201, response_model=ScopeView)
def decide_scope(case_id: ResourceId, body: ScopeBody, actor: Caseworker, once: Once, tools: DraftingTools) -> Response:
    """The caseworker's word stands over the check's; a stopped case goes on, or an open one stops."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        text = opening.decide_scope(case_id, body.verdict, body.reason, actor, tools.now(), SqlCases(work))
        return once.answer(work, ScopeView.of(text.case), 201)


@routes.post("/{case_id}/sources", status_code=201, response_model=SourceView)
def add_source(case_id: ResourceId, body: SourceBody, actor: CaseHandler, once: Once, tools: DraftingTools) -> Response:
    """Bring an approved transcript, which is copied into the case, or a note."""
    fetched = None
    if body.transcript_id is not None:
        with tools.transaction(actor.tenant_id) as work:
            known = opening.earlier_source(case_id, body.transcript_id, SqlCases(work), SqlSources(work))
        if known is None:
            fetched = tools.transcripts.approved(actor.tenant_id, body.transcript_id)
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        cases, sources = SqlCases(work), SqlSources(work)
        if body.note is not None:
            source = opening.add_note(case_id, body.note.note(), actor, tools.now(), cases, sources)
        elif fetched is not None:
            source = opening.add_transcript(case_id, fetched, actor, tools.now(), cases, sources)
        elif known is not None:
            source = known
        return once.answer(work, SourceView.of(source), 201)


@routes.get("/{case_id}/sources")
def list_sources(case_id: ResourceId, actor: CaseHandler, tools: DraftingTools) -> Listing[SourceView]:
    """Which sources the case has; their content is read with the sections that cite it."""
    with tools.transaction(actor.tenant_id) as work:
        SqlCases(work).get(case_id)
        return page([SourceView.of(each) for each in SqlSources(work).of(case_id)], None)


class ManualHandlingView(BaseModel):
    requested_supports: list[SupportView]
    manual_reason: str | None


@routes.post("/{case_id}/manual-handling", status_code=201, response_model=ManualHandlingView)
def choose_manual_handling(
    case_id: ResourceId, body: ManualHandlingBody, actor: Caseworker, once: Once, tools: DraftingTools
) -> Response:
    """A human handles the support, or the whole case, from now on: no machine writes about it any more."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        text = editing.choose_manual_handling(
            case_id, body.requested_support, body.reason, actor, tools.now(), SqlCases(work)
        )
        case = text.case
        view = ManualHandlingView(
            requested_supports=[SupportView.of(each) for each in case.supports],
            manual_reason=case.handed_over.reason if case.handed_over else None,
        )
        return once.answer(work, view, 201)
