# SPDX-License-Identifier: EUPL-1.2
"""From a guideline handed in to an answer with its source, over HTTP, on a real database."""

from __future__ import annotations

from contracts.retrieval.v1 import GuidelinePublished, GuidelineSuperseded, QuestionAnswered
from tests.integration.retrieval.conftest import PASSAGES, Running, a_guideline


def loaded(running: Running, **changed: object) -> dict[str, str]:
    answer = running.post("/guidelines", a_guideline(**changed))
    assert answer.status_code == 201, answer.text
    running.settle()
    found: dict[str, str] = answer.json()
    return found


def test_a_guideline_can_be_read_at_once_and_searched_when_it_is_ready(running: Running) -> None:
    answer = running.post("/guidelines", a_guideline())

    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["passages"], answer.json()["version"]) == ("indexing", 3, 1)
    path = f"/guidelines/{answer.json()['id']}"
    listed = running.get(f"{path}/passages").json()["items"]
    assert [(each["key"], each["text"]) for each in listed] == [(each["key"], each["text"]) for each in PASSAGES]
    assert running.post("/search", {"query": "städning"}, "caseworker").json() == {"passages": []}
    running.settle()
    assert running.get(path).json()["state"] == "ready"
    found = running.post("/search", {"query": "Hur ofta städas det?"}, "caseworker").json()["passages"]
    assert found[0]["key"] == "R01"
    assert found[0]["anchor"] == "Städning"
    assert running.get(f"/passages/{found[0]['passage_id']}").json()["text"] == PASSAGES[0]["text"]


def test_a_question_is_answered_in_the_guidelines_own_words(running: Running) -> None:
    loaded(running)

    told = running.post("/questions", {"question": "Hur ofta ska insatserna följas upp?"}, "staff").json()

    assert told["answered"] is True
    citation = told["citations"][0]
    assert citation["key"] == "R31"
    assert citation["quote"] in PASSAGES[1]["text"]
    assert told["answer"] == citation["quote"]


def test_what_the_guidelines_do_not_say_is_not_answered(running: Running) -> None:
    loaded(running)

    told = running.post("/questions", {"question": "Vad kostar ett trygghetslarm per månad?"}, "staff").json()

    assert (told["answered"], told["answer"], told["citations"]) == (False, None, [])
    assert "kostar" in told["not_answered_because"]
    assert told["nearest"][0]["key"] == "R08"


def test_only_what_is_in_force_on_the_day_is_searched(running: Running) -> None:
    first = loaded(running)
    new = a_guideline(
        valid_from="2024-07-01", passages=[{"heading": "Städning", "text": "Städning görs varannan vecka."}]
    )
    del new["level"], new["title"]

    second = running.post(f"/guidelines/{first['id']}/versions", new)
    running.settle()

    assert second.status_code == 201
    versions = running.get(f"/guidelines/{first['id']}/versions").json()["items"]
    assert [(each["version"], each["valid_to"]) for each in versions] == [(2, None), (1, "2024-06-30")]
    for day, text in (("2024-06-30", PASSAGES[0]["text"]), ("2024-07-01", "Städning görs varannan vecka.")):
        found = running.post("/search", {"query": "städning", "as_of": day, "top_k": 1}, "staff").json()["passages"]
        assert found[0]["text"] == text
    assert running.post("/search", {"query": "städning", "as_of": "2019-12-31"}, "staff").json()["passages"] == []


def test_a_version_that_begins_before_the_one_it_follows_is_refused(running: Running) -> None:
    first = loaded(running)

    refused = running.post(
        f"/guidelines/{first['id']}/versions", {"valid_from": "2020-01-01", "passages": [{"text": "Nytt."}]}
    )

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/version-not-later")
    assert len(running.get(f"/guidelines/{first['id']}/versions").json()["items"]) == 1


def test_the_same_key_makes_one_guideline(running: Running) -> None:
    first = running.post("/guidelines", a_guideline(), key="one")
    again = running.post("/guidelines", a_guideline(), key="one")
    other = running.post("/guidelines", a_guideline(title="Annat"), key="one")

    assert first.json() == again.json()
    assert other.status_code == 422
    assert len(running.get("/guidelines").json()["items"]) == 1


def test_the_same_upload_with_the_same_key_makes_one_guideline(running: Running) -> None:
    content = "1 Städning\n\nStädning görs varannan vecka.".encode()

    first = running.upload("/guidelines", content, key="one")
    again = running.upload("/guidelines", content, key="one")
    other = running.upload("/guidelines", content + b" Mer.", key="one")

    assert (first.status_code, first.json()) == (201, again.json())
    assert other.status_code == 422


def test_a_caseworker_reads_and_does_not_load(running: Running) -> None:
    first = loaded(running)

    for role in ("caseworker", "staff", "auditor", "operator", "service"):
        assert running.post("/guidelines", a_guideline(), role).status_code == 403
        assert running.get(f"/guidelines/{first['id']}", role).status_code == 200
    assert running.post("/guidelines", a_guideline(), "integrator").status_code == 201


def test_another_municipality_has_none_of_it(running: Running) -> None:
    first = loaded(running)
    passage = running.get(f"/guidelines/{first['id']}/passages").json()["items"][0]["passage_id"]

    for path in (f"/guidelines/{first['id']}", f"/guidelines/{first['id']}/versions", f"/passages/{passage}"):
        assert running.get(path, tenant="bergvik").status_code == 404
    assert running.get("/guidelines", tenant="bergvik").json()["items"] == []
    assert running.post("/search", {"query": "städning"}, "staff", "bergvik").json()["passages"] == []
    version = {"valid_from": "2024-01-01", "passages": [{"text": "Nytt."}]}
    assert running.post(f"/guidelines/{first['id']}/versions", version, tenant="bergvik").status_code == 404


def test_events_tell_what_happened_and_hold_no_text(running: Running) -> None:
    first = loaded(running)
    later = {"valid_from": "2024-07-01", "passages": [{"text": "Städning görs varannan vecka."}]}
    running.post(f"/guidelines/{first['id']}/versions", later)
    running.settle()
    for _ in range(2):
        running.post("/questions", {"question": "Hur görs städning?"}, "staff")

    events = running.events()

    assert [each["type"].rpartition(".")[2] for each in events] == [
        "GuidelinePublished",
        "GuidelinePublished",
        "GuidelineSuperseded",
        "QuestionAnswered",
        "QuestionAnswered",
    ]
    assert GuidelinePublished.FromString(events[0]["data"]).passages == 3
    assert GuidelineSuperseded.FromString(events[2]["data"]).valid_to == "2024-06-30"
    asked = [QuestionAnswered.FromString(each["data"]) for each in events[3:]]
    assert asked[0].question_digest == asked[1].question_digest
    assert asked[0].actor_role == "staff"
    assert not [each for each in events if "städning" in each["data"].decode("utf-8", "replace").lower()]


def test_listings_come_page_by_page(running: Running) -> None:
    first = loaded(running)
    seen: list[str] = []
    after = None

    while True:
        shown = running.get(
            f"/guidelines/{first['id']}/passages", limit=2, **({"after": after} if after else {})
        ).json()
        seen += [each["key"] for each in shown["items"]]
        after = shown["next"]
        if after is None:
            break

    assert seen == ["R01", "R31", "R08"]
