# SPDX-License-Identifier: EUPL-1.2
"""A recording: a sound file that somebody handed in, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NewType

from kernel.errors import FieldError, Unacceptable, UnsupportedContent
from kernel.identity import Actor
from services.transcription.domain.facts import RecordingFailed, RecordingReceived, RecordingTranscribed
from services.transcription.domain.reference import LONGEST_REFERENCE, case_id_of, is_reference
from services.transcription.domain.transcript import Transcript, TranscriptId

RecordingId = NewType("RecordingId", str)

MOST_SPEAKERS = 12
MOST_HOTWORDS = 50
LONGEST_HOTWORD = 60


class NotSound(UnsupportedContent):
    """The content is not a sound file of an accepted kind, whatever its name says."""


class RecordingEmpty(Unacceptable):
    """The file holds nothing."""


class RecordingTooLong(Unacceptable):
    """The sound lasts longer than is accepted; the answer says how long that is."""


class RecordingDamaged(Unacceptable):
    """The sound breaks off or cannot be read to its end. Half a meeting is not taken for a whole one."""


class RecordingWithoutSpeech(Unacceptable):
    """Nobody speaks in the recording. A recogniser would make words up, so it is not asked."""


class WishNotAcceptable(Unacceptable):
    """Something that was asked for beside the file cannot be done."""


@dataclass(frozen=True)
class Sound:
    """What a file turned out to be. `seconds` is None when the file does not say, as with a browser's recording."""

    container: str
    seconds: float | None


@dataclass(frozen=True)
class KeptFile:
    digest: str
    size: int


@dataclass(frozen=True)
class Wish:
    """How a recording is to be heard. Without a number of speakers all is said by one."""

    language: str
    speakers: int | None = None
    case_reference: str = ""
    hotwords: tuple[str, ...] = ()
    meeting_date: date | None = None
    meeting_place: str = ""


def accept_wish(wish: Wish, languages: tuple[str, ...]) -> Wish:
    """The wish itself, or `WishNotAcceptable` with every field that is wrong."""
    too_many_words = len(wish.hotwords) > MOST_HOTWORDS or any(len(each) > LONGEST_HOTWORD for each in wish.hotwords)
    wrong = {
        ("/language", f"one of {', '.join(languages)}"): wish.language not in languages,
        ("/speakers", f"from 1 to {MOST_SPEAKERS}"): wish.speakers is not None
        and not 1 <= wish.speakers <= MOST_SPEAKERS,
        ("/case_reference", f"at most {LONGEST_REFERENCE} characters, no identity number"): not is_reference(
            wish.case_reference
        ),
        ("/hotwords", f"at most {MOST_HOTWORDS} words of at most {LONGEST_HOTWORD} characters"): too_many_words,
        ("/meeting_place", f"at most {LONGEST_REFERENCE} characters"): len(wish.meeting_place) > LONGEST_REFERENCE,
    }
    if errors := [FieldError(*named) for named, is_wrong in wrong.items() if is_wrong]:
        raise WishNotAcceptable("the recording was not accepted as asked", errors=errors)
    return wish


@dataclass(frozen=True)
class Recording:
    """Kept with its file from the moment it is accepted. It ends as a transcript or with a problem, never with both."""

    id: RecordingId
    wish: Wish
    sound: Sound
    file: KeptFile
    received_by: str
    received_at: datetime
    transcript_id: TranscriptId | None = None
    problem_type: str = ""
    problem_detail: str = ""

    @property
    def case_id(self) -> str:
        return case_id_of(self.wish.case_reference)

    @property
    def is_finished(self) -> bool:
        return self.transcript_id is not None or bool(self.problem_type)

    def received(self, actor: Actor) -> RecordingReceived:
        return RecordingReceived(
            recording_id=self.id,
            case_id=self.case_id,
            language=self.wish.language,
            file_digest=self.file.digest,
            file_bytes=self.file.size,
            actor_id=actor.id,
            actor_role=actor.role,
        )

    def transcribed(self, transcript: Transcript, seconds: float) -> tuple[Recording, RecordingTranscribed]:
        """The recording with its transcript, and how long it really is."""
        done = replace(self, transcript_id=transcript.id, sound=replace(self.sound, seconds=seconds))
        used = transcript.recogniser
        return done, RecordingTranscribed(
            recording_id=self.id,
            transcript_id=transcript.id,
            case_id=self.case_id,
            language=self.wish.language,
            utterances=len(transcript.utterances),
            doubtful_utterances=sum(each.is_doubtful for each in transcript.utterances),
            seconds_of_audio=seconds,
            recogniser_name=used.name if used else "",
            recogniser_digest=used.digest if used else "",
            recogniser_fit_for_use=bool(used and used.fit_for_use),
        )

    def failed(self, problem_type: str, problem_detail: str) -> tuple[Recording, RecordingFailed]:
        """The recording with the reason why there is no transcript. The file stays, to be heard by a human."""
        failed = replace(self, problem_type=problem_type, problem_detail=problem_detail)
        return failed, RecordingFailed(recording_id=self.id, case_id=self.case_id, problem_type=problem_type)
