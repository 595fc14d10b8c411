# SPDX-License-Identifier: EUPL-1.2
"""HTTP the way every service does it: the same answer to the same request, limits, and refusals that say what to do."""

import errno
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import text

from kernel.identity import Actor, Identity, Role, TenantId
from kernel.keyring import Keyring
from kernel.local_issuer import LocalIssuer
from kernel.municipalities import Municipalities
from kernel.service import AccessEvents, Service
from kernel.store import Transactions, engine_of
from kernel.web import Body, Line, Match, Once, allow, forget_answers, service_tools, web_app
from tests.conftest import MUNICIPALITIES, Database

Caseworker = Annotated[Actor, Depends(allow(Role.CASEWORKER))]
routes = APIRouter()


@dataclass
class Tools:
    transaction: Transactions


class Thing(Body):
    name: Line
    fails: bool = False


@routes.post("/things", status_code=201)
def make_thing(thing: Thing, actor: Caseworker, tools: Annotated[Tools, Depends(service_tools)], once: Once) -> Any:
    """Makes an event for each thing, so that a test can count them."""
    with tools.transaction(actor.tenant_id) as work:
        if earlier := once.answered(work):
            return earlier
        work.announce(StringValue(value=thing.name), key="things")
        if thing.fails:
            raise OSError(errno.ENOSPC, thing.name) if thing.name == "too much" else RuntimeError(thing.name)
        return once.answer(work, {"name": thing.name}, 201)


@routes.put("/things/{revision}")
def change_thing(revision: int, actor: Caseworker, match: Match) -> dict[str, int]:
    match.check(revision)
    return {"revision": revision}


@dataclass
class Settings:
    max_body_bytes: int = 2000
    max_upload_bytes: int = 4000


@dataclass
class Site:
    client: TestClient
    own: Database
    issuer: LocalIssuer

    def post(self, body: Any, *, as_: str = "caseworker@ekhamra", key: str | None = None, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.issuer.token_for(as_, 'demo').access_token}"}
        headers |= {"Idempotency-Key": key} if key else {}
        sent = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self.client.post("/things", headers=headers | given.pop("headers", {}), **sent)

    def announced(self, type_: str = "underlag.google.protobuf.StringValue") -> int:
        with self.own.engine("relay_database_url").connect() as connection:
            query = text("SELECT count(*) FROM outbox WHERE type = :type")
            return int(connection.execute(query, {"type": type_}).scalar() or 0)


def access_event(**fields: str) -> StringValue:
    return StringValue(value=fields["subject"])


@pytest.fixture
def site(own: Database, tmp_path: Path) -> Iterator[Site]:
    keyring = Keyring(Municipalities.load(MUNICIPALITIES), tmp_path)
    tools = Tools(own.transactions)
    service = Service("things", None, (routes,), None, None, AccessEvents(access_event, access_event))  # type: ignore[arg-type] # only HTTP is tested
    with TestClient(web_app(service, tools, Identity(keyring), Settings()), raise_server_exceptions=False) as client:
        yield Site(client, own, LocalIssuer(keyring))


def test_a_double_click_makes_one_thing(site: Site) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _n: site.post({"name": "a"}, key="k1"), range(6)))

    assert {answer.status_code for answer in answers} == {201}
    assert {answer.text for answer in answers} == {'{"name": "a"}'}
    assert site.announced() == 1


def test_without_a_key_each_request_counts(site: Site) -> None:
    site.post({"name": "a"})
    site.post({"name": "a"})

    assert site.announced() == 2


def test_a_key_belongs_to_one_request(site: Site) -> None:
    site.post({"name": "a"}, key="k1")

    answer = site.post({"name": "b"}, key="k1")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")


def test_a_key_belongs_to_one_person(site: Site) -> None:
    site.post({"name": "a"}, key="k1")

    answer = site.post({"name": "a"}, key="k1", as_="caseworker@vestby")

    assert "Idempotency-Replayed" not in answer.headers
    assert site.announced() == 2


def test_kept_answers_are_forgotten_after_two_days(site: Site) -> None:
    site.post({"name": "a"}, key="old")
    with site.own.transactions(TenantId("ekhamra")) as work:
        age = text("UPDATE idempotency_keys SET created_at = created_at - interval '49 hours'")
        work.connection.execute(age)
    site.post({"name": "b"}, key="new")

    with site.own.transactions(TenantId("ekhamra")) as work:
        forgotten = forget_answers(work)

    assert forgotten == 1
    assert site.post({"name": "b"}, key="new").headers["Idempotency-Replayed"] == "true"


def test_a_request_that_failed_may_be_sent_again(site: Site) -> None:
    failed = site.post({"name": "secret", "fails": True}, key="k1")
    again = site.post({"name": "secret"}, key="k1")

    assert failed.status_code == 500
    assert "secret" not in failed.text
    assert again.status_code == 201
    assert site.announced() == 1


def test_a_full_disk_is_told_as_such_and_leaves_nothing(site: Site) -> None:
    answer = site.post({"name": "too much", "fails": True})

    assert (answer.status_code, answer.json()["type"]) == (507, "/problems/storage-full")
    assert site.announced() == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{", None),
        (b"", None),
        (b"[1]", None),
        (b'{"name": "a", "nmae": "b"}', "/nmae"),
        (b'{"name": 3}', "/name"),
        (b'{"name": ""}', "/name"),
        (b'{"name": "a\\u0000b"}', "/name"),
        (b'{"name": "a\\ud800b"}', "/name"),
        (b'{"name": "' + b"a" * 400 + b'"}', "/name"),
        (b'{"name": ' + b"[" * 500 + b"]" * 500 + b"}", None),
        (b"\xff\xfe", None),
    ],
)
def test_a_body_of_another_shape_is_refused_with_pointers(site: Site, body: bytes, pointer: str | None) -> None:
    answer = site.post(body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    if pointer:
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert site.announced() == 0


def test_a_body_over_the_limit_is_refused_whatever_length_it_claims(site: Site) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"name": "'
        yield from (b"a" * 500 for _ in range(20))

    token = site.issuer.token_for("caseworker@ekhamra", "demo").access_token
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for content in (b" " * 5000, chunks()):
        answer = site.client.post("/things", content=content, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


def test_who_has_another_role_is_refused_and_the_log_hears_of_it(site: Site) -> None:
    answer = site.post({"name": "a"}, as_="staff@ekhamra")

    assert answer.status_code == 403
    assert site.announced() == 1, "AccessDenied, and no thing"


def test_without_a_token_nothing_is_answered(site: Site) -> None:
    answer = site.client.post("/things", json={"name": "a"})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_only_what_was_seen_may_be_changed(site: Site) -> None:
    token = site.issuer.token_for("caseworker@ekhamra", "demo").access_token

    def status(**headers: str) -> int:
        sent = {"Authorization": f"Bearer {token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return int(site.client.put("/things/7", headers=sent).status_code)

    assert status() == 428
    assert status(If_Match='"6"') == 412
    assert status(If_Match='"7"') == 200
    assert status(If_Match='"6", "7"') == 200
    assert status(If_Match="*") == 200


def test_a_database_that_is_away_is_told_as_such(site: Site) -> None:
    away = Transactions(engine_of("postgresql+psycopg://x:y@127.0.0.1:1/z"), "things")
    site.client.app.state.tools.transaction = away  # type: ignore[attr-defined] # Starlette types the app loosely

    answer = site.post({"name": "a"})

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-away")
    assert answer.headers["retry-after"]
