# SPDX-License-Identifier: EUPL-1.2
"""What recordings and transcripts are, and which rules hold. Plain Python: no I/O, no framework, no clock.

A method returns the new state together with the fact that happened, and changes nothing.
"""

from services.transcription.domain.facts import (
    Fact,
    RecordingFailed,
    RecordingReceived,
    RecordingTranscribed,
    TranscriptApproved,
    TranscriptCorrected,
    TranscriptImported,
)
from services.transcription.domain.recording import (
    KeptFile,
    NotSound,
    Recording,
    RecordingDamaged,
    RecordingEmpty,
    RecordingId,
    RecordingTooLong,
    RecordingWithoutSpeech,
    Sound,
    Wish,
    accept_wish,
)
from services.transcription.domain.speech import Heard, Turn, Word, cut_into_utterances
from services.transcription.domain.transcript import (
    Approval,
    Correction,
    Meeting,
    Participant,
    ParticipantRole,
    RecogniserUsed,
    SpeakerUnknown,
    Transcript,
    TranscriptAlreadyApproved,
    TranscriptId,
    TranscriptNotAcceptable,
    Utterance,
    UtteranceId,
)

__all__ = [
    "Approval",
    "Correction",
    "Fact",
    "Heard",
    "KeptFile",
    "Meeting",
    "NotSound",
    "Participant",
    "ParticipantRole",
    "RecogniserUsed",
    "Recording",
    "RecordingDamaged",
    "RecordingEmpty",
    "RecordingFailed",
    "RecordingId",
    "RecordingReceived",
    "RecordingTooLong",
    "RecordingTranscribed",
    "RecordingWithoutSpeech",
    "Sound",
    "SpeakerUnknown",
    "Transcript",
    "TranscriptAlreadyApproved",
    "TranscriptApproved",
    "TranscriptCorrected",
    "TranscriptId",
    "TranscriptImported",
    "TranscriptNotAcceptable",
    "Turn",
    "Utterance",
    "UtteranceId",
    "Wish",
    "Word",
    "accept_wish",
    "cut_into_utterances",
]
