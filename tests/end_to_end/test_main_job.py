# SPDX-License-Identifier: EUPL-1.2
"""From an imported conversation to a decision, step by step, as a caseworker takes them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from embedded.rest import Person, wait_for
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import (
    AUDIT,
    DRAFTING,
    RETRIEVAL,
    SUPPORTS,
    TRANSCRIPTION,
    approve,
    approved_transcript,
    entries_of,
    open_case,
    propose,
    section,
    sections_of,
)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
BASIS = "SoL (2025:400) 11 kap. 1 §"


@pytest.fixture(scope="module")
def caseworker(site: Site) -> Person:
    return site.sign_in("caseworker")


@pytest.fixture(scope="module")
def finished(site: Site, caseworker: Person) -> str:
    """A case whose headings are all approved."""
    case = open_case(caseworker)
    for kind in ("facts", "assessment", "decision"):
        for key in sections_of(caseworker, kind):
            propose(caseworker, case, key)
            approve(caseworker, case, key)
    return case


def decide(caseworker: Person, case: str, outcome: str = "granted", basis: str = BASIS) -> Any:
    outcomes = [{"requested_support": each["key"], "outcome": outcome, "legal_basis": basis} for each in SUPPORTS]
    decision = {"outcomes": outcomes, "decided_by": "caseworker@ekhamra", "decided_at": "2026-10-22T09:00:00Z"}
    return caseworker.ask("POST", f"{DRAFTING}/cases/{case}/decision", json=decision)


def test_each_sentence_says_what_it_rests_on_and_quotes_it_verbatim(caseworker: Person) -> None:
    case = open_case(caseworker)
    source = caseworker.get(f"{DRAFTING}/cases/{case}/sources")["items"][0]

    proposed = propose(caseworker, case, "d5")

    said = caseworker.get(f"{TRANSCRIPTION}/transcripts/{source['transcript_id']}")["utterances"]
    texts = {each["id"]: each["text"] for each in said}
    assert proposed["sentences"]
    for sentence in proposed["sentences"]:
        assert sentence["origin"] == "machine"
        assert sentence["citations"]
        for citation in sentence["citations"]:
            assert citation["quote"] in texts[citation["part_id"]]


def test_what_was_denied_is_not_told_as_a_fact(caseworker: Person) -> None:
    case = open_case(caseworker)

    told = " ".join(each["text"] for each in propose(caseworker, case, "d6")["sentences"])

    assert "Dammsuga klarar jag inte längre" in told


def test_an_assessment_waits_for_the_facts(caseworker: Person) -> None:
    case = open_case(caseworker)

    answer = caseworker.ask("POST", f"{DRAFTING}/cases/{case}/sections/assessment/proposal")

    assert answer.status_code == 409


def test_what_nobody_said_blocks_approval_until_a_human_answers_for_it(caseworker: Person) -> None:
    case = open_case(caseworker)
    path = f"{DRAFTING}/cases/{case}/sections/health"
    _, tag = section(caseworker, case, "health")
    written = caseworker.put(path, {"sentences": [{"text": "Berit Ahlgren har diabetes och tar insulin."}]}, tag)
    sentence = written["sentences"][0]

    refused = caseworker.ask("POST", f"{path}/approval")
    caseworker.post(f"{path}/sentences/{sentence['id']}/resolution", {"reason": "Står i läkarintyget."})
    allowed = caseworker.ask("POST", f"{path}/approval")

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/unsupported-sentences")
    assert sentence["id"] in refused.text
    assert allowed.status_code == 201


def test_a_later_edit_makes_what_was_built_on_it_stale(caseworker: Person, finished: str) -> None:
    now, tag = section(caseworker, finished, "d5")
    said = [{"id": each["id"], "text": each["text"]} for each in now["sentences"]]
    said[0]["text"] = said[0]["text"].rstrip(".") + ", enligt samtalet."

    caseworker.put(f"{DRAFTING}/cases/{finished}/sections/d5", {"sentences": said}, tag)

    assessment, _ = section(caseworker, finished, "assessment")
    assert assessment["stale"]
    assert assessment["stale_because"]
    approve(caseworker, finished, "d5")
    for key in [*sections_of(caseworker, "assessment"), *sections_of(caseworker, "decision")]:
        propose(caseworker, finished, key)
        approve(caseworker, finished, key)


def test_a_human_decides_after_the_party_was_told(caseworker: Person, finished: str) -> None:
    early = decide(caseworker, finished)
    told = {"communicated_at": "2026-10-15T09:00:00Z", "how": "letter", "reply_by": "2026-10-21"}
    caseworker.post(f"{DRAFTING}/cases/{finished}/communication", told)
    refused = decide(caseworker, finished, outcome="refused")
    repealed = decide(caseworker, finished, basis="SoL (2001:453) 4 kap. 1 §")
    decided = decide(caseworker, finished)

    assert (early.status_code, early.json()["type"]) == (409, "/problems/not-communicated")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/refusal-is-manual")
    assert (repealed.status_code, repealed.json()["type"]) == (422, "/problems/legal-reference")
    assert "11 kap. 1 §" in repealed.text
    assert decided.status_code == 201
    assert caseworker.get(f"{DRAFTING}/cases/{finished}")["state"] == "decided"


def test_the_document_is_to_be_had_in_four_forms(caseworker: Person, finished: str) -> None:
    path = f"{DRAFTING}/cases/{finished}/document"

    pdf = caseworker.download(path, "application/pdf")
    docx = zipfile.ZipFile(io.BytesIO(caseworker.download(path, DOCX)))

    assert pdf.startswith(b"%PDF")
    assert b"/MarkInfo" in pdf or b"/StructTreeRoot" in pdf, "tagged, so that a screen reader can read it"
    assert "duschar" in docx.read("word/document.xml").decode()
    assert "duschar" in caseworker.download(path, "text/markdown").decode()
    assert "duschar" in caseworker.download(path, "application/json").decode()
    assert caseworker.ask("GET", path, headers={"Accept": "image/png"}).status_code == 406


def test_what_a_machine_wrote_can_be_made_again(caseworker: Person, finished: str) -> None:
    assert caseworker.post(f"{DRAFTING}/cases/{finished}/replay")["identical"] is True


def test_the_log_tells_who_did_what_and_who_read(site: Site, caseworker: Person, finished: str) -> None:
    auditor = site.sign_in("auditor")
    before = auditor.download(f"{AUDIT}/checkpoint", "text/plain").decode().splitlines()

    caseworker.get(f"{DRAFTING}/cases/{finished}")
    kinds = {each["type"].rpartition(".")[2] for each in entries_of(auditor, finished)}

    wanted = {"CaseOpened", "SourceAdded", "SectionProposed", "SectionEdited", "SectionApproved", "CaseCommunicated"}
    assert wanted | {"DecisionRecorded", "DocumentIssued", "CaseContentRead"} <= kinds
    assert int(before[1]) > 0
    assert "Berit" not in str(entries_of(auditor, finished)), "no names of clients"


def test_a_refusal_is_written_by_a_human(caseworker: Person) -> None:
    case = open_case(caseworker)
    body = {"requested_support": "stadning", "reason": "Avslag väntas."}
    caseworker.post(f"{DRAFTING}/cases/{case}/manual-handling", body)
    for key in [*sections_of(caseworker, "facts"), "assessment"]:
        propose(caseworker, case, key)
        approve(caseworker, case, key)

    late = propose(caseworker, case, "proposal")

    handling = {
        each["key"]: each["handling"] for each in caseworker.get(f"{DRAFTING}/cases/{case}")["requested_supports"]
    }
    assert handling == {"dusch": "assisted", "stadning": "manual"}
    assert not [each for each in late["sentences"] if "städning" in each["text"].lower()]


def test_staff_get_the_guidelines_own_words_or_are_told_that_there_are_none(site: Site) -> None:
    manager, staff = site.sign_in("manager", "bergvik"), site.sign_in("staff", "bergvik")
    text = "Hjälp med dusch ges en gång i veckan. Fler tillfällen ska motiveras särskilt."
    passages = [{"key": "p1", "heading": "Dusch", "text": text}]
    body = {"title": "Riktlinjer", "level": "local", "valid_from": "2025-07-01", "passages": passages}
    loaded = manager.post(f"{RETRIEVAL}/guidelines", body)["id"]
    wait_for(lambda: manager.get(f"{RETRIEVAL}/guidelines/{loaded}"), lambda seen: seen["state"] == "ready", 60)

    known = staff.post(f"{RETRIEVAL}/questions", {"question": "Hur ofta ges hjälp med dusch?"})
    unknown = staff.post(f"{RETRIEVAL}/questions", {"question": "Vad kostar en parkeringsplats i centrum?"})

    assert known["answered"]
    assert known["citations"][0]["quote"] in text
    assert not unknown["answered"]
    assert unknown["not_answered_because"]


def test_a_transcript_that_is_approved_stays_as_it_is(caseworker: Person) -> None:
    transcript = approved_transcript(caseworker)

    answer = caseworker.ask(
        "PATCH", f"{TRANSCRIPTION}/transcripts/{transcript}/utterances/u2", json={"text": "Något annat."}
    )

    assert answer.status_code == 409
