# SPDX-License-Identifier: EUPL-1.2
"""What another municipality has does not exist: every operation, with every id, alone and among own ones.

The answer must be the one for an id that never was, to the letter, whichever role asks.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from embedded.rest import Person
from kernel.identity import new_id
from tests.end_to_end.conftest import Site
from tests.end_to_end.isolation.operations import Operation, Uncovered, operations
from tests.end_to_end.isolation.town import PEOPLE, Town
from tests.integration.isolation.attacks import attack

ALL = "Every route with an id of another municipality"
PART = "An own id with a part of another municipality's"
NEVER = "/problems/not-found"
Told = tuple[int, str, str]


@pytest.fixture(scope="module")
def document(victim: Town) -> dict[str, Any]:
    found: dict[str, Any] = victim.person("caseworker").get("/openapi.json")
    return found


@pytest.fixture(scope="module")
def strangers(stranger: Town) -> dict[str, Person]:
    return {role: stranger.person(role) for role in PEOPLE}


def never_was(name: str) -> str:
    """An id of the same form as those there are."""
    return "never_was" if name == "series" else new_id()


def told(person: Person, operation: Operation, values: dict[str, str], **headers: str) -> Told:
    """The answer, with the ids that were asked for taken out: a refusal may repeat them."""
    given = operation.good_request()
    headers = {**given.pop("headers", {}), "If-Match": "*", **headers}
    answer = person.ask(operation.method, operation.path(values), headers=headers, **given)
    text = answer.text
    for each in sorted(values.values(), key=len, reverse=True):
        text = text.replace(each, "…") if len(each) > 6 else text
    return answer.status_code, answer.headers.get("content-type", ""), text


def answered_alike(
    people: dict[str, Person], operation: Operation, theirs: dict[str, str], never: dict[str, str]
) -> int:
    """Ask with another's ids and with ids that never were; every role must be told the same. The number of requests."""
    statuses = set()
    for role, person in people.items():
        found, expected = told(person, operation, theirs), told(person, operation, never)
        assert found == expected, f"{operation.name} as {role}"
        assert found[0] in (403, 404), f"{operation.name} as {role}: {found}"
        statuses.add(found[0])
    assert 404 in statuses, f"{operation.name}: no role may do this, so nothing was attacked"
    return 2 * len(people)


def test_every_route_answers_as_if_the_other_municipalitys_ids_had_never_been(
    document: dict[str, Any], victim: Town, strangers: dict[str, Person]
) -> None:
    with attack(ALL) as tries:
        for operation in operations(document, victim):
            if operation.ids:
                never = {each: never_was(each) for each in operation.ids}
                tries.tried(answered_alike(strangers, operation, victim.ids, {**victim.ids, **never}))
        assert tries.count > 300


def test_a_foreign_part_below_an_own_id_is_as_one_that_never_was(
    document: dict[str, Any], victim: Town, stranger: Town
) -> None:
    """Own case with another's sentence, own transcript with another's utterance, and the other way round."""
    caseworker = {"caseworker": stranger.person("caseworker")}
    with attack(PART) as tries:
        for operation in operations(document, victim):
            for size in range(1, len(operation.ids)):
                for foreign in combinations(operation.ids, size):
                    theirs = {**stranger.ids, **{each: victim.ids[each] for each in foreign}}
                    never = {**stranger.ids, **{each: never_was(each) for each in foreign}}
                    tries.tried(answered_alike(caseworker, operation, theirs, never))
        assert tries.count >= 8


CONDITIONS: tuple[dict[str, str], ...] = (
    {"If-Match": '"1"', "If-None-Match": "*", "Access-Reason": "emergency"},
    {"X-Tenant": "ekhamra", "Tenant": "ekhamra", "X-Forwarded-Tenant": "ekhamra", "ce_tenant": "ekhamra"},
    {"X-Forwarded-Host": "ekhamra.example", "Forwarded": "host=ekhamra.example", "Accept": "application/pdf"},
    {"X-Original-URL": "/drafting/v1/cases", "X-HTTP-Method-Override": "DELETE", "baggage": "tenant=ekhamra"},
)


def test_no_header_opens_what_another_municipality_has(
    document: dict[str, Any], victim: Town, strangers: dict[str, Person]
) -> None:
    with attack("If-Match and headers that name another municipality") as tries:
        for operation in operations(document, victim):
            roles = ("manager",) if operation.template.startswith(("/retrieval", "/forecasting")) else ("caseworker",)
            roles = ("auditor",) if operation.template.startswith("/audit") else roles
            never = {**victim.ids, **{each: never_was(each) for each in operation.ids}}
            for headers in CONDITIONS if operation.ids else ():
                for role in roles:
                    found = told(strangers[role], operation, victim.ids, **headers)
                    assert found == told(strangers[role], operation, never, **headers), f"{operation.name} {headers}"
                    assert found[0] in (403, 404, 406), f"{operation.name} {headers}: {found[0]}"
                    tries.tried()


def test_without_if_match_it_is_still_nothing_rather_than_a_condition_that_is_missing(
    victim: Town, stranger: Town
) -> None:
    """428 or 412 would tell that it is there."""
    caseworker = stranger.person("caseworker")
    paths = {
        f"/drafting/v1/cases/{victim.ids['case_id']}/sections/health": {"sentences": [{"text": "Hej."}]},
        f"/transcription/v1/transcripts/{victim.ids['transcript_id']}/meeting": {"date": "2026-10-14"},
        f"/transcription/v1/transcripts/{victim.ids['transcript_id']}/participants": {
            "participants": [{"speaker": "H", "role": "caseworker"}]
        },
    }
    with attack("If-Match and headers that name another municipality") as tries:
        for path, body in paths.items():
            for headers in ({}, {"If-Match": '"0"'}):
                assert caseworker.ask("PUT", path, json=body, headers=headers).status_code == 404
                tries.tried()


def test_the_owner_is_not_told_that_there_is_nothing(document: dict[str, Any], victim: Town) -> None:
    """Otherwise the ids were no good ones, and every 404 above would prove nothing. Runs last: it changes things."""
    owners = [victim.person(role) for role in PEOPLE]
    for operation in sorted(operations(document, victim), key=lambda each: (-len(each.ids), each.method)):
        if operation.ids:
            statuses = [told(each, operation, victim.ids)[0] for each in owners]
            assert any(each < 300 or each in (409, 422) for each in statuses), f"{operation.name}: {statuses}"


def test_a_route_that_the_suite_cannot_fill_is_named(victim: Town) -> None:
    document: dict[str, Any] = {"paths": {"/drafting/v1/dreams/{dream_id}": {"get": {}}}}

    with pytest.raises(Uncovered, match="'dream_id' to IDS"):
        list(operations(document, victim))


def test_a_body_that_the_suite_does_not_know_is_named(victim: Town) -> None:
    document: dict[str, Any] = {"paths": {"/drafting/v1/cases/{case_id}/dreams": {"post": {"requestBody": {}}}}}

    with pytest.raises(Uncovered, match="BODIES"):
        list(operations(document, victim))


def test_a_difference_in_one_word_is_found(victim: Town, stranger: Town) -> None:
    """The comparison itself: an own id is answered otherwise than one that never was."""
    operation = Operation("GET", "/drafting/v1/cases/{case_id}", takes_body=False, queries=frozenset())
    people = {"caseworker": stranger.person("caseworker")}

    with pytest.raises(AssertionError):
        answered_alike(people, operation, stranger.ids, {"case_id": new_id()})


def test_a_bearer_from_nowhere_is_told_the_same_everywhere(site: Site, document: dict[str, Any], victim: Town) -> None:
    nobody = Person(site.base, "nobody")
    with attack(ALL) as tries:
        for operation in operations(document, victim):
            if operation.ids:
                assert told(nobody, operation, victim.ids)[0] == 401, operation.name
                tries.tried()
