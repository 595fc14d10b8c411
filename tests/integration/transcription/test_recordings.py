# SPDX-License-Identifier: EUPL-1.2
"""Handing in a recording: what is accepted is kept and heard once; what is not is refused with the reason."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernel.errors import Unavailable
from kernel.identity import Role, TenantId
from services.transcription.api.recordings import view_of
from services.transcription.domain import RecogniserUsed, RecordingId
from services.transcription.store import SqlRecordings
from tests.integration.transcription.conftest import Bench
from tests.unit.transcription.memory import ScriptedRecogniser
from tests.unit.transcription.sounds import CODECS, silence, sound_file, tone, zip_file

MEETING = sound_file(tone(2))


def test_a_recording_becomes_a_transcript(bench: Bench) -> None:
    caseworker = bench.sign_in()
    fields = {"speakers": "2", "hotwords": "Gunnar, dusch\nmatlåda", "meeting_date": "2026-03-02"}
    accepted = caseworker.upload(MEETING, **fields)

    bench.work_off()

    assert accepted.status_code == 202
    assert accepted.json()["state"] == "queued"
    assert accepted.json()["transcript_id"] is None
    done = caseworker.get(f"/recordings/{accepted.json()['id']}").json()
    assert (done["state"], done["progress"], done["problem"]) == ("done", 1.0, None)
    assert done["seconds_of_audio"] == pytest.approx(2.0)
    transcript = caseworker.get(f"/transcripts/{done['transcript_id']}").json()
    assert [each["speaker"] for each in transcript["utterances"]] == ["S1", "S2"]
    assert transcript["recogniser"]["fit_for_use"] is False
    assert transcript["meeting"] == {"date": "2026-03-02", "place": ""}
    assert bench.announced() == ["RecordingReceived", "RecordingTranscribed", "CaseContentRead"]


def test_a_recording_that_ends_while_it_is_looked_at_is_not_told_as_failed(bench: Bench) -> None:
    accepted = bench.sign_in().upload(MEETING).json()["id"]
    with bench.tools.transaction(TenantId("ekhamra")) as work:
        seen_before_it_ended = SqlRecordings(work).get(RecordingId(accepted))
        bench.work_off()

        shown = view_of(work, seen_before_it_ended)

    assert (shown.state, shown.problem) == ("done", None)
    assert shown.transcript_id


@pytest.mark.parametrize("container", CODECS)
def test_the_content_decides_and_the_name_does_not(bench: Bench, container: str) -> None:
    answer = bench.sign_in().upload(sound_file(tone(2), container), name="notes.exe")

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("content", "status", "problem"),
    [
        (zip_file(), 415, "/problems/not-sound"),
        (b"#!/bin/sh\nrm -rf /\n", 415, "/problems/not-sound"),
        (b"", 422, "/problems/recording-empty"),
        (MEETING[: len(MEETING) // 2], 422, "/problems/recording-damaged"),
        (b"RIFF\xff\xff\xff\x00WAVE" + bytes(range(256)) * 8, 415, "/problems/not-sound"),
        (sound_file(tone(21), "flac"), 422, "/problems/recording-too-long"),
        (sound_file(tone(14)), 413, "/problems/body-too-large"),
    ],
    ids=["a zip", "a script", "nothing", "half a file", "noise behind a header", "too long", "too large"],
)
def test_what_is_no_recording_is_refused_at_once(bench: Bench, content: bytes, status: int, problem: str) -> None:
    caseworker = bench.sign_in()

    answer = caseworker.upload(content)

    assert (answer.status_code, answer.json()["type"]) == (status, problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert caseworker.get("/recordings").json()["items"] == []
    assert not list(bench.settings.state_folder.rglob("*.sound"))
    assert not list(bench.settings.state_folder.rglob("*.part"))


def test_the_refusal_says_how_long_a_recording_may_be(bench: Bench) -> None:
    answer = bench.sign_in().upload(sound_file(tone(21), "flac"))

    assert answer.json()["longest_seconds"] == 20


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"language": "xx"}, "/language"),
        ({"speakers": "0"}, "/speakers"),
        ({"speakers": "99"}, "/speakers"),
        ({"case_reference": "19121212-1212"}, "/case_reference"),
        ({"hotwords": ",".join(["ord"] * 51)}, "/hotwords"),
    ],
)
def test_a_wish_that_cannot_be_met_is_named(bench: Bench, fields: dict[str, str], pointer: str) -> None:
    answer = bench.sign_in().upload(MEETING, **fields)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_a_field_that_a_browser_left_empty_counts_as_left_out(bench: Bench) -> None:
    fields = {"speakers": "", "case_reference": "", "hotwords": "", "meeting_date": ""}

    assert bench.sign_in().upload(MEETING, **fields).status_code == 202


def test_an_unknown_field_is_noticed(bench: Bench) -> None:
    assert bench.sign_in().upload(MEETING, speaker="2").status_code == 422


def test_a_silent_recording_fails_with_the_reason_and_no_words(bench: Bench) -> None:
    caseworker = bench.sign_in()
    recording = caseworker.upload(sound_file(silence(3))).json()["id"]

    bench.work_off()

    failed = caseworker.get(f"/recordings/{recording}").json()
    assert failed["state"] == "failed"
    assert failed["transcript_id"] is None
    assert failed["problem"]["type"] == "/problems/recording-without-speech"
    assert caseworker.get("/transcripts").json()["items"] == []
    assert bench.announced() == ["RecordingReceived", "RecordingFailed"]


def test_the_same_upload_twice_is_one_recording(bench: Bench) -> None:
    caseworker = bench.sign_in()

    first, again = (caseworker.upload(MEETING, key="click-1") for _ in range(2))

    assert again.json()["id"] == first.json()["id"]
    assert len(caseworker.get("/recordings").json()["items"]) == 1
    assert len(list(bench.settings.state_folder.rglob("*.sound"))) == 1


def test_the_same_key_for_another_file_is_refused(bench: Bench) -> None:
    caseworker = bench.sign_in()
    caseworker.upload(MEETING, key="click-1")

    answer = caseworker.upload(sound_file(tone(1)), key="click-1")

    assert answer.json()["type"] == "/problems/idempotency-key-reused"


def test_another_municipality_sees_nothing(bench: Bench) -> None:
    recording = bench.sign_in().upload(MEETING).json()["id"]
    stranger = bench.sign_in(tenant="bergvik")

    assert stranger.get(f"/recordings/{recording}").status_code == 404
    assert stranger.get("/recordings").json()["items"] == []


@pytest.mark.parametrize("role", [Role.STAFF, Role.MANAGER, Role.AUDITOR, Role.OPERATOR, Role.SERVICE])
def test_only_caseworkers_and_integrators_hand_in(bench: Bench, role: Role) -> None:
    assert bench.sign_in(role).upload(MEETING).status_code == 403


def test_recordings_are_listed_page_by_page_newest_first(bench: Bench) -> None:
    caseworker = bench.sign_in(Role.INTEGRATOR)
    ids = [caseworker.upload(MEETING).json()["id"] for _ in range(3)]

    first = caseworker.get("/recordings?limit=2").json()
    last = caseworker.get(f"/recordings?limit=2&after={first['next']}").json()

    assert [each["id"] for each in (*first["items"], *last["items"])] == ids[::-1]
    assert last["next"] is None


@dataclass(frozen=True)
class WithoutWeights(ScriptedRecogniser):
    """A recogniser whose weights are away."""

    def used(self) -> RecogniserUsed:
        raise Unavailable("no weights")


def test_a_recording_that_failed_for_the_machines_sake_is_heard_again(bench: Bench) -> None:
    caseworker = bench.sign_in()
    bench.put_together(WithoutWeights())
    recording = caseworker.upload(MEETING).json()["id"]
    while caseworker.get(f"/recordings/{recording}").json()["state"] != "failed":
        bench.let_time_pass()
        bench.work_off()
    bench.put_together(ScriptedRecogniser())

    again = bench.sign_in().post(f"/recordings/{recording}/recognition")
    bench.work_off()

    assert (again.status_code, again.json()["state"], again.json()["problem"]) == (202, "queued", None)
    assert caseworker.get(f"/recordings/{recording}").json()["state"] == "done"


def test_a_recording_that_has_not_failed_is_not_heard_again(bench: Bench) -> None:
    caseworker = bench.sign_in()
    recording = caseworker.upload(MEETING).json()["id"]

    assert caseworker.post(f"/recordings/{recording}/recognition").status_code == 409


def test_a_file_left_by_a_killed_upload_is_swept_and_others_stay(bench: Bench) -> None:
    caseworker = bench.sign_in()
    kept = caseworker.upload(MEETING).json()["id"]
    folder = bench.settings.state_folder / "recordings" / "ekhamra"
    orphan = folder / "00000000-0000-7000-8000-000000000000.part"
    orphan.write_bytes(b"half")
    for each in folder.iterdir():
        age(each)

    bench.work_off()

    assert [each.stem for each in folder.iterdir()] == [kept]


def age(path: Path) -> None:
    """Make the file look a day old."""
    before = path.stat().st_mtime - 86_400
    os.utime(path, (before, before))
