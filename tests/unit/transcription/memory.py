# SPDX-License-Identifier: EUPL-1.2
"""Quick stand-ins for what transcription needs from outside, and builders for what it works on.

`tests/contract/test_recogniser.py` and `test_recording_files.py` hold the stand-ins to what the real ones do.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

import numpy as np

from kernel.errors import NotFound
from kernel.identity import Actor, Role, TenantId, new_id
from services.transcription.adapters.sound_files import SAMPLES_PER_SECOND, PyAvSounds
from services.transcription.domain import (
    Fact,
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
    Turn,
    Utterance,
    UtteranceId,
    Wish,
    Word,
)
from services.transcription.ports import RecordingFileMissing, RecordingTooLarge

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EKHAMRA = TenantId("ekhamra")
CASEWORKER = Actor("lena@ekhamra", EKHAMRA, frozenset({Role.CASEWORKER}))
SCRIPT = "Hej Gunnar, tack för att jag fick komma. Jag är rädd att halka, så jag duschar bara en gång i veckan."


def an_utterance(number: int = 1, *, speaker: str = "I", text: str = "Jag duschar inte själv.") -> Utterance:
    return Utterance(UtteranceId(f"u{number:03d}"), float(number), number + 0.9, speaker, text)


def a_transcript(*utterances: Utterance, case_reference: str = "") -> Transcript:
    """An imported transcript that nothing is wrong with; a test names only what it is about."""
    return Transcript(
        id=TranscriptId(new_id()),
        language="sv",
        participants=(
            Participant("H", ParticipantRole.CASEWORKER, "Lena Sandqvist"),
            Participant("I", ParticipantRole.APPLICANT, "Ingrid Holmgren"),
        ),
        utterances=utterances or (an_utterance(1, speaker="H", text="Hur går det?"), an_utterance(2)),
        key=b"k" * 32,
        created_by=CASEWORKER.id,
        created_at=NOON,
        case_reference=case_reference,
        meeting=Meeting(NOON.date(), "hembesök"),
    )


def a_recording(wish: Wish | None = None) -> Recording:
    file = KeptFile("0" * 64, 12)
    return Recording(RecordingId(new_id()), wish or Wish("sv"), Sound("wav", 3.0), file, CASEWORKER.id, NOON)


@dataclass
class MemoryRecordings:
    kept: dict[RecordingId, Recording] = field(default_factory=dict)
    announced: list[Fact] = field(default_factory=list)

    def get(self, recording_id: RecordingId) -> Recording:
        if recording_id not in self.kept:
            raise NotFound("there is no such recording")
        return self.kept[recording_id]

    def get_to_change(self, recording_id: RecordingId) -> Recording:
        return self.get(recording_id)

    def keep(self, recording: Recording) -> None:
        self.kept[recording.id] = recording

    def save(self, recording: Recording, fact: Fact) -> None:
        self.keep(recording)
        self.announced.append(fact)

    def known(self) -> frozenset[RecordingId]:
        return frozenset(self.kept)


@dataclass
class MemoryTranscripts:
    kept: dict[TranscriptId, Transcript] = field(default_factory=dict)
    announced: list[Fact] = field(default_factory=list)

    def get(self, transcript_id: TranscriptId) -> Transcript:
        if transcript_id not in self.kept:
            raise NotFound("there is no such transcript")
        return self.kept[transcript_id]

    def get_to_change(self, transcript_id: TranscriptId) -> Transcript:
        return self.get(transcript_id)

    def add(self, transcript: Transcript, fact: Fact) -> None:
        self.save(transcript, fact)

    def save(self, transcript: Transcript, fact: Fact) -> None:
        self.kept[transcript.id] = transcript
        self.announced.append(fact)


@dataclass
class MemoryFiles:
    most_bytes: int = 1_000_000
    kept: dict[tuple[TenantId, RecordingId], tuple[bytes, datetime]] = field(default_factory=dict)

    def keep(self, tenant_id: TenantId, recording_id: RecordingId, content: BinaryIO) -> KeptFile:
        held = b"".join(iter(lambda: content.read(1 << 20), b""))
        if len(held) > self.most_bytes:
            raise RecordingTooLarge("too large")
        self.kept[tenant_id, recording_id] = (held, datetime.now(UTC))
        return KeptFile(hashlib.sha256(held).hexdigest(), len(held))

    def open(self, tenant_id: TenantId, recording_id: RecordingId) -> BinaryIO:
        if (tenant_id, recording_id) not in self.kept:
            raise RecordingFileMissing("no file")
        return BytesIO(self.kept[tenant_id, recording_id][0])

    def remove(self, tenant_id: TenantId, recording_id: RecordingId) -> None:
        self.kept.pop((tenant_id, recording_id), None)

    def kept_before(self, tenant_id: TenantId, moment: datetime) -> Iterator[RecordingId]:
        yield from (each for (tenant, each), (_, at) in self.kept.items() if tenant == tenant_id and at < moment)


@dataclass(frozen=True)
class ScriptedRecogniser:
    """Hears the same words in every sound that is not silent, a second for each, the voices taking turns."""

    sounds: PyAvSounds = field(default_factory=lambda: PyAvSounds(3600.0))
    script: str = SCRIPT

    def recognise(self, content: BinaryIO, wish: Wish, progress: Callable[[float], None]) -> Heard:
        samples = self.sounds.samples(content)
        if np.abs(samples).max() < 0.003:
            raise RecordingWithoutSpeech("nobody speaks in the recording")
        seconds = len(samples) / SAMPLES_PER_SECOND
        said = self.script.split()
        length = seconds / len(said)
        words = tuple(Word(each, at * length, (at + 1) * length, 0.4 + at % 3 * 0.3) for at, each in enumerate(said))
        turns = tuple(
            Turn(f"S{1 + at * (wish.speakers or 1) // len(said)}", w.start, w.end) for at, w in enumerate(words)
        )
        for at in range(1, 5):
            progress(at / 4)
        return Heard(seconds, words, turns)

    def used(self) -> RecogniserUsed:
        return RecogniserUsed("scripted", "0" * 64, {"language_forced": True}, fit_for_use=False)
