# SPDX-License-Identifier: EUPL-1.2
"""What transcription does: one function for each thing somebody may ask of it.

A use case is handed what it needs and never opens a transaction itself; the edge that calls it does.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from secrets import token_bytes

from kernel.errors import Conflict
from kernel.identity import Actor, TenantId, new_id
from services.transcription.domain import (
    Heard,
    KeptFile,
    Meeting,
    Participant,
    ParticipantRole,
    RecogniserUsed,
    Recording,
    RecordingId,
    RecordingWithoutSpeech,
    Sound,
    Transcript,
    TranscriptId,
    UtteranceId,
    Wish,
    cut_into_utterances,
)
from services.transcription.ports import RecordingFiles, Recordings, Seal, Transcripts

# Long enough that no upload still running can be mistaken for one that died.
ORPHAN_AGE = timedelta(hours=6)


class RecordingNotFailed(Conflict):
    """Only a recording that failed is heard again."""


def receive_recording(
    recording_id: RecordingId,
    wish: Wish,
    sound: Sound,
    file: KeptFile,
    actor: Actor,
    now: datetime,
    recordings: Recordings,
) -> Recording:
    recording = Recording(recording_id, wish, sound, file, received_by=actor.id, received_at=now)
    recordings.save(recording, recording.received(actor))
    return recording


def hear_again(recording_id: RecordingId, recordings: Recordings) -> Recording:
    """Take a failed recording up again, for when the reason lay with the machine and not with the file."""
    recording = recordings.get_to_change(recording_id)
    if not recording.problem_type:
        raise RecordingNotFailed(f"recording {recording_id} has not failed")
    reopened = replace(recording, problem_type="", problem_detail="")
    recordings.keep(reopened)
    return reopened


def write_transcript(
    recording: Recording, heard: Heard, used: RecogniserUsed, doubtful_below: float, now: datetime
) -> Transcript:
    """The transcript of what was heard, nobody's word yet. Raise `RecordingWithoutSpeech` when there are no words."""
    utterances = cut_into_utterances(heard, doubtful_below)
    if not utterances:
        raise RecordingWithoutSpeech("no words were heard in the recording")
    wish = recording.wish
    speakers = sorted({each.original_speaker for each in utterances} | {turn.speaker for turn in heard.turns})
    return Transcript(
        id=TranscriptId(new_id()),
        language=wish.language,
        participants=tuple(Participant(speaker, ParticipantRole.OTHER) for speaker in speakers),
        utterances=utterances,
        key=token_bytes(32),
        created_by=recording.received_by,
        created_at=now,
        case_reference=wish.case_reference,
        recording_id=recording.id,
        meeting=Meeting(wish.meeting_date, wish.meeting_place) if wish.meeting_date else None,
        recogniser=used,
    )


def finish_recording(
    recording_id: RecordingId, transcript: Transcript, seconds: float, recordings: Recordings, transcripts: Transcripts
) -> None:
    """Hand the transcript over. A recording that has one already keeps it."""
    recording = recordings.get_to_change(recording_id)
    if recording.is_finished:
        return
    done, fact = recording.transcribed(transcript, seconds)
    transcripts.add(transcript, fact)
    recordings.keep(done)


def give_up_recording(recording_id: RecordingId, problem_type: str, detail: str, recordings: Recordings) -> None:
    recording = recordings.get_to_change(recording_id)
    if not recording.is_finished:
        recordings.save(*recording.failed(problem_type, detail))


def import_transcript(transcript: Transcript, actor: Actor, transcripts: Transcripts) -> Transcript:
    transcripts.add(transcript, transcript.imported(actor))
    return transcript


def correct_utterance(
    transcript: Transcript,
    utterance_id: UtteranceId,
    said: tuple[str | None, str | None],
    actor: Actor,
    now: datetime,
    seal: Seal,
    transcripts: Transcripts,
) -> Transcript:
    """`said` is the text and the speaker; None leaves that part as it reads."""
    digest = partial(seal.keyed, transcript.key)
    corrected, fact = transcript.correct(utterance_id, *said, actor, now, digest)
    transcripts.save(corrected, fact)
    return corrected


def name_participants(
    transcript: Transcript, participants: tuple[Participant, ...], actor: Actor, seal: Seal, transcripts: Transcripts
) -> Transcript:
    named, fact = transcript.name_participants(participants, actor, partial(seal.keyed, transcript.key))
    transcripts.save(named, fact)
    return named


def place_meeting(
    transcript: Transcript, meeting: Meeting, actor: Actor, seal: Seal, transcripts: Transcripts
) -> Transcript:
    placed, fact = transcript.place_meeting(meeting, actor, partial(seal.keyed, transcript.key))
    transcripts.save(placed, fact)
    return placed


def approve_transcript(
    transcript_id: TranscriptId, actor: Actor, now: datetime, seal: Seal, transcripts: Transcripts
) -> Transcript:
    transcript = transcripts.get_to_change(transcript_id)
    approved, fact = transcript.approve(actor, now, seal.digest(transcript.content()))
    transcripts.save(approved, fact)
    return approved


def sweep_files(tenant_id: TenantId, now: datetime, files: RecordingFiles, recordings: Recordings) -> int:
    """Remove files that no recording came to own, as a killed upload leaves them. How many there were."""
    orphans = set(files.kept_before(tenant_id, now - ORPHAN_AGE)) - recordings.known()
    for each in orphans:
        files.remove(tenant_id, each)
    return len(orphans)
