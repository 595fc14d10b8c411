# SPDX-License-Identifier: EUPL-1.2
"""Transcripts in the database: originals once, corrections as a layer of rows over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, desc, insert, select, true, update

from kernel.errors import NotFound
from kernel.store import Work
from services.transcription.domain import (
    Approval,
    Correction,
    Fact,
    Meeting,
    Participant,
    ParticipantRole,
    RecogniserUsed,
    Transcript,
    TranscriptId,
    Utterance,
    UtteranceId,
)
from services.transcription.events import key_of, to_event
from services.transcription.store.tables import corrections, transcripts, utterances


@dataclass(frozen=True)
class SqlTranscripts:
    work: Work

    def get(self, transcript_id: TranscriptId) -> Transcript:
        return self._read(transcript_id, to_change=False)

    def get_to_change(self, transcript_id: TranscriptId) -> Transcript:
        return self._read(transcript_id, to_change=True)

    def page(self, after: str | None, limit: int) -> Sequence[Transcript]:
        """The newest first, without their utterances. `after` is the last id of the page before."""
        older = transcripts.c.id < after if after is not None else true()
        rows = self.work.connection.execute(
            select(transcripts)
            .where(transcripts.c.tenant_id == self.work.tenant_id, older)
            .order_by(desc(transcripts.c.id))
            .limit(limit)
        )
        return [_transcript_of(row, ()) for row in rows]

    def add(self, transcript: Transcript, fact: Fact) -> None:
        own = {"tenant_id": self.work.tenant_id, "transcript_id": transcript.id}
        self.work.connection.execute(
            insert(transcripts).values(
                tenant_id=self.work.tenant_id, id=transcript.id, **_transcript_values(transcript)
            )
        )
        if transcript.utterances:
            said = [own | _utterance_values(at, each) for at, each in enumerate(transcript.utterances)]
            self.work.connection.execute(insert(utterances), said)
        self.work.announce(to_event(fact), key=key_of(fact))

    def save(self, transcript: Transcript, fact: Fact) -> None:
        self.work.connection.execute(
            update(transcripts)
            .where(transcripts.c.tenant_id == self.work.tenant_id, transcripts.c.id == transcript.id)
            .values(**_transcript_values(transcript))
        )
        own = {"tenant_id": self.work.tenant_id, "transcript_id": transcript.id}
        made = [(each.id, each.correction) for each in transcript.utterances if each.correction]
        new = [
            own | _correction_values(utterance_id, correction)
            for utterance_id, correction in made
            if correction.revision == transcript.revision
        ]
        if new:
            self.work.connection.execute(insert(corrections), new)
        self.work.announce(to_event(fact), key=key_of(fact))

    def _read(self, transcript_id: TranscriptId, *, to_change: bool) -> Transcript:
        query = select(transcripts).where(
            transcripts.c.tenant_id == self.work.tenant_id, transcripts.c.id == transcript_id
        )
        row = self.work.connection.execute(query.with_for_update() if to_change else query).one_or_none()
        if row is None:
            raise NotFound("there is no such transcript")
        return _transcript_of(row, self._utterances(transcript_id))

    def _utterances(self, transcript_id: TranscriptId) -> tuple[Utterance, ...]:
        newest = self._corrections(transcript_id)
        rows = self.work.connection.execute(
            select(utterances)
            .where(utterances.c.tenant_id == self.work.tenant_id, utterances.c.transcript_id == transcript_id)
            .order_by(utterances.c.position)
        )
        return tuple(_utterance_of(row, newest.get(row.id)) for row in rows)

    def _corrections(self, transcript_id: TranscriptId) -> Mapping[str, Correction]:
        """The newest correction of each utterance that has one."""
        rows = self.work.connection.execute(
            select(corrections)
            .where(corrections.c.tenant_id == self.work.tenant_id, corrections.c.transcript_id == transcript_id)
            .order_by(corrections.c.revision)
        )
        return {row.utterance_id: _correction_of(row) for row in rows}


def _transcript_values(transcript: Transcript) -> dict[str, Any]:
    meeting, approval, used = transcript.meeting, transcript.approval, transcript.recogniser
    return {
        "language": transcript.language,
        "case_reference": transcript.case_reference,
        "recording_id": transcript.recording_id,
        "meeting_date": meeting.date if meeting else None,
        "meeting_place": meeting.place if meeting else "",
        "participants": [{"speaker": p.speaker, "role": p.role.value, "name": p.name} for p in transcript.participants],
        "recogniser": used and {**vars(used), "settings": dict(used.settings)},
        "key": transcript.key,
        "created_by": transcript.created_by,
        "created_at": transcript.created_at,
        "revision": transcript.revision,
        "approved_by": approval.by if approval else None,
        "approved_at": approval.at if approval else None,
        "digest": approval.digest if approval else None,
    }


def _transcript_of(row: Row[Any], said: tuple[Utterance, ...]) -> Transcript:
    return Transcript(
        id=TranscriptId(row.id),
        language=row.language,
        participants=tuple(Participant(p["speaker"], ParticipantRole(p["role"]), p["name"]) for p in row.participants),
        utterances=said,
        key=row.key,
        created_by=row.created_by,
        created_at=row.created_at,
        case_reference=row.case_reference,
        recording_id=row.recording_id,
        meeting=Meeting(row.meeting_date, row.meeting_place) if row.meeting_date else None,
        recogniser=RecogniserUsed(**row.recogniser) if row.recogniser else None,
        revision=row.revision,
        approval=Approval(row.approved_by, row.approved_at, row.digest) if row.approved_by else None,
    )


def _utterance_values(position: int, utterance: Utterance) -> dict[str, Any]:
    return {
        "id": utterance.id,
        "position": position,
        "start": utterance.start,
        "end": utterance.end,
        "speaker": utterance.original_speaker,
        "text": utterance.original_text,
        "confidence": utterance.confidence,
        "doubtful_words": list(utterance.doubtful_words),
    }


def _utterance_of(row: Row[Any], correction: Correction | None) -> Utterance:
    doubtful = tuple(row.doubtful_words)
    return Utterance(
        UtteranceId(row.id), row.start, row.end, row.speaker, row.text, row.confidence, doubtful, correction
    )


def _correction_values(utterance_id: UtteranceId, correction: Correction) -> dict[str, Any]:
    return {
        "utterance_id": utterance_id,
        "revision": correction.revision,
        "text": correction.text,
        "speaker": correction.speaker,
        "corrected_by": correction.by,
        "corrected_at": correction.at,
    }


def _correction_of(row: Row[Any]) -> Correction:
    return Correction(row.text, row.speaker, row.corrected_by, row.corrected_at, row.revision)
