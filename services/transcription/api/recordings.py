# SPDX-License-Identifier: EUPL-1.2
"""Recordings over HTTP: hand one in, see how far it has come.

202 is answered when the file would survive a power cut and the recording and its job are committed, not before.
"""

import hashlib
import re
from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Form, Response, UploadFile
from pydantic import BaseModel, Field

from kernel.identity import Actor, Role, new_id
from kernel.store import JobView, Work
from kernel.web import Body, Listing, Once, Paging, Plain, ResourceId, allow, page, service_tools
from services.transcription import usecases
from services.transcription.domain import KeptFile, Recording, RecordingId, Wish, accept_wish
from services.transcription.store import SqlRecordings
from services.transcription.tools import Tools

routes = APIRouter(prefix="/recordings", tags=["recordings"])

Uploader = Annotated[Actor, Depends(allow(Role.CASEWORKER, Role.INTEGRATOR))]
TranscriptionTools = Annotated[Tools, Depends(service_tools)]
RUNNING = {"waiting": "queued", "running": "running"}


class RecordingForm(Body):
    """The fields of the upload. Hot words are names and terms that will be said, with commas or line breaks between."""

    file: UploadFile
    language: Annotated[Plain, Field(max_length=10)]
    speakers: int | None = None
    case_reference: Annotated[Plain, Field(max_length=100)] = ""
    hotwords: Annotated[Plain, Field(max_length=4_000)] = ""
    meeting_date: date | None = None
    meeting_place: Annotated[Plain, Field(max_length=100)] = ""

    def wish(self) -> Wish:
        words = (each.strip() for each in re.split(r"[,\n]", self.hotwords))
        return Wish(
            language=self.language,
            speakers=self.speakers,
            case_reference=self.case_reference,
            hotwords=tuple(each for each in words if each),
            meeting_date=self.meeting_date,
            meeting_place=self.meeting_place,
        )


class ProblemView(BaseModel):
    """Why there is no transcript: a stable type, and a sentence for the developer at the other end."""

    type: str
    detail: str


class RecordingView(BaseModel):
    """How far a recording has come. `progress` is a share from 0 to 1; `state` ends as done or failed."""

    id: str
    state: str
    progress: float
    language: str
    case_reference: str
    seconds_of_audio: float | None
    transcript_id: str | None
    problem: ProblemView | None

    @classmethod
    def of(cls, recording: Recording, job: JobView | None) -> Self:
        state, progress = _state_of(recording, job)
        why = ProblemView(type=recording.problem_type, detail=recording.problem_detail)
        return cls(
            id=recording.id,
            state=state,
            progress=progress,
            language=recording.wish.language,
            case_reference=recording.wish.case_reference,
            seconds_of_audio=recording.sound.seconds,
            transcript_id=recording.transcript_id,
            problem=why if recording.problem_type else None,
        )


@routes.post("", status_code=202, response_model=RecordingView)
def receive_recording(
    form: Annotated[RecordingForm, Form(media_type="multipart/form-data")],
    uploader: Uploader,
    once: Once,
    tools: TranscriptionTools,
) -> Response:
    """Hand in a recording: wav, mp3, m4a, ogg, webm or flac, judged by content. Follow it at the id in the answer."""
    wish = accept_wish(form.wish(), tools.languages)
    content = form.file.file
    sound = tools.sounds.look_at(content)
    content.seek(0)
    recording_id = RecordingId(new_id())
    kept = tools.files.keep(uploader.tenant_id, recording_id, content)
    once.fingerprint(_fingerprint(wish, kept))
    with tools.transaction(uploader.tenant_id) as work:
        if earlier := once.answered(work):
            tools.files.remove(uploader.tenant_id, recording_id)
            return earlier
        now = tools.now()
        recording = usecases.receive_recording(recording_id, wish, sound, kept, uploader, now, SqlRecordings(work))
        work.enqueue("recognise", recording_id)
        _sweep_once_a_day(work, now.date())
        return once.answer(work, view_of(work, recording), 202)


@routes.get("")
def list_recordings(uploader: Uploader, paging: Paging, tools: TranscriptionTools) -> Listing[RecordingView]:
    """The newest first."""
    with tools.transaction(uploader.tenant_id) as work:
        found = SqlRecordings(work).page(paging.after, paging.limit + 1)
        shown = [view_of(work, each) for each in found[: paging.limit]]
    return page(shown, shown[-1].id if len(found) > paging.limit else None)


@routes.get("/{recording_id}")
def read_recording(recording_id: ResourceId, uploader: Uploader, tools: TranscriptionTools) -> RecordingView:
    with tools.transaction(uploader.tenant_id) as work:
        return view_of(work, SqlRecordings(work).get(RecordingId(recording_id)))


@routes.post("/{recording_id}/recognition", status_code=202, response_model=RecordingView)
def hear_again(recording_id: ResourceId, uploader: Uploader, once: Once, tools: TranscriptionTools) -> Response:
    """Hear a recording that failed once more, without handing it in again."""
    with tools.transaction(uploader.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        recording = usecases.hear_again(RecordingId(recording_id), SqlRecordings(work))
        work.enqueue("recognise", recording.id)
        return once.answer(work, view_of(work, recording), 202)


def view_of(work: Work, recording: Recording) -> RecordingView:
    """The recording as it is told to its uploader. Two looks see two moments: when the job has ended and the recording
    seems not to have, it ended in between, and is read again. Otherwise what is done would be told as failed.
    """
    job = None if recording.is_finished else work.job("recognise", recording.id)
    if job is not None and job.state not in RUNNING:
        recording = SqlRecordings(work).get(recording.id)
    return RecordingView.of(recording, job)


def _state_of(recording: Recording, job: JobView | None) -> tuple[str, float]:
    if recording.transcript_id:
        return "done", 1.0
    if recording.problem_type or job is None or job.state not in RUNNING:
        return "failed", job.progress if job else 0.0
    return RUNNING[job.state], job.progress


def _fingerprint(wish: Wish, kept: KeptFile) -> str:
    return hashlib.sha256(f"{wish!r} {kept.digest}".encode()).hexdigest()


def _sweep_once_a_day(work: Work, today: date) -> None:
    if work.job("sweep_files", today.isoformat()) is None:
        work.enqueue("sweep_files", today.isoformat(), priority=-1)
