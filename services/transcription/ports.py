# SPDX-License-Identifier: EUPL-1.2
"""What transcription needs from outside, said in its own words."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO, Protocol

from kernel.errors import Away, TooLarge, Unavailable
from kernel.identity import TenantId
from services.transcription.domain import (
    Fact,
    Heard,
    KeptFile,
    RecogniserUsed,
    Recording,
    RecordingId,
    Sound,
    Transcript,
    TranscriptId,
    Wish,
)


class RecordingTooLarge(TooLarge):
    """The file holds more bytes than are accepted; the answer says how many that is."""


class RecordingNotKept(Unavailable):
    """Storage is away or full. Nothing was accepted; the same upload may go through later."""


class RecordingFileMissing(Unavailable):
    """The recording is known and its file is not there: storage is away, or was put back from an older backup."""


class RecordingsAway(Away):
    """Object storage does not answer, or does not let us in. What is kept there will be found again later."""


class Recordings(Protocol):
    """The recordings of one tenant, within one transaction."""

    def get(self, recording_id: RecordingId) -> Recording:
        """Raise `NotFound` when this tenant has no such recording."""

    def get_to_change(self, recording_id: RecordingId) -> Recording:
        """The same, and nobody else changes it before this transaction ends."""

    def save(self, recording: Recording, fact: Fact) -> None:
        """Keep the recording and announce the fact: both or neither."""

    def keep(self, recording: Recording) -> None:
        """Keep a change that has no fact of its own: another thing's fact tells it, or nobody needs to know."""

    def known(self) -> frozenset[RecordingId]:
        """The ids of all recordings, to find files that belong to none."""


class Transcripts(Protocol):
    """The transcripts of one tenant, within one transaction."""

    def get(self, transcript_id: TranscriptId) -> Transcript:
        """Raise `NotFound` when this tenant has no such transcript."""

    def get_to_change(self, transcript_id: TranscriptId) -> Transcript:
        """The same, and nobody else changes it before this transaction ends."""

    def add(self, transcript: Transcript, fact: Fact) -> None:
        """Keep a new transcript with its originals and announce the fact: both or neither."""

    def save(self, transcript: Transcript, fact: Fact) -> None:
        """Keep what its newest revision changed and announce the fact. Originals are never written again."""


class RecordingFiles(Protocol):
    """Where sound files are kept. A file is there whole or not at all, also after a crash."""

    def keep(self, tenant_id: TenantId, recording_id: RecordingId, content: BinaryIO) -> KeptFile:
        """Return when the file would survive a power cut. Raise `TooLarge` above the limit, keeping nothing,
        and `Unavailable` when storage is away or full.
        """

    def open(self, tenant_id: TenantId, recording_id: RecordingId) -> BinaryIO:
        """Raise `RecordingFileMissing` when there is no such file, `RecordingsAway` when storage does not answer."""

    def remove(self, tenant_id: TenantId, recording_id: RecordingId) -> None:
        """Remove the file; none is fine too."""

    def kept_before(self, tenant_id: TenantId, moment: datetime) -> Iterator[RecordingId]:
        """The recordings whose files, finished or left half-written, were last touched before the moment."""


class Sounds(Protocol):
    """Knows sound files by what is in them; their names count for nothing."""

    def look_at(self, content: BinaryIO) -> Sound:
        """Raise `NotSound`, `RecordingEmpty` or `RecordingTooLong` as far as a look at the beginning can tell."""


class Recogniser(Protocol):
    """Turns sound into words and voices. Slow, large and often wrong."""

    def recognise(self, content: BinaryIO, wish: Wish, progress: Callable[[float], None]) -> Heard:
        """Hear the whole file, in the wish's language and with as many voices as it says (one when it does not).

        `progress` is called with a rising share from 0 to 1; what it raises ends the work. Raise
        `RecordingWithoutSpeech` when nobody speaks, `RecordingDamaged` or `NotSound` when it cannot be read to its end,
        `RecordingTooLong` when it goes on for too long, `Unavailable` when the weights are away.
        """

    def used(self) -> RecogniserUsed:
        """Which weights and settings these are. Raise `Unavailable` when the weights are away."""


class Seal(Protocol):
    """Digests of JSON content: the same content gives the same digest, on any machine."""

    def digest(self, content: object) -> str:
        """SHA-256 of the canonical JSON (RFC 8785), in hexadecimal."""

    def keyed(self, key: bytes, content: object) -> str:
        """HMAC-SHA-256 of the canonical JSON, for content that somebody could guess."""
