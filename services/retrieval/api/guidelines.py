# SPDX-License-Identifier: EUPL-1.2
"""Guidelines over HTTP: hand one in, hand in a later version, read what there is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from kernel.identity import Actor, new_id
from kernel.web import Listing, Once, Paging, Repeatable, ResourceId, page
from services.retrieval import usecases
from services.retrieval.api.access import Loader, Reader, RetrievalTools
from services.retrieval.api.bodies import (
    NewGuideline,
    NewPassage,
    NewVersion,
    PassageView,
    UploadedGuideline,
    UploadedVersion,
    VersionView,
)
from services.retrieval.api.submissions import Upload, described, submitted
from services.retrieval.domain.cutting import anchored, cut
from services.retrieval.domain.guidelines import Cut, Guideline, Validity, Version
from services.retrieval.domain.language import Language
from services.retrieval.store import SqlGuidelines
from services.retrieval.tools import Tools
from services.retrieval.usecases import Edition

routes = APIRouter(prefix="/guidelines", tags=["guidelines"])


async def _new_guideline(request: Request, tools: RetrievalTools) -> NewGuideline | Upload[UploadedGuideline]:
    return await submitted(request, NewGuideline, UploadedGuideline, tools.reader.largest_bytes)


async def _new_version(request: Request, tools: RetrievalTools) -> NewVersion | Upload[UploadedVersion]:
    return await submitted(request, NewVersion, UploadedVersion, tools.reader.largest_bytes)


SubmittedGuideline = Annotated[NewGuideline | Upload[UploadedGuideline], Depends(_new_guideline)]
SubmittedVersion = Annotated[NewVersion | Upload[UploadedVersion], Depends(_new_version)]


@routes.post("", status_code=201, response_model=VersionView, openapi_extra=described(NewGuideline, UploadedGuideline))
def publish_guideline(loader: Loader, new: SubmittedGuideline, once: Once, tools: RetrievalTools) -> Response:
    """Take in a guideline. It can be read and cited at once, and is found by searches when its state is `ready`."""
    fields = new.fields if isinstance(new, Upload) else new
    language = fields.language or tools.municipalities.of(loader.tenant_id).language
    guideline = Guideline(new_id(), fields.level, language)
    edition = _edition(new, fields.title, tools, tools.languages.of(language), once)
    with tools.transaction(loader.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        version = usecases.publish_guideline(guideline, edition, loader, tools.now(), SqlGuidelines(work))
        return once.answer(work, VersionView.of(version), 201)


@routes.post(
    "/{guideline_id}/versions",
    status_code=201,
    response_model=VersionView,
    openapi_extra=described(NewVersion, UploadedVersion),
)
def publish_version(
    guideline_id: ResourceId, loader: Loader, new: SubmittedVersion, once: Once, tools: RetrievalTools
) -> Response:
    """Take in a later version. The one before it is closed on the day before this one begins."""
    fields = new.fields if isinstance(new, Upload) else new
    before = _newest(guideline_id, loader, tools)
    edition = _edition(new, fields.title or before.title, tools, tools.languages.of(before.guideline.language), once)
    with tools.transaction(loader.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        version = usecases.publish_version(guideline_id, edition, loader, tools.now(), SqlGuidelines(work))
        return once.answer(work, VersionView.of(version), 201)


@routes.get("")
def list_guidelines(reader: Reader, paging: Paging, tools: RetrievalTools) -> Listing[VersionView]:
    """Every guideline in its newest version."""
    with tools.transaction(reader.tenant_id) as work:
        found = SqlGuidelines(work).listed(paging.after, paging.limit + 1)
    shown = [VersionView.of(each) for each in found[: paging.limit]]
    return page(shown, shown[-1].id if len(found) > paging.limit else None)


@routes.get("/{guideline_id}")
def read_guideline(guideline_id: ResourceId, reader: Reader, tools: RetrievalTools) -> VersionView:
    """The guideline in its newest version."""
    return VersionView.of(_newest(guideline_id, reader, tools))


@routes.get("/{guideline_id}/versions")
def list_versions(guideline_id: ResourceId, reader: Reader, tools: RetrievalTools) -> Listing[VersionView]:
    """All versions, the newest first."""
    with tools.transaction(reader.tenant_id) as work:
        return page([VersionView.of(each) for each in SqlGuidelines(work).versions(guideline_id)], None)


@routes.get("/{guideline_id}/passages")
def list_passages(
    guideline_id: ResourceId,
    reader: Reader,
    paging: Paging,
    tools: RetrievalTools,
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="Left out: the newest.")] = None,
) -> Listing[PassageView]:
    """The passages of one version, in the order of the text."""
    after = int(paging.after) if paging.after and paging.after.isdecimal() and len(paging.after) < 9 else -1
    with tools.transaction(reader.tenant_id) as work:
        guidelines = SqlGuidelines(work)
        meant = guidelines.numbered(guideline_id, version) if version else guidelines.newest(guideline_id)
        found = guidelines.passages(meant.id, after, paging.limit + 1)
    shown = found[: paging.limit]
    following = str(shown[-1].ordinal) if len(found) > paging.limit else None
    return page([PassageView.of(each, meant) for each in shown], following)


def _edition(
    new: NewVersion | Upload[UploadedVersion], title: str, tools: Tools, language: Language, once: Repeatable
) -> Edition:
    """Read and cut what was handed in, before any transaction is opened."""
    fields = new.fields if isinstance(new, Upload) else new
    validity = Validity.of(fields.valid_from, fields.valid_to)
    if isinstance(new, Upload):
        once.fingerprint(new.fingerprint)
        cuts = cut(tools.reader.read(new.content).blocks, language)
    else:
        cuts = anchored([_cut(each) for each in new.passages], language)
    return Edition(title, fields.reference, validity, tuple(cuts))


def _cut(passage: NewPassage) -> Cut:
    return Cut(passage.heading, passage.text, anchor="", key=passage.key)


def _newest(guideline_id: str, actor: Actor, tools: Tools) -> Version:
    with tools.transaction(actor.tenant_id) as work:
        return SqlGuidelines(work).newest(guideline_id)
