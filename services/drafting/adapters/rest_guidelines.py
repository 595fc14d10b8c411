# SPDX-License-Identifier: EUPL-1.2
"""Guideline passages from retrieval, in force on the day that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kernel.errors import Unavailable
from kernel.identity import TenantId
from services.drafting.adapters.rest import Rest
from services.drafting.domain.material import Material, Part, SourceKind


@dataclass(frozen=True)
class RestGuidelines:
    rest: Rest

    def search(self, tenant_id: TenantId, query: str, as_of: date, top_k: int) -> Material:
        body = {"query": query, "top_k": top_k, "as_of": as_of.isoformat()}
        found = self.rest.post(tenant_id, "/retrieval/v1/search", body)
        try:
            return Material(
                tuple(
                    Part(
                        SourceKind.GUIDELINE,
                        each["guideline_id"],
                        each["passage_id"],
                        each["text"],
                        heading=each["heading"],
                    )
                    for each in found["passages"]
                )
            )
        except (KeyError, TypeError) as trouble:
            raise Unavailable("retrieval answered another shape than promised") from trouble
