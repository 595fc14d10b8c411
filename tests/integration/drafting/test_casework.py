# SPDX-License-Identifier: EUPL-1.2
"""A case over HTTP, from the application to the decision, on the real database with what is shipped."""

from __future__ import annotations

from kernel.identity import Role
from tests.integration.drafting.conftest import Bench, a_new_case

NO_BASIS = "Aina har en hund som heter Sotis."
GROUND = "SoL (2025:400) 11 kap. 1 §"


def decision(*outcomes: tuple[str, str], ground: str = GROUND) -> dict[str, object]:
    return {
        "outcomes": [
            {"requested_support": support, "outcome": outcome, "legal_basis": ground} for support, outcome in outcomes
        ],
        "decided_by": "Nämnden",
        "decided_at": "2026-11-19T09:00:00Z",
    }


GRANTED = decision(("stadning", "granted"), ("snoskottning", "granted"))
TOLD = {"communicated_at": "2026-11-02T09:00:00Z", "how": "letter", "reply_by": "2026-11-16"}


def test_a_case_travels_from_the_application_to_the_decision(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    section = bench.propose(path, "d6")
    assert section["state"] == "proposed"
    assert any("dammsuga" in each["text"] for each in section["sentences"])
    bench.settle_facts(path)
    maja.post(f"{path}/manual-handling", {"requested_support": "snoskottning", "reason": "Väntat avslag."})
    for key in ("assessment", "proposal", "motivation", "follow_up", "appeal"):
        bench.propose(path, key)
        bench.settle(path, key)

    assert maja.post(f"{path}/review").status_code == 201
    assert maja.post(f"{path}/communication", TOLD).status_code == 201
    decided = maja.post(f"{path}/decision", decision(("stadning", "granted"), ("snoskottning", "refused")))

    assert decided.status_code == 201
    case = maja.get(path).json()
    assert case["state"] == "decided"
    assert {each["key"]: each["handling"] for each in case["requested_supports"]} == {
        "stadning": "assisted",
        "snoskottning": "manual",
    }
    assert case["decision"]["outcomes"][1]["outcome"] == "refused"
    told = ["CaseOpened", "ScopeChecked", "SourceAdded", "SectionProposed", "SectionApproved", "ManualHandlingChosen"]
    told += ["CaseReviewed", "CaseCommunicated", "DecisionRecorded"]
    announced = bench.announced()
    assert [announced.index(each) for each in told] == sorted(announced.index(each) for each in told)


def test_an_application_for_somebody_else_stops_and_a_caseworker_may_take_it_on(bench: Bench) -> None:
    maja = bench.sign_in()
    application = {
        "text": "Jag ansöker om färdtjänst.",
        "received_on": "2026-10-01",
        "requested_supports": [{"key": "fardtjanst", "label": "färdtjänst"}],
    }
    case = maja.post("/cases", a_new_case(application=application)).json()
    path = f"/cases/{case['id']}"

    refused = maja.post(f"{path}/sections/d6/proposal")
    taken_on = maja.post(f"{path}/scope", {"verdict": "within", "reason": "Gäller även ledsagning."})

    assert (case["state"], case["scope"]["verdict"]) == ("stopped", "outside")
    assert case["scope"]["turn_to"]
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/out-of-scope")
    assert taken_on.status_code == 201
    assert maja.post(f"{path}/sections/d6/proposal").status_code == 202
    assert maja.get(path).json()["scope"]["decided_by"] == "caseworker@ekhamra"


def test_a_transcript_is_a_source_only_after_word_of_its_approval(bench: Bench) -> None:
    maja = bench.sign_in()
    path = f"/cases/{maja.post('/cases', a_new_case()).json()['id']}"

    early = maja.post(f"{path}/sources", {"transcript_id": "t1"})
    bench.approve_transcript()
    first, again = (maja.post(f"{path}/sources", {"transcript_id": "t1"}) for _ in range(2))

    assert (early.status_code, early.json()["type"]) == (409, "/problems/transcript-not-approved")
    assert first.status_code == 201
    assert again.json()["source_id"] == first.json()["source_id"]
    assert bench.announced().count("SourceAdded") == 1


def test_an_edit_wants_the_etag_that_was_read(bench: Bench) -> None:
    maja, path = bench.sign_in(), f"{bench.open_case()}/sections/d6"
    read = maja.get(path)
    body = {"sentences": [{"text": "Aina orkar inte dammsuga längre."}]}

    blind, good, late = (
        maja.put(path, body),
        maja.put(path, body, if_match=read.headers["ETag"]),
        maja.put(path, body, if_match=read.headers["ETag"]),
    )

    assert [blind.status_code, good.status_code, late.status_code] == [428, 200, 412]
    assert good.headers["ETag"] != read.headers["ETag"]
    assert maja.get(path).headers["ETag"] == good.headers["ETag"]


def test_an_unknown_part_is_refused_with_its_place_and_nothing_is_kept(bench: Bench) -> None:
    maja, case = bench.sign_in(), bench.open_case()
    path = f"{case}/sections/d6"
    cited = {"source": "transcript", "source_id": "s404", "part_id": "u1"}
    tag = maja.get(path).headers["ETag"]

    refused = maja.put(path, {"sentences": [{"text": "Ja.", "citations": [cited]}]}, if_match=tag)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/sentences/0/citations/0"
    assert maja.get(path).headers["ETag"] == tag


def test_an_edit_keeps_its_sources_and_a_restored_sentence_gets_them_back(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    sentence = bench.propose(path, "d6")["sentences"][0]
    section = f"{path}/sections/d6"

    edited = maja.put(
        section, {"sentences": [{"id": sentence["id"], "text": "Enligt Aina är det tungt."}]}, if_match="*"
    )
    maja.put(section, {"sentences": []}, if_match="*")
    restored = maja.put(section, {"sentences": [{"id": sentence["id"], "text": sentence["text"]}]}, if_match="*")

    cited = [each["part_id"] for each in sentence["citations"]]
    assert [each["part_id"] for each in edited.json()["sentences"][0]["citations"]] == cited
    assert edited.json()["sentences"][0]["origin"] == "machine_edited"
    assert [each["part_id"] for each in restored.json()["sentences"][0]["citations"]] == cited


def test_a_sentence_without_support_blocks_until_a_human_answers_for_it(bench: Bench) -> None:
    maja, case = bench.sign_in(), bench.open_case()
    path = f"{case}/sections/d6"
    written = maja.put(path, {"sentences": [{"text": NO_BASIS}]}, if_match="*").json()
    sentence = written["sentences"][0]

    blocked = maja.post(f"{path}/approval")
    answered = maja.post(f"{path}/sentences/{sentence['id']}/resolution", {"reason": "Såg hunden vid hembesöket."})
    approved = maja.post(f"{path}/approval")

    assert (sentence["supported"], sentence["origin"]) == (False, "human")
    assert (blocked.status_code, blocked.json()["type"]) == (409, "/problems/unsupported-sentences")
    assert blocked.json()["sentences"] == [sentence["id"]]
    assert answered.json()["resolution"]["by"] == "caseworker@ekhamra"
    assert approved.status_code == 201


def test_an_edited_fact_makes_the_assessment_stale_and_says_why(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    early = maja.post(f"{path}/sections/assessment/proposal")
    fact = bench.propose(path, "d6")["sentences"][0]
    bench.settle_facts(path)
    bench.propose(path, "assessment")

    body = {"sentences": [{"id": fact["id"], "text": f"{fact['text']} Sedan i våras."}]}
    maja.put(f"{path}/sections/d6", body, if_match="*")

    assessment = maja.get(f"{path}/sections/assessment").json()
    assert (early.status_code, early.json()["type"]) == (409, "/problems/depends-on-unapproved")
    assert assessment["stale"]
    because = assessment["stale_because"][0]
    assert (because["section"], because["cause"]) == ("d6", "edited")
    assert fact["id"] in because["sentence_ids"]
    assert "Hemliv" in because["reason"]
    refused = maja.post(f"{path}/sections/assessment/approval")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stale-section")


def test_nothing_is_drafted_for_a_case_in_human_hands(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    bench.settle_facts(path)
    maja.post(f"{path}/manual-handling", {"reason": "Svår avvägning."})

    refused = maja.post(f"{path}/sections/assessment/proposal")
    written = maja.put(f"{path}/sections/assessment", {"sentences": [{"text": NO_BASIS}]}, if_match="*").json()

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/manual-handling")
    assert (written["state"], written["sentences"][0]["origin"]) == ("manual", "human")


def test_a_decision_is_refused_for_each_reason_with_its_own_problem(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    unfair = decision(("stadning", "refused"), ("snoskottning", "granted"))
    repealed = decision(("stadning", "granted"), ("snoskottning", "granted"), ground="SoL (2001:453) 4 kap. 1 §")

    early = maja.post(f"{path}/decision", GRANTED)
    maja.post(f"{path}/communication", TOLD)
    answers = [maja.post(f"{path}/decision", each) for each in (unfair, repealed, decision(("stadning", "granted")))]
    first, second = (maja.post(f"{path}/decision", GRANTED) for _ in range(2))

    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-communicated")
    assert [(each.status_code, each.json()["type"]) for each in answers] == [
        (409, "/problems/refusal-is-manual"),
        (422, "/problems/legal-reference"),
        (422, "/problems/unacceptable"),
    ]
    assert "11 kap. 1 §" in answers[1].json()["errors"][0]["detail"]
    assert [first.status_code, second.status_code] == [201, 409]
    assert second.json()["type"] == "/problems/already-decided"


def test_the_same_request_twice_has_one_effect(bench: Bench) -> None:
    maja = bench.sign_in()

    first, again = (maja.post("/cases", a_new_case(), idempotency_key="k1") for _ in range(2))

    assert again.json() == first.json()
    assert len(maja.get("/cases").json()["items"]) == 1


def test_a_document_comes_in_the_form_that_is_asked_for_and_is_recorded(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    bench.propose(path, "d6")

    forms = {
        form: maja.get(f"{path}/document", accept=form) for form in ("application/pdf", "text/markdown", "text/html")
    }

    assert [each.status_code for each in forms.values()] == [200, 200, 406]
    assert forms["application/pdf"].content.startswith(b"%PDF")
    assert "dammsuga" in forms["text/markdown"].text
    assert bench.announced().count("DocumentIssued") == 2


def test_a_transcript_that_changed_after_its_approval_is_no_source(bench: Bench) -> None:
    maja = bench.sign_in()
    path = f"/cases/{maja.post('/cases', a_new_case()).json()['id']}"
    bench.approve_transcript(digest="of what was approved")

    answer = maja.post(f"{path}/sources", {"transcript_id": "t1"})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/transcript-differs")


def test_a_replay_gives_the_same_bytes(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    bench.propose(path, "d6")
    bench.settle_facts(path)
    bench.propose(path, "assessment")

    replayed = maja.post(f"{path}/replay").json()

    assert replayed["identical"]
    assert [each["key"] for each in replayed["sections"]] == ["d6", "assessment"]


def test_a_managers_edition_counts_for_new_cases_only(bench: Bench) -> None:
    manager, maja, path = bench.sign_in(Role.MANAGER), bench.sign_in(), bench.open_case()
    read = manager.get("/templates/sv-ibic-vuxen")
    edition = {"title": "Vår utredning", "sections": read.json()["sections"]}
    edition["sections"][0]["title"] = "Vad du söker"

    forbidden = maja.put("/templates/sv-ibic-vuxen", edition, if_match=read.headers["ETag"])
    put = manager.put("/templates/sv-ibic-vuxen", edition, if_match=read.headers["ETag"])
    late = manager.put("/templates/sv-ibic-vuxen", edition, if_match=read.headers["ETag"])

    assert [forbidden.status_code, put.status_code, late.status_code] == [403, 200, 412]
    assert maja.post("/cases", a_new_case()).json()["sections"][0]["title"] == "Vad du söker"
    assert maja.get(path).json()["sections"][0]["title"] != "Vad du söker"
