# SPDX-License-Identifier: EUPL-1.2
"""Recordings in the database, each with what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, desc, select, true
from sqlalchemy.dialects.postgresql import insert as upsert

from kernel.errors import NotFound
from kernel.store import Work
from services.transcription.domain import Fact, KeptFile, Recording, RecordingId, Sound, TranscriptId, Wish
from services.transcription.events import key_of, to_event
from services.transcription.store.tables import recordings


@dataclass(frozen=True)
class SqlRecordings:
    work: Work

    def get(self, recording_id: RecordingId) -> Recording:
        return self._read(recording_id, to_change=False)

    def get_to_change(self, recording_id: RecordingId) -> Recording:
        return self._read(recording_id, to_change=True)

    def page(self, after: str | None, limit: int) -> Sequence[Recording]:
        """The newest first. `after` is the last id of the page before."""
        older = recordings.c.id < after if after is not None else true()
        rows = self.work.connection.execute(
            select(recordings)
            .where(recordings.c.tenant_id == self.work.tenant_id, older)
            .order_by(desc(recordings.c.id))
            .limit(limit)
        )
        return [_recording_of(row) for row in rows]

    def known(self) -> frozenset[RecordingId]:
        rows = self.work.connection.execute(
            select(recordings.c.id).where(recordings.c.tenant_id == self.work.tenant_id)
        )
        return frozenset(RecordingId(row.id) for row in rows)

    def keep(self, recording: Recording) -> None:
        values = _recording_values(recording)
        self.work.connection.execute(
            upsert(recordings)
            .values(tenant_id=self.work.tenant_id, id=recording.id, **values)
            .on_conflict_do_update(index_elements=["tenant_id", "id"], set_=values)
        )

    def save(self, recording: Recording, fact: Fact) -> None:
        self.keep(recording)
        self.work.announce(to_event(fact), key=key_of(fact))

    def _read(self, recording_id: RecordingId, *, to_change: bool) -> Recording:
        query = select(recordings).where(recordings.c.tenant_id == self.work.tenant_id, recordings.c.id == recording_id)
        row = self.work.connection.execute(query.with_for_update() if to_change else query).one_or_none()
        if row is None:
            raise NotFound("there is no such recording")
        return _recording_of(row)


def _recording_values(recording: Recording) -> dict[str, Any]:
    wish = recording.wish
    return {
        "language": wish.language,
        "speakers": wish.speakers,
        "case_reference": wish.case_reference,
        "hotwords": list(wish.hotwords),
        "meeting_date": wish.meeting_date,
        "meeting_place": wish.meeting_place,
        "container": recording.sound.container,
        "seconds": recording.sound.seconds,
        "file_digest": recording.file.digest,
        "file_bytes": recording.file.size,
        "received_by": recording.received_by,
        "received_at": recording.received_at,
        "transcript_id": recording.transcript_id,
        "problem_type": recording.problem_type,
        "problem_detail": recording.problem_detail,
    }


def _recording_of(row: Row[Any]) -> Recording:
    wish = Wish(
        row.language, row.speakers, row.case_reference, tuple(row.hotwords), row.meeting_date, row.meeting_place
    )
    return Recording(
        RecordingId(row.id),
        wish,
        Sound(row.container, row.seconds),
        KeptFile(row.file_digest, row.file_bytes),
        row.received_by,
        row.received_at,
        TranscriptId(row.transcript_id) if row.transcript_id else None,
        row.problem_type,
        row.problem_detail,
    )
