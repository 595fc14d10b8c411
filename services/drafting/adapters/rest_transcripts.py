# SPDX-License-Identifier: EUPL-1.2
"""Approved transcripts from their owner. What comes is compared with the digest it was approved under."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import rfc8785

from kernel.errors import Unavailable
from kernel.identity import TenantId
from services.drafting.adapters.rest import Rest
from services.drafting.domain.material import Material, Part, Person, SourceKind
from services.drafting.domain.sources import TranscriptDiffers, TranscriptNotApproved
from services.drafting.ports import ApprovedTranscript


@dataclass(frozen=True)
class RestTranscripts:
    rest: Rest

    def approved(self, tenant_id: TenantId, transcript_id: str) -> ApprovedTranscript:
        """Raise `NotFound`, `TranscriptNotApproved`, `TranscriptDiffers` or `Unavailable`."""
        view = self.rest.get(tenant_id, f"/transcription/v1/transcripts/{transcript_id}")
        if view.get("state") != "approved":
            raise TranscriptNotApproved("the transcript is not approved")
        try:
            digest = hashlib.sha256(rfc8785.dumps(_approved_content(view))).hexdigest()
            material = _material(view, transcript_id)
        except (KeyError, TypeError, ValueError) as trouble:
            raise Unavailable("transcription answered another shape than promised") from trouble
        if digest != view.get("digest"):
            raise TranscriptDiffers("the transcript does not match the digest it was approved under")
        return ApprovedTranscript(transcript_id, digest, str(view["language"]), material)


def _approved_content(view: dict[str, Any]) -> dict[str, Any]:
    """What an approval stands for; the order of fields does not count in RFC 8785."""
    meeting = view["meeting"]
    return {
        "id": view["id"],
        "language": view["language"],
        "meeting": {name: meeting[name] for name in ("date", "place")} if meeting else None,
        "participants": [{name: each[name] for name in ("speaker", "role", "name")} for each in view["participants"]],
        "utterances": [
            {name: each[name] for name in ("id", "speaker", "text")}
            | {name: float(each[name]) for name in ("start", "end")}
            for each in view["utterances"]
        ],
    }


def _material(view: dict[str, Any], transcript_id: str) -> Material:
    people = tuple(Person(each["speaker"], each["role"], each["name"]) for each in view["participants"])
    said = tuple(
        Part(SourceKind.TRANSCRIPT, transcript_id, each["id"], each["text"], each["speaker"])
        for each in view["utterances"]
    )
    return Material(said, people, date.fromisoformat(view["meeting"]["date"]) if view["meeting"] else None)
