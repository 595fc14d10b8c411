# SPDX-License-Identifier: EUPL-1.2
"""Transcripts over HTTP. Every answer with something that was said in it is announced to the audit log."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from kernel.identity import Actor, Role
from kernel.store import Work
from kernel.web import Access, AccessLog, Listing, Match, Once, Paging, ResourceId, allow, etag, page, service_tools
from services.transcription import usecases
from services.transcription.api.views import (
    ApprovalView,
    CorrectionBody,
    ImportBody,
    MeetingBody,
    ParticipantsBody,
    TranscriptSummary,
    TranscriptView,
    UtteranceView,
)
from services.transcription.domain import Transcript, TranscriptId, UtteranceId
from services.transcription.store import SqlTranscripts
from services.transcription.tools import Tools

routes = APIRouter(prefix="/transcripts", tags=["transcripts"])

Reader = Annotated[Actor, Depends(allow(Role.CASEWORKER, Role.SERVICE))]
Caseworker = Annotated[Actor, Depends(allow(Role.CASEWORKER))]
Importer = Annotated[Actor, Depends(allow(Role.CASEWORKER, Role.INTEGRATOR))]
TranscriptionTools = Annotated[Tools, Depends(service_tools)]


@dataclass(frozen=True)
class Changes:
    """What the three routes that change a transcript have in common."""

    match: Match
    access: AccessLog
    response: Response
    tools: TranscriptionTools

    def begin(self, work: Work, transcript_id: str, *, must_match: bool) -> Transcript:
        transcript = SqlTranscripts(work).get_to_change(TranscriptId(transcript_id))
        if must_match or self.match.value is not None:
            self.match.check(transcript.revision)
        return transcript

    def end(self, work: Work, changed: Transcript) -> None:
        _announce_read(self.access, work, changed)
        self.response.headers["ETag"] = etag(changed.revision)


Changing = Annotated[Changes, Depends()]


@routes.post("", status_code=201, response_model=TranscriptView)
def import_transcript(
    body: ImportBody, importer: Importer, once: Once, access: AccessLog, tools: TranscriptionTools
) -> Response:
    """Bring a finished transcript. Ids of utterances are kept; those without get one."""
    with tools.transaction(importer.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        transcript = usecases.import_transcript(body.transcript(importer, tools.now()), importer, SqlTranscripts(work))
        _announce_read(access, work, transcript)
        headers = {"ETag": etag(transcript.revision)}
        return once.answer(work, TranscriptView.of(transcript), 201, headers)


@routes.get("")
def list_transcripts(reader: Reader, paging: Paging, tools: TranscriptionTools) -> Listing[TranscriptSummary]:
    """The newest first, without what was said."""
    with tools.transaction(reader.tenant_id) as work:
        found = SqlTranscripts(work).page(paging.after, paging.limit + 1)
    shown = [TranscriptSummary.of(each) for each in found[: paging.limit]]
    return page(shown, shown[-1].id if len(found) > paging.limit else None)


@routes.get("/{transcript_id}")
def read_transcript(
    transcript_id: ResourceId, reader: Reader, access: AccessLog, response: Response, tools: TranscriptionTools
) -> TranscriptView:
    with tools.transaction(reader.tenant_id) as work:
        transcript = SqlTranscripts(work).get(TranscriptId(transcript_id))
        _announce_read(access, work, transcript)
    response.headers["ETag"] = etag(transcript.revision)
    return TranscriptView.of(transcript)


@routes.patch("/{transcript_id}/utterances/{utterance_id}")
def correct_utterance(
    transcript_id: ResourceId, utterance_id: ResourceId, body: CorrectionBody, caseworker: Caseworker, changes: Changing
) -> UtteranceView:
    """Put right what was said or who said it. The same text again confirms it. `If-Match` is heeded when sent."""
    tools, said = changes.tools, (body.text, body.speaker)
    with tools.transaction(caseworker.tenant_id) as work:
        transcript = changes.begin(work, transcript_id, must_match=False)
        corrected = usecases.correct_utterance(
            transcript, UtteranceId(utterance_id), said, caseworker, tools.now(), tools.seal, SqlTranscripts(work)
        )
        changes.end(work, corrected)
    return UtteranceView.of(corrected.utterance(UtteranceId(utterance_id)))


@routes.put("/{transcript_id}/participants")
def name_participants(
    transcript_id: ResourceId, body: ParticipantsBody, caseworker: Caseworker, changes: Changing
) -> TranscriptView:
    """Say who took part. Everybody who speaks must be among them."""
    tools = changes.tools
    with tools.transaction(caseworker.tenant_id) as work:
        transcript = changes.begin(work, transcript_id, must_match=True)
        named = usecases.name_participants(transcript, body.people(), caseworker, tools.seal, SqlTranscripts(work))
        changes.end(work, named)
    return TranscriptView.of(named)


@routes.put("/{transcript_id}/meeting")
def place_meeting(
    transcript_id: ResourceId, body: MeetingBody, caseworker: Caseworker, changes: Changing
) -> TranscriptView:
    """Say when and where it was said; a recording does not know."""
    tools = changes.tools
    with tools.transaction(caseworker.tenant_id) as work:
        transcript = changes.begin(work, transcript_id, must_match=True)
        placed = usecases.place_meeting(transcript, body.meeting(), caseworker, tools.seal, SqlTranscripts(work))
        changes.end(work, placed)
    return TranscriptView.of(placed)


@routes.post("/{transcript_id}/approval", status_code=201, response_model=ApprovalView)
def approve_transcript(
    transcript_id: ResourceId, caseworker: Caseworker, once: Once, tools: TranscriptionTools
) -> Response:
    """Record that the signed-in caseworker answers for the transcript as it reads now. It never changes again."""
    with tools.transaction(caseworker.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        approved = usecases.approve_transcript(
            TranscriptId(transcript_id), caseworker, tools.now(), tools.seal, SqlTranscripts(work)
        )
        return once.answer(work, ApprovalView.of(approved), 201, {"ETag": etag(approved.revision)})


def _announce_read(access: Access, work: Work, transcript: Transcript) -> None:
    access.read(work, case_id=transcript.case_id, subject=f"transcript:{transcript.id}")
