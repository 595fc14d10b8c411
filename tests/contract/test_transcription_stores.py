# SPDX-License-Identifier: EUPL-1.2
"""Every keeper of recordings and transcripts behaves the same, so a test may use the quick one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest

from kernel.errors import NotFound
from kernel.identity import TenantId
from services.transcription.domain import (
    Fact,
    Meeting,
    Participant,
    ParticipantRole,
    RecogniserUsed,
    Recording,
    RecordingId,
    Transcript,
    TranscriptId,
    UtteranceId,
    Wish,
)
from services.transcription.ports import Recordings, Transcripts
from services.transcription.store import SqlRecordings, SqlTranscripts
from tests.conftest import Database
from tests.unit.transcription.memory import (
    CASEWORKER,
    EKHAMRA,
    NOON,
    MemoryRecordings,
    MemoryTranscripts,
    a_recording,
    a_transcript,
    an_utterance,
)

WISH = Wish("da", 3, "SN 2026/17", ("Gunnar", "matlåda"), date(2026, 3, 2), "hembesök")
USED = RecogniserUsed("whisper-base", "d" * 64, {"beam_size": 5, "language_forced": True}, fit_for_use=False)


@dataclass(frozen=True)
class Stores:
    recordings: Recordings
    transcripts: Transcripts


@pytest.fixture(params=["memory", "sql"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        yield Stores(MemoryRecordings(), MemoryTranscripts())
        return
    database: Callable[[str], Database] = request.getfixturevalue("database")
    with database("transcription").transactions(EKHAMRA) as work:
        yield Stores(SqlRecordings(work), SqlTranscripts(work))


def digest(_content: object) -> str:
    return "d" * 64


def kept(stores: Stores, transcript: Transcript | None = None) -> Transcript:
    transcript = transcript or a_transcript()
    stores.transcripts.add(transcript, transcript.imported(CASEWORKER))
    return transcript


def received(stores: Stores, recording: Recording) -> Recording:
    stores.recordings.save(recording, recording.received(CASEWORKER))
    return recording


def test_a_recording_comes_back_unchanged(stores: Stores) -> None:
    recording = received(stores, a_recording(WISH))

    assert stores.recordings.get(recording.id) == recording
    assert stores.recordings.get_to_change(recording.id) == recording
    assert stores.recordings.known() == {recording.id}


def test_what_became_of_a_recording_is_kept(stores: Stores) -> None:
    recording = received(stores, a_recording())

    failed, fact = recording.failed("/problems/recording-damaged", "it breaks off")
    stores.recordings.save(failed, fact)
    assert stores.recordings.get(recording.id) == failed

    stores.recordings.keep(recording)
    assert stores.recordings.get(recording.id) == recording


def test_a_transcript_comes_back_unchanged(stores: Stores) -> None:
    heard = replace(an_utterance(3), confidence=0.4321, doubtful_words=("inte", "två"))
    transcript = replace(a_transcript(an_utterance(7), heard), recogniser=USED, recording_id="r1", meeting=None)

    kept(stores, transcript)

    assert stores.transcripts.get(transcript.id) == transcript
    assert stores.transcripts.get_to_change(transcript.id) == transcript


def test_a_row_of_changes_comes_back_as_the_newest(stores: Stores) -> None:
    transcript = kept(stores)
    people = (
        Participant("H", ParticipantRole.CASEWORKER, "Lena"),
        Participant("I", ParticipantRole.CHILD),
        Participant("K", ParticipantRole.RELATIVE, "Karin"),
    )

    changes: list[Callable[[Transcript], tuple[Transcript, Fact]]] = [
        lambda now: now.correct(UtteranceId("u002"), "Jo.", None, CASEWORKER, NOON, digest),
        lambda now: now.name_participants(people, CASEWORKER, digest),
        lambda now: now.correct(UtteranceId("u002"), None, "K", CASEWORKER, NOON, digest),
        lambda now: now.correct(UtteranceId("u001"), "Hej.", "I", CASEWORKER, NOON, digest),
        lambda now: now.place_meeting(Meeting(date(2026, 3, 1), "kontoret"), CASEWORKER, digest),
        lambda now: now.approve(CASEWORKER, NOON, "a" * 64),
    ]
    for change in changes:
        transcript, fact = change(transcript)
        stores.transcripts.save(transcript, fact)

    assert stores.transcripts.get(transcript.id) == transcript
    assert [each.text for each in transcript.utterances] == ["Hej.", "Jo."]


def test_what_is_not_there_is_not_found(stores: Stores) -> None:
    for find in (stores.recordings.get, stores.recordings.get_to_change):
        with pytest.raises(NotFound):
            find(RecordingId("r0"))
    for look in (stores.transcripts.get, stores.transcripts.get_to_change):
        with pytest.raises(NotFound):
            look(TranscriptId("t0"))


def test_another_municipality_finds_neither(database: Callable[[str], Database]) -> None:
    transactions = database("transcription").transactions
    with transactions(EKHAMRA) as work:
        own = Stores(SqlRecordings(work), SqlTranscripts(work))
        recording, transcript = received(own, a_recording()), kept(own)

    with transactions(TenantId("bergvik")) as work:
        with pytest.raises(NotFound):
            SqlRecordings(work).get(recording.id)
        with pytest.raises(NotFound):
            SqlTranscripts(work).get(transcript.id)
        assert SqlRecordings(work).known() == frozenset()
