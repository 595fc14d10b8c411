# SPDX-License-Identifier: EUPL-1.2
"""Who may do what with a case, and what the audit log hears of it."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, select, text

from contracts.audit.v1 import CaseContentRead
from kernel.events import event_type
from kernel.identity import Role, TenantId
from kernel.store import outbox
from services.drafting.store import tables
from tests.integration.drafting.conftest import Bench, a_new_case

READS = ("", "/sources", "/sections/d6", "/document")
WRITES = {
    "/scope": {"verdict": "outside", "reason": "Fel nämnd."},
    "/sources": {"note": {"text": "Ringde.", "author": "Maja", "noted_at": "2026-10-20T09:00:00Z"}},
    "/sections/d6/proposal": None,
    "/sections/d6/approval": {"as_empty": True},
    "/sections/d6/sentences/x/resolution": {"reason": "Läst."},
    "/manual-handling": {"reason": "Svår avvägning."},
    "/review": None,
    "/communication": {"communicated_at": "2026-11-02T09:00:00Z", "how": "letter", "reply_by": "2026-11-16"},
    "/decision": {"outcomes": [], "decided_by": "Nämnden", "decided_at": "2026-11-19T09:00:00Z"},
    "/replay": None,
}


def test_another_municipality_finds_nothing(bench: Bench) -> None:
    path, stranger = bench.open_case(), bench.sign_in(tenant="bergvik")

    answers = [stranger.get(f"{path}{each}") for each in READS]
    answers += [stranger.post(f"{path}{each}", body) for each, body in WRITES.items()]
    answers.append(stranger.put(f"{path}/sections/d6", {"sentences": []}, if_match="*"))

    assert {each.status_code for each in answers} == {404}
    assert stranger.get("/cases").json()["items"] == []


@pytest.mark.parametrize("role", [Role.STAFF, Role.MANAGER, Role.AUDITOR, Role.OPERATOR, Role.SERVICE])
def test_case_text_is_the_caseworkers(bench: Bench, role: Role) -> None:
    path, other = bench.open_case(), bench.sign_in(role)

    answers = [other.get(f"{path}{each}") for each in READS]
    answers += [other.post(f"{path}{each}", body) for each, body in WRITES.items()]
    answers += [other.post("/cases", a_new_case()), other.get("/cases")]

    assert {each.status_code for each in answers} == {403}
    assert "AccessDenied" in bench.announced()


def test_a_machine_of_the_municipalitys_opens_brings_and_fetches_and_no_more(bench: Bench) -> None:
    machine = bench.sign_in(Role.INTEGRATOR)
    bench.approve_transcript()

    opened = machine.post("/cases", a_new_case())
    path = f"/cases/{opened.json()['id']}"

    assert opened.status_code == 201
    assert machine.post(f"{path}/sources", {"transcript_id": "t1"}).status_code == 201
    assert machine.get(f"{path}/document", accept="application/json").status_code == 200
    assert machine.post(f"{path}/sections/d6/proposal").status_code == 403
    assert machine.get(f"{path}/sections/d6").status_code == 403


def test_every_reading_of_case_content_is_told_to_the_audit_log(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    bench.propose(path, "d6")
    before = bench.announced().count("CaseContentRead")

    for each in ("", "/sections/d6", "/document"):
        maja.get(f"{path}{each}")

    assert bench.announced().count("CaseContentRead") == before + 3


def test_a_reading_names_reader_case_and_what_was_read(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    maja.get(path)

    with bench.tools.transaction(TenantId("ekhamra")) as work:
        kind = event_type(CaseContentRead)
        query = select(outbox.c.data).where(outbox.c.tenant_id == "ekhamra", outbox.c.type == kind)
        read = CaseContentRead.FromString(work.connection.execute(query).scalars().all()[-1])

    case_id = path.rpartition("/")[2]
    assert (read.case_id, read.actor_id, read.subject) == (case_id, "caseworker@ekhamra", f"case:{case_id}")


def test_no_text_of_a_case_leaves_with_its_events(bench: Bench) -> None:
    maja, path = bench.sign_in(), bench.open_case()
    bench.propose(path, "d6")
    maja.put(f"{path}/sections/d6", {"sentences": [{"text": "Aina har en hund."}]}, if_match="*")
    maja.post(f"{path}/manual-handling", {"requested_support": "snoskottning", "reason": "Väntat avslag."})
    maja.get(f"{path}/document", accept="text/markdown")

    with bench.tools.transaction(TenantId("ekhamra")) as work:
        query = select(outbox.c.data).where(outbox.c.tenant_id == "ekhamra")
        sent = b"".join(bytes(each) for each in work.connection.execute(query).scalars()).decode("latin-1").lower()

    for word in ("aina", "dammsuga", "hund", "snoskottning", "avslag", "hemtj"):
        assert word not in sent


def test_the_database_itself_keeps_municipalities_apart(bench: Bench) -> None:
    """Row-level security holds even for a query that forgets to name the tenant."""
    bench.propose(bench.open_case(), "d6")

    with bench.tools.transaction(TenantId("bergvik")) as work:
        counts = {
            table.name: work.connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar()  # noqa: S608
            for table in tables.sorted_tables
        }

    assert set(counts.values()) == {0}


def test_the_tables_are_those_that_the_migration_makes(bench: Bench) -> None:
    with bench.tools.transaction(TenantId("ekhamra")) as work:
        seen = inspect(work.connection)
        for table in tables.sorted_tables:
            columns = {each["name"]: each["nullable"] for each in seen.get_columns(table.name)}
            assert columns == {each.name: bool(each.nullable) for each in table.columns}
            assert seen.get_pk_constraint(table.name)["constrained_columns"] == [
                each.name for each in table.primary_key
            ]
