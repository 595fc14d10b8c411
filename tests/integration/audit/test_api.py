# SPDX-License-Identifier: EUPL-1.2
"""The log over HTTP, checked as an outsider checks it: without trusting its keeper."""

import json
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import rfc8785

from kernel.identity import Role
from services.audit import usecases, verify
from services.audit.store import SqlLog
from tests.integration.audit.conftest import BERGVIK, EKHAMRA, NOON, Running, a_read
from tests.unit.audit.memory import a_happening

PATHS = [
    "/entries", "/entries/0", "/entries/0/inclusion-proof", "/consistency-proof?from=0", "/checkpoint",
    "/verification-key", "/tile/0/000.p/1", "/tile/entries/000.p/1", "/export", "/cases/case-1/statement",
]  # fmt: skip


def fill(running: Running, size: int) -> None:
    """A log of this size, written at once."""
    with running.tools.transaction(EKHAMRA) as work:
        happenings = [a_happening(number, case_id=f"case-{number % 3}") for number in range(size)]
        usecases.record(happenings, SqlLog(work), rfc8785.dumps, NOON)


def hashes(running: Running, path: str) -> list[bytes]:
    return [b64decode(each) for each in running.json(path)["hashes"]]


def entries_of(bundle: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        found.append(bundle[at + 2 : end])
        at = end
    return found


def test_an_outsider_can_recompute_everything_from_the_tiles(running: Running) -> None:
    fill(running, 600)

    note = verify.Note.read(running.get("/checkpoint").text)
    key = verify.Key.read(running.get("/verification-key").text)
    bundles = [running.get(f"/tile/entries/{name}").content for name in ("000", "001", "002.p/88")]
    contents = [entry for bundle in bundles for entry in entries_of(bundle)]
    leaves = [verify.leaf_hash(each) for each in contents]

    assert note.is_signed_with(key)
    assert note.origin == key.name == f"{running.tools.municipalities.of(EKHAMRA).issuer_host}/audit/ekhamra"
    assert (note.size, note.root) == (600, verify.root_hash(leaves))
    assert running.get("/tile/0/001").content == b"".join(leaves[256:512])
    assert running.get("/tile/1/000.p/2").content[32:] == verify.root_hash(leaves[256:512])
    for index in (0, 255, 256, 511, 512, 599):
        assert running.get(f"/entries/{index}").content == contents[index]
        proof = hashes(running, f"/entries/{index}/inclusion-proof?size=600")
        assert verify.inclusion_holds(leaves[index], index, 600, proof, note.root)
    for old in (1, 255, 256, 300, 600):
        proof = hashes(running, f"/consistency-proof?from={old}&to=600")
        assert verify.consistency_holds(old, verify.root_hash(leaves[:old]), 600, note.root, proof)


def test_an_empty_log_has_a_checkpoint_and_nothing_else(running: Running) -> None:
    note = verify.Note.read(running.get("/checkpoint").text)

    assert (note.size, note.root) == (0, verify.root_hash([]))
    assert running.json("/entries") == {"items": [], "next": None}
    assert running.json("/consistency-proof?from=0") == {"from": 0, "to": 0, "hashes": []}
    assert running.get("/entries/0").status_code == running.get("/tile/0/000").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/entries/5", 404), ("/entries/-1", 422), ("/entries/x", 422), ("/entries/99999999999999999999999", 422),
        ("/entries/0/inclusion-proof?size=6", 422), ("/entries/3/inclusion-proof?size=3", 404),
        ("/entries/0/inclusion-proof?size=0", 404), ("/entries/0/inclusion-proof?size=-1", 422),
        ("/consistency-proof?from=3&to=2", 422), ("/consistency-proof?from=0&to=6", 422), ("/consistency-proof", 422),
        ("/tile/0/000", 404), ("/tile/0/000.p/6", 404), ("/tile/0/001.p/1", 404), ("/tile/1/000.p/1", 404),
        ("/tile/0/0", 404), ("/tile/0/000.p/256", 404), ("/tile/64/000", 422), ("/tile/-1/000", 422),
        ("/tile/entries/000.p/6", 404), ("/tile/entries/x001", 404), ("/tile/x/000", 422),
        ("/entries?after=x", 422), ("/entries?after=٣", 422), ("/entries?limit=0", 422), ("/entries?case_id=%00", 422),
        ("/cases/never-heard-of/statement", 404), ("/cases/case-1/statement?language=fi", 422),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_as_a_problem(running: Running, path: str, status: int) -> None:
    fill(running, 5)

    answer = running.get(path)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize("path", PATHS)
def test_only_an_auditor_reads_the_log(running: Running, path: str) -> None:
    fill(running, 2)

    answers = {role: running.get(path, role=role).status_code for role in Role}

    assert answers == {role: 200 if role is Role.AUDITOR else 403 for role in Role}


def test_whoever_is_turned_away_stands_in_the_log(running: Running) -> None:
    running.get("/entries", role=Role.CASEWORKER)
    running.settle()

    denied = running.json("/entries")["items"][-1]

    assert denied["type"] == "underlag.audit.v1.AccessDenied"
    assert denied["actor"] == {"id": "caseworker@ekhamra", "role": "caseworker"}


def test_an_auditor_reads_one_log_and_no_other(running: Running) -> None:
    fill(running, 3)
    running.deliver(a_read(0, case_id="case-of-bergvik"), tenant_id=BERGVIK)

    assert [each["case_id"] for each in running.json("/entries", tenant_id=BERGVIK)["items"]] == ["case-of-bergvik"]
    assert running.json("/entries?case_id=case-1", tenant_id=BERGVIK)["items"] == []
    assert running.get("/cases/case-1/statement", tenant_id=BERGVIK).status_code == 404
    assert running.get("/entries/1", tenant_id=BERGVIK).status_code == 404
    assert running.get("/checkpoint", tenant_id=BERGVIK).text.splitlines()[1] == "1"
    assert running.get("/verification-key").text != running.get("/verification-key", tenant_id=BERGVIK).text


def test_listing_goes_page_by_page_through_one_case(running: Running) -> None:
    fill(running, 20)
    found: list[int] = []
    after = ""

    while True:
        page = running.json(f"/entries?case_id=case-1&limit=3{after}")
        found += [each["index"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert found == [1, 4, 7, 10, 13, 16, 19]


def test_a_listed_entry_is_the_object_that_was_hashed(running: Running) -> None:
    running.deliver(a_read())

    assert running.json("/entries")["items"] == [json.loads(running.get("/entries/0").content)]


def test_what_never_changes_may_be_kept_and_a_checkpoint_may_not(running: Running) -> None:
    fill(running, 300)

    for path in ("/entries/0", "/tile/0/000", "/tile/0/001.p/44", "/tile/entries/000"):
        assert "immutable" in running.get(path).headers["cache-control"]
    assert running.get("/checkpoint").headers["cache-control"] == "no-cache"
    assert running.get("/entries").headers["cache-control"] == "no-store"


def test_checkpoints_never_go_backwards_while_entries_arrive(running: Running) -> None:
    arrived = Event()

    def read_on() -> list[verify.Note]:
        notes = []
        while not arrived.is_set():
            notes.append(verify.Note.read(running.get("/checkpoint").text))
        return notes

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read_on) for _ in range(3)]
        for number in range(60):
            running.deliver(a_read(number))
        arrived.set()
        seen = [each.result() for each in readers]

    leaves = [verify.leaf_hash(running.get(f"/entries/{index}").content) for index in range(60)]
    for notes in seen:
        assert [each.size for each in notes] == sorted(each.size for each in notes)
        assert all(each.root == verify.root_hash(leaves[: each.size]) for each in notes)


def test_a_database_restored_from_before_gets_no_checkpoint(running: Running) -> None:
    running.deliver(a_read(0), a_read(1))
    running.get("/checkpoint")
    owner = running.database.engine("owner_database_url")
    with owner.begin() as connection:
        for statement in (
            "ALTER TABLE logs NO FORCE ROW LEVEL SECURITY",
            "UPDATE logs SET size = 0, edge = ''",
        ):
            connection.exec_driver_sql(statement)

    answer = running.get("/checkpoint")

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/log-went-back")


def test_a_key_that_is_gone_is_not_replaced_silently(running: Running) -> None:
    running.get("/checkpoint")
    for file in running.tools.signers.folder.glob("*.pem"):  # type: ignore[attr-defined]  # the signers that keep files
        file.unlink()

    answer = running.get("/checkpoint")

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/key-out-of-place")


def test_the_statement_is_to_be_had_as_numbers_and_as_words(running: Running) -> None:
    fill(running, 3)

    numbers = running.json("/cases/case-1/statement?language=da")
    words = running.get("/cases/case-1/statement", Accept="text/plain")

    assert numbers["text"].startswith("Sådan blev maskinstøtte brugt i sagen")
    assert (numbers["entries"], numbers["log_size"], numbers["decided_at"]) == ([1], 3, None)
    assert words.text.startswith("Så användes maskinstöd i ärendet")
    assert words.headers["content-language"] == "sv"


def test_whoever_reads_a_statement_stands_in_the_log(running: Running) -> None:
    fill(running, 3)
    running.get("/cases/case-1/statement")
    running.settle()

    last = running.json("/entries")["items"][-1]

    assert (last["type"], last["case_id"]) == ("underlag.audit.v1.CaseContentRead", "case-1")
    assert last["subject"] == "statement:case-1"
