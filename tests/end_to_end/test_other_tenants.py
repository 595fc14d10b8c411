# SPDX-License-Identifier: EUPL-1.2
"""What a municipality may not see does not exist for it: every route, with every id of another one."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.rest import Person
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import DRAFTING, RETRIEVAL, TRANSCRIPTION, open_case, propose
from tests.sound import silence

# What each kind of request needs to be a good one, by the end of its path.
BODIES: dict[str, dict[str, Any]] = {
    "/scope": {"verdict": "within", "reason": "Läst."},
    "/sources": {"note": {"text": "Hej.", "author": "x", "noted_at": "2026-10-14T09:00:00Z"}},
    "/sections/d5": {"sentences": [{"text": "Hej."}]},
    "/resolution": {"reason": "Läst."},
    "/manual-handling": {"reason": "Läst."},
    "/communication": {"communicated_at": "2026-10-15T09:00:00Z", "how": "letter", "reply_by": "2026-10-21"},
    "/decision": {
        "outcomes": [{"requested_support": "dusch", "outcome": "granted", "legal_basis": "SoL 11 kap. 1 §"}],
        "decided_by": "x",
        "decided_at": "2026-10-22T09:00:00Z",
    },
    "/utterances/u2": {"text": "Hej."},
    "/participants": {"participants": [{"speaker": "H", "role": "caseworker"}, {"speaker": "B", "role": "applicant"}]},
    "/meeting": {"date": "2026-10-14"},
    "/versions": {"valid_from": "2026-07-01", "passages": [{"heading": "Dusch", "text": "Hjälp ges."}]},
}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def theirs(site: Site) -> dict[str, str]:
    """Ids of one municipality, by the names that paths use."""
    caseworker, manager = site.sign_in("caseworker"), site.sign_in("manager")
    case = open_case(caseworker)
    sentence = propose(caseworker, case, "d5")["sentences"][0]["id"]
    source = caseworker.get(f"{DRAFTING}/cases/{case}/sources")["items"][0]
    passages = [{"heading": "Dusch", "text": "Hjälp ges en gång i veckan."}]
    body = {"title": "Riktlinje", "level": "local", "valid_from": "2025-07-01", "passages": passages}
    guideline = manager.post(f"{RETRIEVAL}/guidelines", body)["id"]
    passage = manager.get(f"{RETRIEVAL}/guidelines/{guideline}/passages")["items"][0]["passage_id"]
    fields = {"language": "sv"}
    files = {"file": ("v.wav", silence())}
    sent = caseworker.ask("POST", f"{TRANSCRIPTION}/recordings", data=fields, files=files)
    ids = {"case_id": case, "sid": sentence, "sentence_id": sentence, "key": "d5", "uid": "u2", "utterance_id": "u2"}
    ids |= {"transcript_id": source["transcript_id"], "guideline_id": guideline, "passage_id": passage}
    return ids | {"recording_id": sent.json()["id"]}


def test_every_route_with_another_tenants_id_answers_that_there_is_nothing(site: Site, theirs: dict[str, str]) -> None:
    document = site.sign_in("caseworker").get("/openapi.json")
    strangers = {role: site.sign_in(role, "bergvik") for role in ("caseworker", "manager", "integrator", "auditor")}
    tried, doors = 0, list[str]()
    for template, item in document["paths"].items():
        named = [each for each in theirs if f"{{{each}}}" in template and each not in ("key", "uid", "utterance_id")]
        if not named or template.startswith(("/audit", "/forecasting")):
            continue
        path = template.format(**theirs)
        for method in METHODS:
            if method in item:
                answers = [knock(each, method, path) for each in strangers.values()]
                tried += len(answers)
                doors += [f"{method} {template}: {each}" for each in answers if each not in (403, 404)]
                doors += [f"{method} {template}: every role refused"] if 404 not in answers else []

    assert doors == []
    assert tried > 60


def knock(stranger: Person, method: str, path: str) -> int:
    """The status of a good request with an id of another tenant."""
    body = next((each for end, each in BODIES.items() if path.endswith(end)), {})
    given: dict[str, Any] = {} if method == "get" else {"json": body}
    return stranger.ask(method.upper(), path, headers={"If-Match": "*"}, **given).status_code


def test_listings_hold_the_own_municipalitys_only(site: Site, theirs: dict[str, str]) -> None:
    stranger = site.sign_in("caseworker", "bergvik")

    for path in (
        f"{DRAFTING}/cases",
        f"{TRANSCRIPTION}/transcripts",
        f"{TRANSCRIPTION}/recordings",
        f"{RETRIEVAL}/guidelines",
    ):
        listed = str(stranger.get(path))
        assert not [each for each in theirs.values() if len(each) > 20 and each in listed]


def test_a_municipalitys_log_tells_nothing_of_another_ones_case(site: Site, theirs: dict[str, str]) -> None:
    auditor = site.sign_in("auditor", "bergvik")

    assert auditor.get(f"/audit/v1/entries?case_id={theirs['case_id']}")["items"] == []
