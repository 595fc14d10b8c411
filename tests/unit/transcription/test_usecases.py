# SPDX-License-Identifier: EUPL-1.2
"""From a recording to a transcript, and what happens when there is none: without a database."""

import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
import rfc8785

from kernel.identity import new_id
from services.transcription import usecases
from services.transcription.adapters.seal import CanonicalSeal
from services.transcription.domain import (
    Heard,
    RecogniserUsed,
    RecordingFailed,
    RecordingId,
    RecordingReceived,
    RecordingTranscribed,
    RecordingWithoutSpeech,
    TranscriptApproved,
    TranscriptCorrected,
    Turn,
    UtteranceId,
    Wish,
    Word,
)
from services.transcription.domain.recording import WishNotAcceptable, accept_wish
from services.transcription.domain.reference import case_id_of, is_reference
from tests.unit.transcription.memory import (
    CASEWORKER,
    EKHAMRA,
    NOON,
    MemoryFiles,
    MemoryRecordings,
    MemoryTranscripts,
    a_recording,
    a_transcript,
)

HEARD = Heard(2.0, (Word("Hej", 0.0, 0.5, 0.9), Word("Gunna", 0.6, 1.0, 0.3)), (Turn("S1", 0.0, 1.0),))
USED = RecogniserUsed("whisper-base", "d" * 64, {"beam_size": 5}, fit_for_use=False)
SEAL = CanonicalSeal()


def test_a_received_recording_is_announced_with_its_digest_and_no_name() -> None:
    recordings, recording = MemoryRecordings(), a_recording()

    usecases.receive_recording(
        recording.id, recording.wish, recording.sound, recording.file, CASEWORKER, NOON, recordings
    )

    (fact,) = recordings.announced
    assert isinstance(fact, RecordingReceived)
    assert (fact.recording_id, fact.file_digest, fact.actor_id) == (recording.id, "0" * 64, CASEWORKER.id)


def test_a_machines_transcript_says_what_wrote_it_and_that_nobody_is_known() -> None:
    transcript = usecases.write_transcript(a_recording(), HEARD, USED, 0.5, NOON)

    assert transcript.recogniser == USED
    assert transcript.approval is None
    assert [(each.speaker, each.role.value, each.name) for each in transcript.participants] == [("S1", "other", "")]
    assert transcript.utterances[0].doubtful_words == ("Gunna",)


def test_a_recording_without_words_has_no_transcript() -> None:
    with pytest.raises(RecordingWithoutSpeech):
        usecases.write_transcript(a_recording(), Heard(2.0, (), (Turn("S1", 0.0, 1.0),)), USED, 0.5, NOON)


def test_a_finished_recording_points_at_its_transcript_and_tells_once() -> None:
    recordings, transcripts, recording = MemoryRecordings(), MemoryTranscripts(), a_recording()
    recordings.keep(recording)
    transcript = usecases.write_transcript(recording, HEARD, USED, 0.5, NOON)

    for _ in range(2):
        usecases.finish_recording(recording.id, transcript, 2.0, recordings, transcripts)

    assert recordings.get(recording.id).transcript_id == transcript.id
    assert len(transcripts.announced) == 1
    fact = transcripts.announced[0]
    assert isinstance(fact, RecordingTranscribed)
    assert (fact.utterances, fact.doubtful_utterances, fact.recogniser_fit_for_use) == (1, 1, False)


def test_a_recording_that_is_given_up_says_why() -> None:
    recordings, recording = MemoryRecordings(), a_recording()
    recordings.keep(recording)

    usecases.give_up_recording(recording.id, "/problems/recording-without-speech", "nobody speaks", recordings)

    assert recordings.get(recording.id).problem_type == "/problems/recording-without-speech"
    assert isinstance(recordings.announced[0], RecordingFailed)


def test_a_finished_recording_is_not_given_up_afterwards() -> None:
    recordings, recording = MemoryRecordings(), a_recording()
    recordings.keep(replace(recording, transcript_id=a_transcript().id))

    usecases.give_up_recording(recording.id, "/problems/job-failed", "too late", recordings)

    assert recordings.get(recording.id).problem_type == ""
    assert recordings.announced == []


def test_a_failed_recording_is_taken_up_again_and_another_is_not() -> None:
    recordings, failed, waiting = MemoryRecordings(), a_recording(), a_recording()
    recordings.keep(replace(failed, problem_type="/problems/job-failed"))
    recordings.keep(waiting)

    usecases.hear_again(failed.id, recordings)

    assert recordings.get(failed.id).problem_type == ""
    with pytest.raises(usecases.RecordingNotFailed):
        usecases.hear_again(waiting.id, recordings)


def test_the_approvals_digest_can_be_computed_by_anybody() -> None:
    transcripts, transcript = MemoryTranscripts(), a_transcript()
    transcripts.kept[transcript.id] = transcript

    approved = usecases.approve_transcript(transcript.id, CASEWORKER, NOON, SEAL, transcripts)

    content = {
        "id": transcript.id,
        "language": "sv",
        "meeting": {"date": "2026-03-02", "place": "hembesök"},
        "participants": [
            {"speaker": "H", "role": "caseworker", "name": "Lena Sandqvist"},
            {"speaker": "I", "role": "applicant", "name": "Ingrid Holmgren"},
        ],
        "utterances": [
            {"id": "u001", "speaker": "H", "start": 1.0, "end": 1.9, "text": "Hur går det?"},
            {"id": "u002", "speaker": "I", "start": 2.0, "end": 2.9, "text": "Jag duschar inte själv."},
        ],
    }
    assert approved.approval is not None
    assert approved.approval.digest == hashlib.sha256(rfc8785.dumps(content)).hexdigest()  # type: ignore[arg-type] # JSON
    assert isinstance(transcripts.announced[0], TranscriptApproved)
    assert transcripts.announced[0].digest == approved.approval.digest


def test_a_corrections_digests_cannot_be_guessed_without_the_transcripts_key() -> None:
    transcripts, transcript = MemoryTranscripts(), a_transcript()

    usecases.correct_utterance(transcript, UtteranceId("u002"), ("Nej.", None), CASEWORKER, NOON, SEAL, transcripts)

    (fact,) = transcripts.announced
    guessed = rfc8785.dumps({"id": "u002", "speaker": "I", "start": 2.0, "end": 2.9, "text": "Nej."})
    assert isinstance(fact, TranscriptCorrected)
    assert fact.after_digest == hmac.new(transcript.key, guessed, hashlib.sha256).hexdigest()
    assert fact.after_digest != hashlib.sha256(guessed).hexdigest()


def test_only_old_files_that_no_recording_owns_are_swept() -> None:
    files, recordings, owner = MemoryFiles(), MemoryRecordings(), a_recording()
    recordings.keep(owner)
    orphan, fresh = RecordingId(new_id()), RecordingId(new_id())
    for each in (owner.id, orphan, fresh):
        files.keep(EKHAMRA, each, BytesIO(b"abc"))
    for each in (owner.id, orphan):
        files.kept[EKHAMRA, each] = (b"abc", NOON - timedelta(days=1))
    files.kept[EKHAMRA, fresh] = (b"abc", NOON - timedelta(hours=1))

    swept = usecases.sweep_files(EKHAMRA, NOON, files, recordings)

    assert swept == 1
    assert {recording_id for _, recording_id in files.kept} == {owner.id, fresh}


@pytest.mark.parametrize("reference", ["191212121212", "121212-1212", "19121212-1212", "010190 1234", "01019012345"])
def test_no_identity_number_is_a_reference(reference: str) -> None:
    assert not is_reference(f"ärende {reference}")


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "SN 2026/1234",
        "dnr 2026-001234",
        "0198c0de-1234-7000-8000-123456789012",
        "x-0ddd0802-9440-4f35-a18b-403273221420",
    ],
)
def test_a_case_number_is_a_reference(reference: str) -> None:
    assert is_reference(reference)


def test_a_foreign_reference_never_becomes_a_case_id() -> None:
    own = new_id()

    assert case_id_of(own) == own
    assert case_id_of("SN 2026/1234 Holmgren") == ""


@pytest.mark.parametrize("speakers", [0, -1, 13])
def test_a_number_of_speakers_that_cannot_be_is_refused(speakers: int) -> None:
    with pytest.raises(WishNotAcceptable):
        accept_wish(Wish("sv", speakers=speakers), ("sv",))
