# SPDX-License-Identifier: EUPL-1.2
"""How transcription's facts look to others: the one place where a fact becomes protobuf."""

from dataclasses import asdict
from typing import assert_never

from google.protobuf.message import Message

from contracts.transcription import v1 as published
from services.transcription.domain import (
    Fact,
    RecordingFailed,
    RecordingReceived,
    RecordingTranscribed,
    TranscriptApproved,
    TranscriptCorrected,
    TranscriptImported,
)


def to_event(fact: Fact) -> Message:
    """The fields have the same names on both sides; one that only a fact has is refused by protobuf."""
    match fact:
        case RecordingReceived():
            return published.RecordingReceived(**asdict(fact))
        case RecordingTranscribed():
            return published.RecordingTranscribed(**asdict(fact))
        case RecordingFailed():
            return published.RecordingFailed(**asdict(fact))
        case TranscriptImported():
            return published.TranscriptImported(**asdict(fact))
        case TranscriptCorrected():
            return published.TranscriptCorrected(**asdict(fact))
        case TranscriptApproved():
            return published.TranscriptApproved(**asdict(fact))
        case _:
            assert_never(fact)


def key_of(fact: Fact) -> str:
    """What the fact is about. Facts of one key reach others in the order in which they happened."""
    match fact:
        case RecordingReceived() | RecordingTranscribed() | RecordingFailed():
            return fact.recording_id
        case TranscriptImported() | TranscriptCorrected() | TranscriptApproved():
            return fact.transcript_id
        case _:
            assert_never(fact)
