# SPDX-License-Identifier: EUPL-1.2
"""Ways around ids: bodies, listings, cursors, searches, keys of repeated requests, the audit log, tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from embedded.rest import Person
from kernel.identity import new_id
from tests.end_to_end.conftest import Site
from tests.end_to_end.home_visit import AUDIT, DRAFTING, RETRIEVAL, TRANSCRIPTION, section
from tests.end_to_end.isolation.operations import SHARED, operations
from tests.end_to_end.isolation.town import FORECASTING, PEOPLE, Town, as_told, own_entries, the_case
from tests.integration.isolation.attacks import attack

BODY = "Ids of another municipality in a body"
PROBLEM = "application/problem+json"


def shows_nothing_of(victim: Town, shown: Any) -> None:
    text = as_told(shown)
    found = {each for each in victim.secrets if each in text}
    assert found == set(), f"{victim.tenant}'s {found} in {text[:200]}"


def test_a_transcript_of_another_municipality_is_no_source(victim: Town, stranger: Town) -> None:
    path, caseworker = f"{DRAFTING}/cases/{stranger.ids['case_id']}/sources", stranger.person("caseworker")
    with attack(BODY) as tries:
        for each in (victim.ids["approved_transcript_id"], victim.ids["transcript_id"]):
            found = caseworker.ask("POST", path, json={"transcript_id": each})
            never = caseworker.ask("POST", path, json={"transcript_id": new_id()})
            assert (found.status_code, found.text.replace(each, "")) == (never.status_code, never.text)
            assert found.status_code in (404, 409)
            tries.tried()


def test_a_citation_of_another_municipalitys_source_is_refused_as_of_none(victim: Town, stranger: Town) -> None:
    path, caseworker = f"{DRAFTING}/cases/{stranger.ids['case_id']}/sections/d6", stranger.person("caseworker")
    cited = [
        ("transcript", victim.source_id, victim.ids["utterance_id"]),
        ("transcript", stranger.source_id, victim.ids["utterance_id"]),
        ("transcript", victim.source_id, stranger.ids["utterance_id"]),
        ("guideline", victim.ids["guideline_id"], victim.ids["passage_id"]),
        ("guideline", victim.ids["passage_id"], victim.ids["passage_id"]),
    ]
    with attack(BODY) as tries:
        for kind, source, part in cited:
            answers = []
            for never in (False, True):
                own = {stranger.source_id, stranger.ids["utterance_id"]}
                ids = [new_id() if never and each not in own else each for each in (source, part)]
                citation = {"source": kind, "source_id": ids[0], "part_id": ids[1]}
                body = {"sentences": [{"text": "Hej.", "citations": [citation]}]}
                answer = caseworker.ask("PUT", path, json=body, headers={"If-Match": "*"})
                text = answer.text
                for each in ids:
                    text = text.replace(each, "…")
                answers.append((answer.status_code, text))
            assert answers[0] == answers[1]
            assert answers[0][0] in (404, 409, 422)
            tries.tried()


def test_a_sentence_id_of_another_municipality_brings_no_sentence_along(victim: Town, stranger: Town) -> None:
    caseworker = stranger.person("caseworker")
    path = f"{DRAFTING}/cases/{stranger.ids['case_id']}/sections/d6"
    body = {"sentences": [{"id": victim.ids["sentence_id"], "text": "Hej."}]}
    with attack(BODY) as tries:
        answer = caseworker.ask("PUT", path, json=body, headers={"If-Match": "*"})
        assert victim.canary not in answer.text
        assert victim.canary in as_told(section(victim.person("caseworker"), victim.ids["case_id"], "health")[0])
        tries.tried()


def test_listings_hold_the_own_municipalitys_alone_whatever_the_cursor(victim: Town, stranger: Town) -> None:
    document = stranger.person("caseworker").get("/openapi.json")
    cursors = [*sorted(victim.secrets), "0", "99999999", "zzzzzzzz", "' OR 1=1 --"]
    people = [stranger.person(role) for role in PEOPLE]
    with attack("Listings, pages and cursors") as tries:
        for operation in operations(document, victim):
            if operation.method != "GET" or not {"after", "cursor"} & operation.queries:
                continue
            for person in people:
                path = operation.path(stranger.ids)
                if person.ask("GET", path).status_code == 403:
                    continue
                for number, cursor in enumerate(cursors):
                    answer = person.ask("GET", path, params={("after", "cursor")[number % 2]: cursor, "limit": 500})
                    shows_nothing_of(victim, answer.text.replace(cursor, ""))
                    tries.tried()
        assert tries.count > 100


def test_lists_without_pages_hold_the_own_municipalitys_alone(victim: Town, stranger: Town) -> None:
    document = stranger.person("caseworker").get("/openapi.json")
    people = [stranger.person(role) for role in PEOPLE]
    with attack("Listings, pages and cursors") as tries:
        for operation in operations(document, victim):
            if operation.method == "GET" and "consistency" not in operation.template:
                for person in people:
                    shows_nothing_of(victim, person.ask("GET", operation.path(stranger.ids)).text)
                    tries.tried()


@pytest.mark.parametrize("role", ["staff", "caseworker", "manager"])
def test_another_municipalitys_words_find_nothing_of_it(victim: Town, stranger: Town, role: str) -> None:
    person = stranger.person(role)
    words = [victim.canary, f"Hjälp med {victim.canary} ges en gång i veckan.", f"Hur ofta ges {victim.canary}?"]
    with attack("Searches and questions in another municipality's words") as tries:
        for each in words:
            for as_of in (None, "2025-08-01", "2026-12-31"):
                dated = {"as_of": as_of} if as_of else {}
                found = person.post(f"{RETRIEVAL}/search", {"query": each, "top_k": 50, **dated})
                asked = person.post(f"{RETRIEVAL}/questions", {"question": each, **dated})
                # A question's own words come back as what no guideline says.
                shows_nothing_of(victim, as_told(found))
                shows_nothing_of(victim, as_told(asked).replace(victim.canary, ""))
                assert all(hit["guideline_id"] != victim.ids["guideline_id"] for hit in found["passages"])
                tries.tried(2)


def test_the_victim_finds_its_own_words(victim: Town) -> None:
    wanted = {"query": victim.canary, "top_k": 50, "as_of": "2026-01-01"}
    found = victim.person("staff").post(f"{RETRIEVAL}/search", wanted)

    assert victim.ids["passage_id"] in as_told(found)


def test_a_key_of_another_municipalitys_request_brings_back_nothing(victim: Town, stranger: Town) -> None:
    caseworker = stranger.person("caseworker")
    key = {"Idempotency-Key": victim.idempotency_key}
    with attack("Idempotency-Key of another municipality") as tries:
        same = caseworker.ask("POST", f"{DRAFTING}/cases", json=the_case(), headers=key)
        assert same.status_code == 201, same.text
        assert "idempotency-replayed" not in same.headers
        shows_nothing_of(victim, same.text)
        other = caseworker.ask("POST", f"{RETRIEVAL}/questions", json={"question": "Hej?"}, headers=key)
        assert other.status_code == 200
        again = victim.person("caseworker").ask("POST", f"{DRAFTING}/cases", json=the_case(), headers=key)
        assert (again.json()["id"], again.headers["idempotency-replayed"]) == (victim.ids["case_id"], "true")
        colleague = victim.person("colleague").ask("POST", f"{DRAFTING}/cases", json=the_case(), headers=key)
        assert colleague.json()["id"] != victim.ids["case_id"], "a key is its sender's own"
        tries.tried(3)


def test_the_audit_log_of_another_municipality_is_not_there(victim: Town, stranger: Town) -> None:
    auditor, case = stranger.person("auditor"), victim.ids["case_id"]
    theirs = own_entries(victim)
    assert theirs, "without entries there is nothing to find"
    with attack("Audit log, statement, proofs and export") as tries:
        assert auditor.get(f"{AUDIT}/entries?case_id={case}")["items"] == []
        assert auditor.ask("GET", f"{AUDIT}/cases/{case}/statement").status_code == 404
        shows_nothing_of(victim, auditor.ask("GET", f"{AUDIT}/export").text)
        shows_nothing_of(victim, auditor.ask("GET", f"{AUDIT}/tile/entries/000").text)
        for each in theirs[-5:]:
            answer = auditor.ask("GET", f"{AUDIT}/entries/{each['index']}")
            shows_nothing_of(victim, answer.text)
            assert each["event_id"] not in answer.text
            tries.tried()
        for path in ("checkpoint", "verification-key"):
            mine = auditor.ask("GET", f"{AUDIT}/{path}").text
            assert stranger.tenant in mine
            assert victim.tenant not in mine
        for name in SHARED["name"]:
            tile = auditor.ask("GET", f"{AUDIT}/tile/0/{name}").content
            assert tile != victim.person("auditor").ask("GET", f"{AUDIT}/tile/0/{name}").content or tile[:1] == b"{"
        tries.tried(8)


def test_a_template_of_the_municipalitys_own_stays_its_own(victim: Town, stranger: Town) -> None:
    path, manager = f"{DRAFTING}/templates/sv-journal-note", victim.person("manager")
    before = manager.ask("GET", path)
    named = ("key", "title", "kind", "areas", "depends_on", "cues", "question", "generated", "mandatory")
    sections = [{name: each[name] for name in named} for each in before.json()["sections"]]
    with attack("A municipality's own template") as tries:
        own = manager.put(path, {"title": f"Mall {victim.canary}", "sections": sections}, before.headers["ETag"])
        assert victim.canary in own["title"]
        for role in PEOPLE:
            person = stranger.person(role)
            shows_nothing_of(victim, person.ask("GET", path).text)
            shows_nothing_of(victim, person.ask("GET", f"{DRAFTING}/templates").text)
            tries.tried(2)
        other = stranger.person("manager")
        tag = manager.ask("GET", path).headers["ETag"]
        body = {"title": "Annan", "sections": sections}
        assert other.ask("PUT", path, json=body, headers={"If-Match": tag}).status_code == 412
        assert victim.canary in manager.get(path)["title"]
        tries.tried()


def parts_of(person: Person) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, signature = person.token.split(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(each + "==")) for each in (head, body))
    return header, claims, signature


def encoded(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


PLACES = {
    f"{TRANSCRIPTION}/transcripts": "caseworker",
    f"{DRAFTING}/cases": "caseworker",
    f"{RETRIEVAL}/guidelines": "manager",
    f"{FORECASTING}/series": "manager",
    f"{AUDIT}/entries": "auditor",
}


@pytest.mark.parametrize("path", PLACES)
def test_a_token_that_its_bearer_changed_is_refused(site: Site, stranger: Town, victim: Town, path: str) -> None:
    person = stranger.person(PLACES[path])
    assert person.ask("GET", path).status_code == 200, "an honest token is taken"
    header, claims, signature = parts_of(person)
    there = parts_of(victim.person(PLACES[path]))
    start = f"{encoded({**header, 'alg': 'HS256'})}.{encoded(claims)}"
    keyed = base64.urlsafe_b64encode(hmac.new(b"demo", start.encode(), hashlib.sha256).digest())
    forged = [
        f"{encoded(header)}.{encoded({**claims, 'tenant': victim.tenant})}.{signature}",
        f"{encoded(header)}.{encoded({**claims, 'tenant': victim.tenant, 'iss': there[1]['iss']})}.{signature}",
        f"{encoded(header)}.{encoded({**claims, 'roles': list(PEOPLE)})}.{signature}",
        f"{encoded(header)}.{encoded({**claims, 'roles': ['service']})}.{signature}",
        f"{encoded(header)}.{encoded({**claims, 'exp': claims['exp'] + 1})}.{signature}",
        f"{encoded(there[0])}.{encoded(claims)}.{there[2]}",
        f"{encoded({**header, 'kid': there[0].get('kid')})}.{encoded(there[1])}.{signature}",
        f"{encoded({**header, 'alg': 'none'})}.{encoded(there[1])}.",
        f"{start}.{keyed.rstrip(b'=').decode()}",
        person.token[:-4] + "AAAA",
        person.token + "." + person.token,
        f"{encoded(header)}.{base64.urlsafe_b64encode(b'[' * 2000).decode()}.{signature}",
        "null",
        "a.b.c",
    ]
    with attack("Tokens changed by their bearer") as tries:
        for each in forged:
            answer = Person(site.base, each).ask("GET", path)
            assert answer.status_code in (401, 403), f"{answer.status_code} for {each[:40]}…"
            assert answer.headers["content-type"] == PROBLEM
            shows_nothing_of(victim, answer.text)
            tries.tried()
        for scheme in ("Basic", "bearer2", "Token"):
            answer = person.ask("GET", path, headers={"Authorization": f"{scheme} {person.token}"})
            assert answer.status_code in (401, 403)
            tries.tried()
