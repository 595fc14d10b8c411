# SPDX-License-Identifier: EUPL-1.2
"""Row-level security on the tables of every service, in a real database: the lock that holds when a query forgets.

tests/architecture/test_tenant_in_every_query.py reads the other lock, in the code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from kernel.identity import TenantId, new_id
from kernel.migration import ROLES, role_name
from tests.conftest import ROOT, Database

SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/service.py"))
EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
# Alembic's own: one revision and no tenant's row. No role but the owner may read it.
NO_TENANT = {"alembic_version"}
# The two roles that look across tenants, and the tables that each may see. A share is two numbers and holds no content.
ACROSS_TENANTS = {"relay": {"outbox"}, "dispatch": {"jobs", "shares"}}
TABLES = """
    SELECT relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) AS owner
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
"""
READABLE = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
    AND (has_table_privilege(:role, oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
         OR has_any_column_privilege(:role, oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
"""


@pytest.fixture(params=SERVICES)
def migrated(request: pytest.FixtureRequest, database: Callable[[str], Database]) -> Database:
    made: Database = database(request.param)
    return made


def asked(database: Database, question: str, setting: str = "database_url", **values: Any) -> list[Any]:
    """The rows that one role sees, over a connection of its own on which no tenant was ever set."""
    engine = create_engine(database.settings[setting], poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(text(question), values))


def tenants_seen(connection: Connection, table: str) -> set[str]:
    return set(connection.execute(text(f'SELECT tenant_id FROM "{table}"')).scalars())  # noqa: S608 — our own table


def insert_one_job(database: Database, tenant: TenantId) -> None:
    with database.transactions(tenant) as work:
        work.enqueue("a-kind", new_id())


def test_every_table_has_row_level_security_enabled_and_forced(migrated: Database) -> None:
    tables = [each for each in asked(migrated, TABLES) if each.relname not in NO_TENANT]

    own = set(migrated.service.tables.tables)
    of_the_kernel = {"outbox", "inbox", "jobs", "shares", "dead_letters", "idempotency_keys"}
    assert {each.relname for each in tables} >= of_the_kernel | own
    assert [each.relname for each in tables if not (each.relrowsecurity and each.relforcerowsecurity)] == []


def test_every_table_has_one_policy_for_the_service_and_it_compares_the_tenant(migrated: Database) -> None:
    found = asked(migrated, "SELECT tablename, policyname, roles, cmd, permissive, qual, with_check FROM pg_policies")

    own_rows = "(tenant_id = NULLIF(current_setting('app.tenant'::text, true), ''::text))"
    for table in {each.relname for each in asked(migrated, TABLES)} - NO_TENANT:
        policies = [each for each in found if each.tablename == table and migrated.service.name in each.roles]
        assert [(each.cmd, each.qual, each.with_check) for each in policies] == [("ALL", own_rows, own_rows)], table


def test_only_the_relay_and_the_dispatcher_have_a_policy_for_every_tenant(migrated: Database) -> None:
    found = asked(migrated, "SELECT tablename, roles FROM pg_policies WHERE qual = 'true' OR with_check = 'true'")

    expected = {
        (table, role_name(migrated.service.name, kind)) for kind, tables in ACROSS_TENANTS.items() for table in tables
    }
    assert {(each.tablename, role) for each in found for role in each.roles} == expected


def test_no_policy_is_for_everybody(migrated: Database) -> None:
    assert asked(migrated, "SELECT tablename FROM pg_policies WHERE 'public' = ANY (roles)") == []


def test_no_role_is_above_row_level_security(migrated: Database) -> None:
    roles = [role_name(migrated.service.name, kind) for kind in ROLES]
    question = (
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = ANY (:r)"
    )

    found = asked(migrated, question, r=roles)

    assert {each.rolname for each in found} == set(roles)
    assert [each for each in found if any(each[1:])] == []


def test_no_role_can_become_another(migrated: Database) -> None:
    """A role that is a member of the owner's could switch the policies off."""
    roles = [role_name(migrated.service.name, kind) for kind in ROLES]

    assert asked(migrated, "SELECT * FROM pg_auth_members WHERE member = ANY (CAST(:r AS regrole[]))", r=roles) == []


def test_the_owner_owns_everything_and_the_roles_that_run_own_nothing(migrated: Database) -> None:
    owners = {each.owner for each in asked(migrated, TABLES)}
    running = [role_name(migrated.service.name, kind) for kind in ROLES if kind != "owner"]
    question = (
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = ANY (CAST(:r AS regrole[])::oid[])"
        " AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    assert owners == {role_name(migrated.service.name, "owner")}
    assert asked(migrated, question, r=running)[0][0] == 0
    assert asked(migrated, question, r=[role_name(migrated.service.name, "owner")])[0][0] > 0


def test_the_service_may_not_touch_the_record_of_migrations(migrated: Database) -> None:
    readable = {each.relname for each in asked(migrated, READABLE, role=migrated.service.name)}

    assert readable == {each.relname for each in asked(migrated, TABLES)} - NO_TENANT


@pytest.mark.parametrize("kind", ACROSS_TENANTS)
def test_a_role_across_tenants_has_rights_on_its_own_tables_alone(migrated: Database, kind: str) -> None:
    readable = {each.relname for each in asked(migrated, READABLE, role=role_name(migrated.service.name, kind))}

    assert readable == ACROSS_TENANTS[kind]


@pytest.mark.parametrize("kind", ACROSS_TENANTS)
def test_a_role_across_tenants_is_refused_every_other_table(migrated: Database, kind: str) -> None:
    for table in ACROSS_TENANTS[kind]:
        asked(migrated, f"SELECT * FROM {table}", f"{kind}_database_url")  # noqa: S608 — named above

    for each in asked(migrated, TABLES):
        if each.relname not in ACROSS_TENANTS[kind]:
            with pytest.raises(ProgrammingError, match="permission denied"):
                asked(migrated, f'SELECT * FROM "{each.relname}"', f"{kind}_database_url")  # noqa: S608 — from the catalogue


def test_the_dispatcher_sees_the_jobs_of_every_tenant(migrated: Database) -> None:
    insert_one_job(migrated, EKHAMRA)
    insert_one_job(migrated, BERGVIK)

    found = asked(migrated, "SELECT tenant_id FROM jobs", "dispatch_database_url")

    assert sorted(each.tenant_id for each in found) == [BERGVIK, EKHAMRA]


def test_a_connection_without_a_tenant_sees_no_row(migrated: Database) -> None:
    insert_one_job(migrated, EKHAMRA)

    assert asked(migrated, "SELECT * FROM jobs") == []
    with migrated.transactions(EKHAMRA) as work:
        assert tenants_seen(work.connection, "jobs") == {EKHAMRA}


def test_not_even_the_owner_sees_a_row(migrated: Database) -> None:
    insert_one_job(migrated, EKHAMRA)

    assert asked(migrated, "SELECT * FROM jobs", "owner_database_url") == []


def test_a_tenant_sees_its_own_rows_alone_in_a_query_that_names_none(migrated: Database) -> None:
    insert_one_job(migrated, EKHAMRA)
    insert_one_job(migrated, BERGVIK)

    with migrated.transactions(BERGVIK) as work:
        assert tenants_seen(work.connection, "jobs") == {BERGVIK}


def test_a_row_cannot_be_written_for_another_tenant(migrated: Database) -> None:
    statement = "INSERT INTO inbox (tenant_id, event_id) VALUES (:tenant, 'an-event')"

    with migrated.transactions(EKHAMRA) as work:
        work.connection.execute(text(statement), {"tenant": EKHAMRA})
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        migrated.transactions(EKHAMRA) as work,
    ):
        work.connection.execute(text(statement), {"tenant": BERGVIK})


def test_the_tenant_does_not_stay_on_a_pooled_connection(migrated: Database) -> None:
    transactions = migrated.transactions
    process = text("SELECT pg_backend_pid()")
    with transactions(EKHAMRA) as work:
        work.enqueue("a-kind", new_id())
        first = work.connection.execute(process).scalar()

    with transactions.engine.connect() as connection:
        assert connection.execute(process).scalar() == first, "another connection proves nothing"
        assert connection.execute(text("SELECT current_setting('app.tenant', true)")).scalar() in (None, "")
        assert tenants_seen(connection, "jobs") == set()


def test_the_tenant_does_not_stay_after_a_transaction_that_failed(migrated: Database) -> None:
    transactions = migrated.transactions
    insert_one_job(migrated, EKHAMRA)
    with pytest.raises(ZeroDivisionError), transactions(EKHAMRA) as work:
        raise ZeroDivisionError(work.tenant_id)

    with transactions.engine.connect() as connection:
        assert tenants_seen(connection, "jobs") == set()


def test_a_table_that_a_migration_forgot_to_secure_is_found(database: Callable[[str], Database]) -> None:
    audit = database("audit")
    owner = create_engine(audit.settings["owner_database_url"], poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("CREATE TABLE forgotten (tenant_id text PRIMARY KEY)"))
        connection.execute(text("GRANT SELECT (tenant_id) ON forgotten TO audit_relay"))

    with pytest.raises(AssertionError, match="forgotten"):
        test_every_table_has_row_level_security_enabled_and_forced(audit)
    with pytest.raises(AssertionError, match="forgotten"):
        test_every_table_has_one_policy_for_the_service_and_it_compares_the_tenant(audit)
    with pytest.raises(AssertionError, match="forgotten"):
        test_a_role_across_tenants_has_rights_on_its_own_tables_alone(audit, "relay")
