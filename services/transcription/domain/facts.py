# SPDX-License-Identifier: EUPL-1.2
"""What happened, in the past tense. Ids, digests and counts only: the facts leave the service, the words do not."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class RecordingReceived:
    recording_id: str
    case_id: str
    language: str
    file_digest: str
    file_bytes: int
    actor_id: str
    actor_role: str


@dataclass(frozen=True, kw_only=True)
class RecordingTranscribed:
    recording_id: str
    transcript_id: str
    case_id: str
    language: str
    utterances: int
    doubtful_utterances: int
    seconds_of_audio: float
    recogniser_name: str
    recogniser_digest: str
    recogniser_fit_for_use: bool


@dataclass(frozen=True, kw_only=True)
class RecordingFailed:
    recording_id: str
    case_id: str
    problem_type: str


@dataclass(frozen=True, kw_only=True)
class TranscriptImported:
    transcript_id: str
    case_id: str
    language: str
    utterances: int
    actor_id: str
    actor_role: str


@dataclass(frozen=True, kw_only=True)
class TranscriptCorrected:
    """Words, a speaker, the participants or the meeting changed. The digests are keyed: text may be guessable."""

    transcript_id: str
    case_id: str
    part: str
    utterance_id: str
    before_digest: str
    after_digest: str
    actor_id: str
    actor_role: str


@dataclass(frozen=True, kw_only=True)
class TranscriptApproved:
    transcript_id: str
    recording_id: str
    case_id: str
    language: str
    utterances: int
    corrected_utterances: int
    digest: str
    actor_id: str
    actor_role: str
    approved_at: datetime


Fact = (
    RecordingReceived
    | RecordingTranscribed
    | RecordingFailed
    | TranscriptImported
    | TranscriptCorrected
    | TranscriptApproved
)
