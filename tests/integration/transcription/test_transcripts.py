# SPDX-License-Identifier: EUPL-1.2
"""Bringing, correcting and approving a transcript: the original stays, the approval is final, every read is known."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import rfc8785

from kernel.identity import Role, new_id
from tests.integration.transcription.conftest import Bench, Person


def a_meeting(**changes: Any) -> dict[str, Any]:
    return {
        "language": "sv",
        "meeting": {"date": "2026-10-14", "place": "hembesök"},
        "participants": [
            {"speaker": "H", "role": "caseworker", "name": "Lena Sandqvist"},
            {"speaker": "I", "role": "applicant", "name": "Ingrid Holmgren"},
        ],
        "utterances": [
            {"id": "u001", "speaker": "H", "start": 0, "end": 2.5, "text": "Duschar du själv?"},
            {"id": "u002", "speaker": "I", "start": 2.9, "end": 5, "text": "Nej, jag duschar inte själv längre."},
        ],
        **changes,
    }


def brought(person: Person, **changes: Any) -> str:
    answer = person.post("/transcripts", a_meeting(**changes))
    assert answer.status_code == 201, answer.text
    return f"/transcripts/{answer.json()['id']}"


def test_a_transcript_that_is_brought_keeps_its_ids_and_words(bench: Bench) -> None:
    caseworker = bench.sign_in()

    found = caseworker.get(brought(caseworker)).json()

    assert [(each["id"], each["text"]) for each in found["utterances"]] == [
        ("u001", "Duschar du själv?"),
        ("u002", "Nej, jag duschar inte själv längre."),
    ]
    assert (found["state"], found["recogniser"]) == ("unapproved", None)
    assert found["utterances"][0]["confidence"] is None
    assert found["utterances"][0]["doubtful"] is False


def test_utterances_without_an_id_get_one_that_is_free(bench: Bench) -> None:
    said = [{"speaker": "H", "start": 0, "end": 1, "text": "Hej"} for _ in range(3)]
    said[1]["id"] = "u0001"

    found = bench.sign_in().post("/transcripts", a_meeting(utterances=said)).json()

    assert [each["id"] for each in found["utterances"]] == ["u0002", "u0001", "u0003"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"utterances": [{"speaker": "X", "start": 0, "end": 1, "text": "Hej"}]}, "/utterances/0/speaker"),
        ({"utterances": [{"speaker": "H", "start": 2, "end": 1, "text": "Hej"}]}, "/utterances/0/start"),
        ({"utterances": [{"speaker": "H", "start": -1, "end": 1, "text": "Hej"}]}, "/utterances/0/start"),
        ({"utterances": [{"speaker": "H", "start": 0, "end": 1, "text": " \n"}]}, "/utterances/0/text"),
        ({"utterances": [{"speaker": "H", "start": 0, "end": 1, "text": "x" * 20_001}]}, "/utterances/0/text"),
        ({"utterances": [{"id": "a/b", "speaker": "H", "start": 0, "end": 1, "text": "Hej"}]}, "/utterances/0/id"),
        ({"utterances": [{"speaker": "H", "start": 0, "end": 1, "text": "Hej", "mood": "sad"}]}, "/utterances/0/mood"),
        ({"utterances": []}, "/utterances"),
        ({"participants": [{"speaker": "H", "role": "boss"}]}, "/participants/0/role"),
        ({"case_reference": "19121212-1212"}, "/case_reference"),
        ({"language": "svenska"}, "/language"),
    ],
)
def test_a_transcript_that_contradicts_itself_is_refused_at_the_place(
    bench: Bench, change: dict[str, Any], pointer: str
) -> None:
    answer = bench.sign_in().post("/transcripts", a_meeting(**change))

    assert answer.status_code == 422
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]
    assert bench.announced() == []


def test_two_utterances_never_share_an_id(bench: Bench) -> None:
    said = [{"id": "u1", "speaker": "H", "start": 0, "end": 1, "text": "Hej"}] * 2

    answer = bench.sign_in().post("/transcripts", a_meeting(utterances=said))

    assert [each["pointer"] for each in answer.json()["errors"]] == ["/utterances/0/id", "/utterances/1/id"]


@pytest.mark.parametrize("hidden", ["\x00", "\ud800"])
def test_text_that_no_document_can_hold_is_refused(bench: Bench, hidden: str) -> None:
    said = [{"speaker": "H", "start": 0, "end": 1, "text": f"Hej{hidden}"}]
    caseworker = bench.sign_in()
    body = str(a_meeting(utterances=said)).replace("'", '"').replace("\\x00", "\\u0000")

    answer = caseworker.http.post(
        "/transcripts", content=body.encode(), headers={**caseworker.headers, "Content-Type": "application/json"}
    )

    assert answer.status_code == 422


def test_a_correction_lies_over_the_original(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)

    corrected = caseworker.patch(f"{transcript}/utterances/u002", {"text": "Jo, jag duschar själv.", "speaker": "H"})

    assert corrected.status_code == 200
    found = caseworker.get(transcript).json()["utterances"][1]
    assert found == corrected.json()
    assert (found["text"], found["speaker"]) == ("Jo, jag duschar själv.", "H")
    assert (found["original_text"], found["original_speaker"]) == ("Nej, jag duschar inte själv längre.", "I")
    assert found["corrected_by"] == "caseworker@ekhamra"


def test_the_newest_correction_holds_and_each_is_kept(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)

    for text in ("första", "andra"):
        caseworker.patch(f"{transcript}/utterances/u001", {"text": text})

    assert caseworker.get(transcript).json()["utterances"][0]["text"] == "andra"
    assert bench.announced().count("TranscriptCorrected") == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"text": ""}, 422), ({"speaker": "X"}, 422), ({"text": "a", "id": "b"}, 422), ({"speaker": "H"}, 200)],
)
def test_a_correction_says_something_about_a_participant(bench: Bench, body: dict[str, str], status: int) -> None:
    caseworker = bench.sign_in()

    assert caseworker.patch(f"{brought(caseworker)}/utterances/u001", body).status_code == status


def test_a_correction_on_top_of_something_unseen_is_refused_when_the_client_asks(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)
    seen = caseworker.get(transcript).headers["ETag"]
    caseworker.patch(f"{transcript}/utterances/u001", {"text": "ny"}, if_match=seen)

    late = caseworker.patch(f"{transcript}/utterances/u001", {"text": "äldre"}, if_match=seen)

    assert late.status_code == 412


def test_corrections_at_the_same_time_all_arrive(bench: Bench) -> None:
    caseworker = bench.sign_in()
    said = [{"id": f"u{n}", "speaker": "H", "start": n, "end": n + 1, "text": "gammal"} for n in range(12)]
    transcript = brought(caseworker, utterances=said)

    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda n: caseworker.patch(f"{transcript}/utterances/u{n}", {"text": f"ny {n}"}), range(12))
        )

    assert {each.status_code for each in answers} == {200}
    texts = [each["text"] for each in caseworker.get(transcript).json()["utterances"]]
    assert texts == [f"ny {n}" for n in range(12)]


def test_participants_are_named_by_somebody_who_has_seen_them(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)
    people = [{"speaker": "H", "role": "caseworker"}, {"speaker": "I", "role": "child", "name": "Alva"}]

    unseen = caseworker.put(f"{transcript}/participants", {"participants": people})
    seen = caseworker.put(f"{transcript}/participants", {"participants": people}, if_match='"1"')
    without_speaker = caseworker.put(f"{transcript}/participants", {"participants": people[:1]}, if_match='"2"')

    assert (unseen.status_code, seen.status_code, without_speaker.status_code) == (428, 200, 422)
    assert caseworker.get(transcript).json()["participants"][1]["role"] == "child"


def test_the_meeting_of_a_recording_is_placed_later(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)

    answer = caseworker.put(f"{transcript}/meeting", {"date": "2026-10-15"}, if_match="*")

    assert answer.json()["meeting"] == {"date": "2026-10-15", "place": ""}


def test_approval_stands_for_what_is_shown(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)
    caseworker.patch(f"{transcript}/utterances/u002", {"text": "Nej, aldrig."})
    seen = caseworker.get(transcript).json()

    approval = caseworker.post(f"{transcript}/approval")

    fields = ("id", "speaker", "start", "end", "text")
    said = [{field: each[field] for field in fields} for each in seen["utterances"]]
    shown = {name: seen[name] for name in ("id", "language", "meeting", "participants")} | {"utterances": said}
    assert approval.status_code == 201
    assert approval.json()["digest"] == hashlib.sha256(rfc8785.dumps(shown)).hexdigest()
    assert approval.json()["approved_by"] == "caseworker@ekhamra"
    assert caseworker.get(transcript).json()["state"] == "approved"


def test_nothing_changes_after_approval(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)
    caseworker.post(f"{transcript}/approval")
    etag = caseworker.get(transcript).headers["ETag"]
    people = {"participants": [{"speaker": "H", "role": "other"}, {"speaker": "I", "role": "other"}]}

    late = [
        caseworker.patch(f"{transcript}/utterances/u001", {"text": "annat"}, if_match=etag),
        caseworker.patch(f"{transcript}/utterances/u001", {"speaker": "I"}),
        caseworker.put(f"{transcript}/participants", people, if_match=etag),
        caseworker.put(f"{transcript}/meeting", {"date": "2026-01-01"}, if_match=etag),
        caseworker.post(f"{transcript}/approval"),
    ]

    assert [each.status_code for each in late] == [409] * 5
    assert {each.json()["type"] for each in late} == {"/problems/transcript-already-approved"}
    assert bench.announced().count("TranscriptApproved") == 1


def test_a_double_click_approves_once_and_both_are_answered(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: caseworker.post(f"{transcript}/approval", idempotency_key="c1"), range(2)))

    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert bench.announced().count("TranscriptApproved") == 1


def test_every_read_of_what_was_said_is_announced(bench: Bench) -> None:
    case_id = new_id()
    caseworker = bench.sign_in()
    transcript = brought(caseworker, case_reference=case_id)
    before = bench.announced().count("CaseContentRead")

    caseworker.get(transcript)
    bench.sign_in(Role.SERVICE, name="service:drafting").get(transcript)
    caseworker.patch(f"{transcript}/utterances/u001", {"text": "Hej igen"})

    assert bench.announced().count("CaseContentRead") == before + 3
    assert case_id.encode() in bench.published()


def test_no_name_and_no_word_leaves_the_service_in_an_event(bench: Bench) -> None:
    caseworker = bench.sign_in()
    transcript = brought(caseworker, case_reference="SN 2026/17 Holmgren")
    caseworker.patch(f"{transcript}/utterances/u001", {"text": "Duschar du ofta, Ingrid?"})
    caseworker.post(f"{transcript}/approval")

    published = bench.published().decode(errors="replace").lower()

    assert bench.announced()[-1] == "TranscriptApproved"
    for word in ("holmgren", "ingrid", "dusch", "själv", "hembesök"):
        assert word not in published


@pytest.mark.parametrize(
    ("role", "read", "bring", "approve"),
    [
        (Role.CASEWORKER, 200, 201, 201),
        (Role.SERVICE, 200, 403, 403),
        (Role.INTEGRATOR, 403, 201, 403),
        (Role.STAFF, 403, 403, 403),
        (Role.MANAGER, 403, 403, 403),
        (Role.AUDITOR, 403, 403, 403),
        (Role.OPERATOR, 403, 403, 403),
    ],
)
def test_each_role_does_what_is_its_own(bench: Bench, role: Role, read: int, bring: int, approve: int) -> None:
    transcript = brought(bench.sign_in())
    person = bench.sign_in(role)

    assert person.get(transcript).status_code == read
    assert person.post("/transcripts", a_meeting()).status_code == bring
    assert person.post(f"{transcript}/approval").status_code == approve


def test_another_municipality_finds_nothing_to_read_or_change(bench: Bench) -> None:
    transcript = brought(bench.sign_in())
    stranger = bench.sign_in(tenant="bergvik")

    answers = [
        stranger.get(transcript),
        stranger.patch(f"{transcript}/utterances/u001", {"text": "x"}),
        stranger.put(f"{transcript}/meeting", {"date": "2026-01-01"}, if_match="*"),
        stranger.post(f"{transcript}/approval"),
    ]

    assert [each.status_code for each in answers] == [404] * 4
    assert stranger.get("/transcripts").json()["items"] == []


def test_without_a_token_nothing_is_told(bench: Bench) -> None:
    assert bench.http.get("/transcripts").status_code == 401


def test_a_listing_holds_nothing_that_was_said(bench: Bench) -> None:
    caseworker = bench.sign_in()
    paths = [brought(caseworker) for _ in range(3)]

    first = caseworker.get("/transcripts?limit=2")
    last = caseworker.get(f"/transcripts?limit=2&after={first.json()['next']}").json()

    assert [f"/transcripts/{each['id']}" for each in (*first.json()["items"], *last["items"])] == paths[::-1]
    assert last["next"] is None
    assert "Duschar" not in first.text
    assert "Holmgren" not in first.text
