# SPDX-License-Identifier: EUPL-1.2
"""Single passages over HTTP: the text behind a citation, in whatever version it stood."""

from __future__ import annotations

from fastapi import APIRouter

from kernel.errors import NotFound
from kernel.web import ResourceId
from services.retrieval.api.access import Reader, RetrievalTools
from services.retrieval.api.bodies import PassageView
from services.retrieval.store import SqlGuidelines

routes = APIRouter(prefix="/passages", tags=["guidelines"])


@routes.get("/{passage_id}")
def read_passage(passage_id: ResourceId, reader: Reader, tools: RetrievalTools) -> PassageView:
    with tools.transaction(reader.tenant_id) as work:
        found = SqlGuidelines(work).placed([passage_id]).get(passage_id)
    if found is None:
        raise NotFound(f"no passage {passage_id}")
    return PassageView.of(found.passage, found.version)
