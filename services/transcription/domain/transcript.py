# SPDX-License-Identifier: EUPL-1.2
"""A transcript: what was said at a meeting, in two layers.

What the recogniser or the import brought never changes. A human's corrections lie over it, each with who and when,
and what is approved is what the upper layer says. After approval nothing changes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from kernel.errors import Conflict, FieldError, NotFound, Unacceptable
from kernel.identity import Actor
from services.transcription.domain.facts import TranscriptApproved, TranscriptCorrected, TranscriptImported
from services.transcription.domain.reference import case_id_of, is_reference

TranscriptId = NewType("TranscriptId", str)
UtteranceId = NewType("UtteranceId", str)
Digest = Callable[[object], str]


class ParticipantRole(StrEnum):
    CASEWORKER = "caseworker"
    APPLICANT = "applicant"
    RELATIVE = "relative"
    REPRESENTATIVE = "representative"
    INTERPRETER = "interpreter"
    PROFESSIONAL = "professional"
    CHILD = "child"
    OTHER = "other"


class TranscriptAlreadyApproved(Conflict):
    """Case text may rest on an approved transcript already, so it stays as it is."""


class TranscriptNotAcceptable(Unacceptable):
    """The transcript contradicts itself; every place is named."""


class SpeakerUnknown(Unacceptable):
    """An utterance belongs to one of the participants."""


@dataclass(frozen=True)
class Participant:
    """`speaker` is the label the utterances use; `name` may be empty."""

    speaker: str
    role: ParticipantRole
    name: str = ""


@dataclass(frozen=True)
class Meeting:
    date: date
    place: str = ""


@dataclass(frozen=True)
class RecogniserUsed:
    """Which weights and settings wrote the original text. Not fit for use: good for a demonstration only."""

    name: str
    digest: str
    settings: Mapping[str, str | int | float | bool]
    fit_for_use: bool


@dataclass(frozen=True)
class Correction:
    """What a human put over an original. `revision` is the transcript's revision that it made."""

    text: str
    speaker: str
    by: str
    at: datetime
    revision: int


@dataclass(frozen=True)
class Utterance:
    """One stretch of speech by one person, in seconds from the start."""

    id: UtteranceId
    start: float
    end: float
    original_speaker: str
    original_text: str
    confidence: float | None = None
    doubtful_words: tuple[str, ...] = ()
    correction: Correction | None = None

    @property
    def text(self) -> str:
        return self.correction.text if self.correction else self.original_text

    @property
    def speaker(self) -> str:
        return self.correction.speaker if self.correction else self.original_speaker

    @property
    def is_doubtful(self) -> bool:
        """Doubt ends when a human has put the utterance right, or has confirmed it by sending it unchanged."""
        return bool(self.doubtful_words) and self.correction is None

    def content(self) -> dict[str, object]:
        return {
            "id": self.id,
            "speaker": self.speaker,
            "start": self.start,
            "end": self.end,
            "text": self.text,
        }


@dataclass(frozen=True)
class Approval:
    by: str
    at: datetime
    digest: str


@dataclass(frozen=True)
class Transcript:
    """`key` seals the digests that leave the service, so that nobody can find a short text by trying."""

    id: TranscriptId
    language: str
    participants: tuple[Participant, ...]
    utterances: tuple[Utterance, ...]
    key: bytes
    created_by: str
    created_at: datetime
    case_reference: str = ""
    recording_id: str = ""
    meeting: Meeting | None = None
    recogniser: RecogniserUsed | None = None
    revision: int = 1
    approval: Approval | None = None

    @property
    def case_id(self) -> str:
        return case_id_of(self.case_reference)

    def content(self) -> dict[str, object]:
        """What an approval stands for: the upper layer, the participants and the meeting, ready for JSON."""
        return {
            "id": self.id,
            "language": self.language,
            "meeting": _meeting_content(self.meeting),
            "participants": _participants_content(self.participants),
            "utterances": [each.content() for each in self.utterances],
        }

    def imported(self, actor: Actor) -> TranscriptImported:
        """Raise `TranscriptNotAcceptable` when the transcript contradicts itself."""
        errors = [*participant_errors(self.participants), *utterance_errors(self.utterances, self.participants)]
        if not is_reference(self.case_reference):
            errors.append(FieldError("/case_reference", "short, and no identity number"))
        if errors:
            raise TranscriptNotAcceptable("the transcript contradicts itself", errors=errors)
        return TranscriptImported(
            transcript_id=self.id,
            case_id=self.case_id,
            language=self.language,
            utterances=len(self.utterances),
            actor_id=actor.id,
            actor_role=actor.role,
        )

    def utterance(self, utterance_id: UtteranceId) -> Utterance:
        found = next((each for each in self.utterances if each.id == utterance_id), None)
        if found is None:
            raise NotFound(f"transcript {self.id} has no such utterance")
        return found

    def correct(
        self,
        utterance_id: UtteranceId,
        text: str | None,
        speaker: str | None,
        actor: Actor,
        at: datetime,
        digest: Digest,
    ) -> tuple[Transcript, TranscriptCorrected]:
        """Put text, speaker or both over the utterance. None leaves that part as it reads now."""
        self._must_be_open()
        before = self.utterance(utterance_id)
        speaker = before.speaker if speaker is None else speaker
        if speaker not in {each.speaker for each in self.participants}:
            raise SpeakerUnknown(
                "the speaker is not among the participants",
                errors=[FieldError("/speaker", "one of the participants' speakers")],
            )
        revision = self.revision + 1
        correction = Correction(before.text if text is None else text, speaker, actor.id, at, revision)
        after = replace(before, correction=correction)
        utterances = tuple(after if each.id == utterance_id else each for each in self.utterances)
        corrected = replace(self, utterances=utterances, revision=revision)
        contents = (before.content(), after.content())
        return corrected, self._corrected("utterance", contents, actor, digest, utterance_id)

    def name_participants(
        self, participants: tuple[Participant, ...], actor: Actor, digest: Digest
    ) -> tuple[Transcript, TranscriptCorrected]:
        """Say who took part. Everybody who speaks must be among them."""
        self._must_be_open()
        errors = [*participant_errors(participants)]
        missing = {each.speaker for each in self.utterances} - {each.speaker for each in participants}
        if missing:
            errors.append(FieldError("/participants", f"{len(missing)} who speak are not among them"))
        if errors:
            raise TranscriptNotAcceptable("the participants do not fit the transcript", errors=errors)
        contents = (_participants_content(self.participants), _participants_content(participants))
        named = replace(self, participants=participants, revision=self.revision + 1)
        return named, self._corrected("participants", contents, actor, digest)

    def place_meeting(self, meeting: Meeting, actor: Actor, digest: Digest) -> tuple[Transcript, TranscriptCorrected]:
        """Say when and where it was said (Förvaltningslagen 2017:900, 27 §: when, and by whom)."""
        self._must_be_open()
        contents = (_meeting_content(self.meeting), _meeting_content(meeting))
        placed = replace(self, meeting=meeting, revision=self.revision + 1)
        return placed, self._corrected("meeting", contents, actor, digest)

    def approve(self, actor: Actor, at: datetime, digest: str) -> tuple[Transcript, TranscriptApproved]:
        """A caseworker answers for the upper layer; `digest` is that layer's."""
        self._must_be_open()
        approved = replace(self, approval=Approval(actor.id, at, digest), revision=self.revision + 1)
        return approved, TranscriptApproved(
            transcript_id=self.id,
            recording_id=self.recording_id,
            case_id=self.case_id,
            language=self.language,
            utterances=len(self.utterances),
            corrected_utterances=sum(each.correction is not None for each in self.utterances),
            digest=digest,
            actor_id=actor.id,
            actor_role=actor.role,
            approved_at=at,
        )

    def _must_be_open(self) -> None:
        if self.approval:
            raise TranscriptAlreadyApproved(f"transcript {self.id} is approved and does not change")

    def _corrected(
        self, part: str, contents: tuple[object, object], actor: Actor, digest: Digest, utterance_id: str = ""
    ) -> TranscriptCorrected:
        before, after = contents
        return TranscriptCorrected(
            transcript_id=self.id,
            case_id=self.case_id,
            part=part,
            utterance_id=utterance_id,
            before_digest=digest(before),
            after_digest=digest(after),
            actor_id=actor.id,
            actor_role=actor.role,
        )


def participant_errors(participants: Sequence[Participant]) -> list[FieldError]:
    """Every participant whose speaker label is taken by an earlier one."""
    first = {each.speaker: at for at, each in reversed(list(enumerate(participants)))}
    return [
        FieldError(f"/participants/{at}/speaker", "another participant has this speaker")
        for at, each in enumerate(participants)
        if first[each.speaker] != at
    ]


def utterance_errors(utterances: Sequence[Utterance], participants: Sequence[Participant]) -> list[FieldError]:
    """Every utterance with an id used twice, times that run backwards, or a speaker who did not take part."""
    seen = Counter(each.id for each in utterances)
    speakers = {each.speaker for each in participants}
    errors: list[FieldError] = []
    for at, each in enumerate(utterances):
        if seen[each.id] > 1:
            errors.append(FieldError(f"/utterances/{at}/id", "another utterance has this id"))
        if not (math.isfinite(each.start) and math.isfinite(each.end) and 0 <= each.start <= each.end):
            errors.append(FieldError(f"/utterances/{at}/start", "times are finite, from 0, start before end"))
        if each.original_speaker not in speakers:
            errors.append(FieldError(f"/utterances/{at}/speaker", "one of the participants' speakers"))
    return errors


def _participants_content(participants: Sequence[Participant]) -> list[dict[str, object]]:
    return [{"speaker": each.speaker, "role": each.role.value, "name": each.name} for each in participants]


def _meeting_content(meeting: Meeting | None) -> dict[str, object] | None:
    return {"date": meeting.date.isoformat(), "place": meeting.place} if meeting else None
