# SPDX-License-Identifier: EUPL-1.2
"""The JSON of transcripts: what comes in, with its limits, and what goes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from secrets import token_bytes
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from kernel.identity import Actor, new_id
from kernel.web import Body, Plain
from services.transcription.domain import (
    Meeting,
    Participant,
    ParticipantRole,
    Transcript,
    TranscriptId,
    Utterance,
    UtteranceId,
)

MOST_UTTERANCES = 20_000
MOST_PARTICIPANTS = 50
LONGEST_UTTERANCE = 20_000
# Long enough for a day of talk; a number beyond it is a mistake of unit.
LATEST_SECOND = 86_400.0

Text = Annotated[Plain, Field(max_length=LONGEST_UTTERANCE, pattern=r"\S")]
Speaker = Annotated[Plain, Field(min_length=1, max_length=40)]
Seconds = Annotated[float, Field(ge=0, le=LATEST_SECOND, allow_inf_nan=False)]
PartId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]


class MeetingBody(Body):
    date: dt.date
    place: Annotated[Plain, Field(max_length=100)] | None = None

    def meeting(self) -> Meeting:
        return Meeting(self.date, self.place or "")


class ParticipantBody(Body):
    speaker: Speaker
    role: ParticipantRole
    name: Annotated[Plain, Field(max_length=200)] | None = None

    def participant(self) -> Participant:
        return Participant(self.speaker, self.role, self.name or "")


class ParticipantsBody(Body):
    participants: Annotated[list[ParticipantBody], Field(min_length=1, max_length=MOST_PARTICIPANTS)]

    def people(self) -> tuple[Participant, ...]:
        return tuple(each.participant() for each in self.participants)


class UtteranceBody(Body):
    id: PartId | None = None
    speaker: Speaker
    start: Seconds
    end: Seconds
    text: Text


class ImportBody(Body):
    """A transcript that somebody else made. Order is kept as given."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$")]
    case_reference: Annotated[Plain, Field(max_length=100)] | None = None
    meeting: MeetingBody
    participants: Annotated[list[ParticipantBody], Field(min_length=1, max_length=MOST_PARTICIPANTS)]
    utterances: Annotated[list[UtteranceBody], Field(min_length=1, max_length=MOST_UTTERANCES)]

    def transcript(self, importer: Actor, now: dt.datetime) -> Transcript:
        taken = {each.id for each in self.utterances}
        free = (f"u{number:04d}" for number in range(1, 2 * len(self.utterances) + 2))
        new = (each for each in free if each not in taken)
        said = tuple(
            Utterance(UtteranceId(each.id or next(new)), each.start, each.end, each.speaker, each.text)
            for each in self.utterances
        )
        return Transcript(
            id=TranscriptId(new_id()),
            language=self.language,
            participants=tuple(each.participant() for each in self.participants),
            utterances=said,
            key=token_bytes(32),
            created_by=importer.id,
            created_at=now,
            case_reference=self.case_reference or "",
            meeting=self.meeting.meeting(),
        )


class CorrectionBody(Body):
    """Text, speaker or both; what is left out stays as it reads."""

    text: Text | None = None
    speaker: Speaker | None = None

    @model_validator(mode="after")
    def _something_is_given(self) -> Self:
        if self.text is None and self.speaker is None:
            raise ValueError("give text, speaker or both")
        return self


class UtteranceView(BaseModel):
    """`text` and `speaker` are what holds now; the originals stay beside them. Times in seconds."""

    id: str
    speaker: str
    start: float
    end: float
    text: str
    original_text: str
    original_speaker: str
    confidence: float | None
    doubtful: bool
    doubtful_words: list[str]
    corrected_by: str | None
    corrected_at: dt.datetime | None

    @classmethod
    def of(cls, utterance: Utterance) -> Self:
        correction = utterance.correction
        return cls(
            id=utterance.id,
            speaker=utterance.speaker,
            start=utterance.start,
            end=utterance.end,
            text=utterance.text,
            original_text=utterance.original_text,
            original_speaker=utterance.original_speaker,
            confidence=utterance.confidence,
            doubtful=utterance.is_doubtful,
            doubtful_words=list(utterance.doubtful_words) if utterance.is_doubtful else [],
            corrected_by=correction.by if correction else None,
            corrected_at=correction.at if correction else None,
        )


class MeetingView(BaseModel):
    date: dt.date
    place: str


class ParticipantView(BaseModel):
    speaker: str
    role: ParticipantRole
    name: str


class RecogniserView(BaseModel):
    """`fit_for_use` false: these weights are good for a demonstration only."""

    name: str
    digest: str
    settings: Mapping[str, str | int | float | bool]
    fit_for_use: bool


class TranscriptSummary(BaseModel):
    id: str
    language: str
    state: str
    case_reference: str
    recording_id: str | None
    created_at: dt.datetime
    approved_by: str | None
    approved_at: dt.datetime | None
    digest: str | None

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        return cls.model_validate(_summary(transcript))


class TranscriptView(TranscriptSummary):
    """`recogniser` is null for an imported transcript."""

    meeting: MeetingView | None
    participants: list[ParticipantView]
    recogniser: RecogniserView | None
    utterances: list[UtteranceView]

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        meeting, used = transcript.meeting, transcript.recogniser
        return cls(
            **_summary(transcript),
            meeting=MeetingView(**vars(meeting)) if meeting else None,
            participants=[ParticipantView(**vars(each)) for each in transcript.participants],
            recogniser=RecogniserView(**vars(used)) if used else None,
            utterances=[UtteranceView.of(each) for each in transcript.utterances],
        )


def _summary(transcript: Transcript) -> dict[str, object]:
    approval = transcript.approval
    return {
        "id": transcript.id,
        "language": transcript.language,
        "state": "approved" if approval else "unapproved",
        "case_reference": transcript.case_reference,
        "recording_id": transcript.recording_id or None,
        "created_at": transcript.created_at,
        "approved_by": approval.by if approval else None,
        "approved_at": approval.at if approval else None,
        "digest": approval.digest if approval else None,
    }


class ApprovalView(BaseModel):
    """`digest` is SHA-256 over the RFC 8785 JSON of id, language, meeting, participants and utterances."""

    approved_by: str
    approved_at: dt.datetime
    digest: str

    @classmethod
    def of(cls, transcript: Transcript) -> Self:
        assert transcript.approval is not None  # noqa: S101 — called for an approved transcript only
        return cls(
            approved_by=transcript.approval.by, approved_at=transcript.approval.at, digest=transcript.approval.digest
        )
