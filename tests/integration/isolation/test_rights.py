# SPDX-License-Identifier: EUPL-1.2
"""What each of a service's roles may do, by the catalogue and by a list; and what it tries in vain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from tests.integration.isolation.attacks import attack
from tests.integration.isolation.conftest import EKHAMRA, SERVICES, Deployed, act_as

RUNNING = ("", "relay", "dispatch")
# Written once, never changed: what an auditor, a court or a digest leans on.
APPEND_ONLY = {
    "audit": {"entries", "tiles", "log_keys"},
    "forecasting": {"uploads", "reports", "forecast_requests", "forecasts"},
    "retrieval": {"digest_keys"},
}
RELAY = {
    "outbox": {"SELECT", "DELETE", "UPDATE(attempts)", "UPDATE(next_attempt_at)"},
}
CLAIMED = ("attempts", "lease", "leased_until", "losses", "progress", "run_at", "state")
DISPATCH = {
    "jobs": {"SELECT", *(f"UPDATE({each})" for each in CLAIMED)},
    "shares": {"SELECT", "INSERT", "UPDATE(last_turn)", "UPDATE(next_turn)"},
}
WHOLE_TABLES = """
    SELECT c.relname, a.privilege_type FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee IN (0, %s::regrole)
"""
COLUMNS = """
    SELECT c.relname, a.privilege_type || '(' || t.attname || ')'
    FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid, aclexplode(t.attacl) a
    WHERE c.relnamespace = 'public'::regnamespace AND a.grantee IN (0, %s::regrole)
"""
MEMBERSHIPS = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole"
POWERS = """
    SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE oid = %s::regrole
"""


def role(deployed: Deployed, kind: str) -> str:
    name = deployed.service.name
    return f"{name}_{kind}" if kind else name


def rights(deployed: Deployed, kind: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with deployed.connect("owner") as connection:
        for statement in (WHOLE_TABLES, COLUMNS):
            for table, right in connection.execute(statement.encode(), (role(deployed, kind),)):
                found.setdefault(table, set()).add(right)
    return found


def promised(deployed: Deployed, kind: str) -> dict[str, set[str]]:
    if kind:
        return {"relay": RELAY, "dispatch": DISPATCH}[kind]
    kept = APPEND_ONLY.get(deployed.service.name, set())
    change = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    return {each: {"SELECT", "INSERT"} if each in kept else change for each in deployed.tables}


@pytest.mark.parametrize("kind", RUNNING)
def test_a_role_has_the_rights_on_the_list_and_no_other(deployed: Deployed, kind: str) -> None:
    with attack("Rights of the four roles") as tries:
        tries.tried(len(deployed.tables))
        assert rights(deployed, kind) == promised(deployed, kind)


@pytest.mark.parametrize("kind", [*RUNNING, "owner"])
def test_no_role_has_a_power_or_a_membership(deployed: Deployed, kind: str) -> None:
    with attack("Rights of the four roles") as tries, deployed.connect(kind) as connection:
        assert connection.execute(MEMBERSHIPS, (role(deployed, kind),)).fetchall() == []
        powers = connection.execute(POWERS, (role(deployed, kind),)).fetchone()
        assert powers is not None
        assert not any(powers)
        tries.tried(2)


@pytest.mark.parametrize("kind", RUNNING)
def test_no_running_role_may_make_anything_in_its_database(deployed: Deployed, kind: str) -> None:
    asked = """
        SELECT has_schema_privilege('public', 'CREATE'), has_database_privilege(current_database(), 'CREATE'),
               has_database_privilege(current_database(), 'TEMP'),
               (SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user),
               (SELECT count(*) FROM pg_proc WHERE pg_get_userbyid(proowner) = current_user),
               (SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace)
    """
    with attack("Rights of the four roles") as tries, deployed.connect(kind) as connection:
        assert connection.execute(asked.encode()).fetchone() == (False, False, False, 0, 0, 0)
        tries.tried(6)


@pytest.mark.parametrize("kind", ["relay", "dispatch"])
def test_a_role_over_all_tenants_is_refused_whatever_is_not_its_own(deployed: Deployed, kind: str) -> None:
    own = promised(deployed, kind)
    with attack("Rights of the four roles") as tries, deployed.connect(kind) as connection:
        for tenant in (None, EKHAMRA):
            for table in deployed.tables:
                with refused(connection) if table not in own else undone(connection):
                    act_as(connection, tenant)
                    connection.execute(f'SELECT * FROM "{table}"'.encode())  # noqa: S608 — our own names
                inserting = f"INSERT INTO \"{table}\" (tenant_id) VALUES ('ekhamra')"  # noqa: S608 — our own names
                for statement in (
                    *(() if "INSERT" in own.get(table, ()) else (inserting,)),
                    f"UPDATE \"{table}\" SET tenant_id = 'ekhamra'",  # noqa: S608 — our own names
                    f'TRUNCATE "{table}"',
                ):
                    with refused(connection):
                        act_as(connection, tenant)
                        connection.execute(statement.encode())
                    tries.tried()


REFUSED = (
    errors.InsufficientPrivilege,
    errors.UndefinedFunction,
    errors.UndefinedObject,
    errors.FeatureNotSupported,
    errors.InvalidParameterValue,
    errors.CantChangeRuntimeParam,
    errors.ActiveSqlTransaction,  # asked before the right is; no running role is in a state to go on
)


@contextmanager
def undone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with connection.transaction(force_rollback=True):
        yield


@contextmanager
def refused(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with pytest.raises(REFUSED), connection.transaction(force_rollback=True):
        yield


LIFTING = (
    'SET ROLE "{service}_owner"',
    "SET ROLE postgres",
    'SET ROLE "{other}"',
    "SET SESSION AUTHORIZATION postgres",
    'SET SESSION AUTHORIZATION "{service}_owner"',
    'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
    'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
    'ALTER TABLE "{table}" OWNER TO "{role}"',
    'ALTER TABLE "{table}" DISABLE TRIGGER ALL',
    'DROP POLICY own_tenant ON "{table}"',
    'ALTER POLICY own_tenant ON "{table}" USING (true)',
    'CREATE POLICY mine ON "{table}" USING (true)',
    'CREATE RULE mine AS ON SELECT TO "{table}" DO INSTEAD SELECT 1',
    'CREATE TRIGGER mine BEFORE INSERT ON "{table}" EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'CREATE INDEX mine ON "{table}" (tenant_id)',
    'CREATE STATISTICS mine ON tenant_id, ctid FROM "{table}"',
    'CREATE VIEW public.mine AS SELECT * FROM "{table}"',
    'CREATE MATERIALIZED VIEW public.mine AS SELECT * FROM "{table}"',
    'CREATE TABLE public.mine AS SELECT * FROM "{table}"',
    "CREATE TABLE public.mine (tenant_id text)",
    'CREATE TABLE public.mine () INHERITS ("{table}")',
    "CREATE TEMP TABLE mine (tenant_id text)",
    "CREATE TEMP VIEW mine AS SELECT 1",
    "CREATE SCHEMA mine",
    'CREATE SCHEMA "{role}"',
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT ''bergvik'''",
    "CREATE OPERATOR public.= (leftarg = text, rightarg = text, function = textne)",
    "CREATE CAST (text AS integer) WITH INOUT AS IMPLICIT",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION postgres_fdw",
    "CREATE EXTENSION file_fdw",
    "CREATE LANGUAGE plpython3u",
    "CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw",
    "CREATE PUBLICATION mine FOR ALL TABLES",
    "CREATE SUBSCRIPTION mine CONNECTION 'dbname=postgres' PUBLICATION mine WITH (connect = false)",
    "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
    "CREATE ROLE mine",
    'ALTER ROLE "{role}" BYPASSRLS',
    'ALTER ROLE "{role}" SUPERUSER',
    "ALTER ROLE \"{role}\" SET app.tenant = 'bergvik'",
    "ALTER DATABASE \"{database}\" SET app.tenant = 'bergvik'",
    "ALTER SYSTEM SET app.tenant = 'bergvik'",
    "SET session_replication_role = replica",
    "SET session_preload_libraries = 'auto_explain'",
    "LOAD '/tmp/mine.so'",
    'GRANT "{service}_owner" TO "{role}"',
    "LOCK TABLE pg_authid IN ACCESS SHARE MODE",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_user_mapping",
    "UPDATE pg_class SET relrowsecurity = false",
    "DELETE FROM pg_policy",
    "SELECT * FROM alembic_version",
)


@pytest.mark.parametrize("kind", RUNNING)
def test_no_statement_lifts_the_policies_or_makes_something_to_step_on(deployed: Deployed, kind: str) -> None:
    other = role(deployed, next(each for each in ("relay", "dispatch") if each != kind))
    named = {"service": deployed.service.name, "role": role(deployed, kind), "other": other, "database": deployed.name}
    with attack("Statements that would lift the policies") as tries, deployed.connect(kind) as connection:
        for statement in LIFTING:
            with pytest.raises(REFUSED):
                run_and_undo(connection, statement.format(table="outbox", **named))
            tries.tried()


def test_a_right_is_passed_on_to_nobody(deployed: Deployed) -> None:
    """PostgreSQL answers with a warning that nothing was granted."""
    with attack("Statements that would lift the policies") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            connection.execute(f'GRANT ALL ON "{table}" TO PUBLIC'.encode())
            tries.tried()
    assert rights(deployed, "") == promised(deployed, "")
    assert rights(deployed, "relay") == promised(deployed, "relay")


def run_and_undo(connection: psycopg.Connection[Any], statement: str) -> None:
    """Fails with the statement in its words when it went through."""
    with connection.transaction(force_rollback=True):
        connection.execute(statement.encode())
        raise AssertionError(f"went through: {statement}")


def test_switching_row_security_off_makes_queries_fail_and_shows_nothing(deployed: Deployed) -> None:
    with attack("Statements that would lift the policies") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            with pytest.raises(errors.InsufficientPrivilege), connection.transaction(force_rollback=True):
                act_as(connection, EKHAMRA)
                connection.execute("SET LOCAL row_security = off")
                connection.execute(f'SELECT * FROM "{table}"'.encode())  # noqa: S608 — our own names
            tries.tried()


OUTSIDE = (
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY outbox FROM PROGRAM 'cat /etc/passwd'",
    "COPY (SELECT 1) TO '{folder}/mine'",
    "COPY outbox FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_ls_waldir()",
    "SELECT pg_ls_logdir()",
    "SELECT pg_stat_file('/etc/passwd')",
    "SELECT pg_current_logfile()",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '{folder}/mine')",
    "SELECT dblink('dbname=postgres', 'SELECT 1')",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "SELECT pg_backup_start('mine')",
    "SELECT pg_promote()",
    "SHOW hba_file",
)


@pytest.mark.parametrize("kind", RUNNING)
def test_no_statement_reaches_a_file_a_program_or_the_server(deployed: Deployed, kind: str, tmp_path: Path) -> None:
    with attack("Files, programs and other databases") as tries, deployed.connect(kind) as connection:
        for statement in OUTSIDE:
            with pytest.raises(REFUSED):
                run_and_undo(connection, statement.format(folder=tmp_path))
            tries.tried()


@pytest.mark.parametrize("kind", [*RUNNING, "owner"])
def test_no_role_comes_into_another_database(deployed: Deployed, kind: str, deployed_of: Any) -> None:
    with attack("Files, programs and other databases") as tries:
        others = [deployed_of(each).name for each in SERVICES if each != deployed.service.name]
        for other in (*others, "postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                deployed.connect(kind, other).close()
            tries.tried()
