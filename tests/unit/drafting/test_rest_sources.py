# SPDX-License-Identifier: EUPL-1.2
"""What drafting makes of other services' answers, good and bad: scripted services, the real client."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx2
import pytest
import rfc8785

from kernel.errors import NotFound, Refusal, Unavailable
from kernel.identity import TenantId
from services.drafting.adapters.rest import Rest
from services.drafting.adapters.rest_guidelines import RestGuidelines
from services.drafting.adapters.rest_transcripts import RestTranscripts
from services.drafting.domain.material import Part, Person, SourceKind
from services.drafting.domain.sources import TranscriptDiffers, TranscriptNotApproved

EKHAMRA = TenantId("ekhamra")
APPROVED: dict[str, Any] = {
    "id": "t1",
    "language": "sv",
    "meeting": {"date": "2026-10-14", "place": ""},
    "participants": [{"speaker": "I", "role": "applicant", "name": "Aina Berggren"}],
    "utterances": [{"id": "u1", "speaker": "I", "start": 0.0, "end": 2.5, "text": "Jag orkar inte dammsuga."}],
}
PASSAGE = {"passage_id": "p7", "guideline_id": "g1", "heading": "Städning", "text": "Var tredje vecka.", "score": 0.8}


def a_view(**changed: Any) -> dict[str, Any]:
    """As transcription answers: what was approved, its digest, and fields that the digest does not cover."""
    digest = hashlib.sha256(rfc8785.dumps(APPROVED)).hexdigest()
    said = [{**each, "original_text": "", "confidence": 0.5} for each in APPROVED["utterances"]]
    return {**APPROVED, "utterances": said, "state": "approved", "digest": digest, **changed}


def rest(answer: Callable[[httpx2.Request], httpx2.Response]) -> Rest:
    client = httpx2.Client(base_url="http://services", transport=httpx2.MockTransport(answer))
    return Rest(client, lambda tenant_id: f"token-of-{tenant_id}", "the other service")


def answering(status: int, content: Any) -> Rest:
    return rest(lambda _request: httpx2.Response(status, json=content))


def test_an_approved_transcript_becomes_parts_by_its_own_ids() -> None:
    found = RestTranscripts(answering(200, a_view())).approved(EKHAMRA, "t1")

    assert found.material.parts == (Part(SourceKind.TRANSCRIPT, "t1", "u1", "Jag orkar inte dammsuga.", "I"),)
    assert found.material.people == (Person("I", "applicant", "Aina Berggren"),)
    assert found.material.met_on == date(2026, 10, 14)
    assert found.digest == a_view()["digest"]


def test_a_transcript_that_reads_otherwise_than_when_it_was_approved_is_refused() -> None:
    said = [{**APPROVED["utterances"][0], "text": "Jag orkar dammsuga."}]

    with pytest.raises(TranscriptDiffers):
        RestTranscripts(answering(200, a_view(utterances=said))).approved(EKHAMRA, "t1")


def test_a_transcript_that_nobody_approved_is_refused() -> None:
    with pytest.raises(TranscriptNotApproved):
        RestTranscripts(answering(200, a_view(state="unapproved"))).approved(EKHAMRA, "t1")


@pytest.mark.parametrize(
    ("status", "content", "refusal"),
    [
        (404, {}, NotFound),
        (500, {}, Unavailable),
        (401, {}, Unavailable),
        (200, [], Unavailable),
        (200, {"state": "approved"}, Unavailable),
        (200, a_view(meeting={"date": "i går", "place": ""}), Unavailable),
    ],
)
def test_what_cannot_be_used_is_said_so(status: int, content: Any, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        RestTranscripts(answering(status, content)).approved(EKHAMRA, "t1")


def test_a_service_that_cannot_be_reached_is_away() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with pytest.raises(Unavailable):
        RestGuidelines(rest(refuse)).search(EKHAMRA, "städning", date(2026, 10, 20), 3)


def test_guidelines_are_asked_for_as_of_the_day_that_counts_with_the_tenants_token() -> None:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json={"passages": [PASSAGE]})

    found = RestGuidelines(rest(answer)).search(EKHAMRA, "städning", date(2026, 10, 20), 3)

    assert found.parts == (Part(SourceKind.GUIDELINE, "g1", "p7", "Var tredje vecka.", heading="Städning"),)
    assert b'"as_of":"2026-10-20"' in asked[0].content.replace(b" ", b"")
    assert asked[0].headers["Authorization"] == "Bearer token-of-ekhamra"
