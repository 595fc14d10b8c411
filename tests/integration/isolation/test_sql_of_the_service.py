# SPDX-License-Identifier: EUPL-1.2
"""SQL as a service's own role: what row-level security promises in every table of every service.

Whoever can run any SQL as the role can also set any tenant; that is said in docs/reliability.md and not tested away.
What is promised: without a tenant nothing, with a tenant that tenant's rows alone, whatever the statement.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import (
    ForeignKeyViolation,
    InsufficientPrivilege,
    NotNullViolation,
    UniqueViolation,
)

from tests.integration.isolation.attacks import attack
from tests.integration.isolation.conftest import (
    BERGVIK,
    EKHAMRA,
    SEED,
    Deployed,
    act_as,
    insertion,
    seeded_row,
)

NOBODY = (
    None,
    "",
    " ",
    "*",
    "%",
    "null",
    "{ekhamra}",
    "{ekhamra,bergvik}",
    "ekhamra,bergvik",
    "ekhamra ",
    " ekhamra",
    "EKHAMRA",
    "ekhamra\n",
    "ekhamra' OR 'a'='a",
    "(SELECT 'ekhamra')",
)
# A constraint over all tenants tells whether a value is there. `position` is a counter that all tenants share.
SHARED_KEYS = {("outbox", "outbox_pkey")}


def rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    found = connection.execute(sql.SQL("SELECT tenant_id FROM {}").format(sql.Identifier(table)))
    return [row[0] for row in found]


def copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT') as out:
        return b"".join(bytes(each) for each in out)


def changed(connection: psycopg.Connection[Any], statement: str) -> list[str] | None:
    """The tenants of the rows that a statement changed; None when the role may not run such a statement."""
    try:
        with connection.transaction(force_rollback=True):
            return [row[0] for row in connection.execute(statement.encode())]
    except InsufficientPrivilege:
        return None


@pytest.mark.parametrize("is_local", [True, False])
@pytest.mark.parametrize("tenant", NOBODY)
def test_a_tenant_that_there_is_not_has_no_row(deployed: Deployed, tenant: str | None, is_local: bool) -> None:
    with attack("No tenant set, or none that there is") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            with connection.transaction(force_rollback=True):
                act_as(connection, tenant, is_local=is_local)
                assert rows(connection, table) == []
                tries.tried()


def test_without_a_tenant_nothing_is_read_changed_or_removed(deployed: Deployed) -> None:
    with attack("No tenant set, or none that there is") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            assert rows(connection, table) == []
            assert copied(connection, table) == b""
            assert not changed(connection, f'UPDATE "{table}" SET tenant_id = tenant_id RETURNING tenant_id')  # noqa: S608 — our own names
            assert not changed(connection, f'DELETE FROM "{table}" RETURNING tenant_id')  # noqa: S608 — our own names
            tries.tried(4)


@pytest.mark.parametrize("tenant", [None, ""])
def test_without_a_tenant_nothing_is_written_for_anybody(deployed: Deployed, tenant: str | None) -> None:
    """The empty tenant too: a setting that was set once and reset is the empty string."""
    with attack("No tenant set, or none that there is") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            for named in (EKHAMRA, ""):
                row = seeded_row(connection, table, named)
                with pytest.raises(InsufficientPrivilege), connection.transaction(force_rollback=True):
                    act_as(connection, tenant)
                    connection.execute(insertion(table, row), list(row.values()))
                tries.tried()


READS = (
    'SELECT tenant_id FROM "{}"',
    'SELECT tenant_id FROM ONLY "{}"',
    "SELECT tenant_id FROM \"{}\" WHERE tenant_id = 'bergvik' OR true",
    'SELECT tenant_id FROM "{}" TABLESAMPLE SYSTEM (100)',
    'SELECT a.tenant_id FROM "{0}" a FULL JOIN "{0}" b ON true',
    'WITH found AS MATERIALIZED (SELECT tenant_id FROM "{}") SELECT tenant_id FROM found',
    'SELECT (SELECT max(tenant_id) FROM "{0}") UNION SELECT min(tenant_id) FROM "{0}"',
    'SELECT (json_populate_record(NULL::"{0}", row_to_json(t))).tenant_id FROM "{0}" t',
)


def test_with_a_tenant_its_rows_alone_are_read_whatever_the_statement(deployed: Deployed) -> None:
    with attack("Reading rows of another tenant") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            with connection.transaction(force_rollback=True):
                act_as(connection, EKHAMRA)
                for statement in READS:
                    found = connection.execute(statement.format(table).encode()).fetchall()
                    assert {row[0] for row in found} == {EKHAMRA}, statement
                    tries.tried()
                assert BERGVIK.encode() not in copied(connection, table)
                tries.tried()


def test_a_condition_that_fails_on_another_tenants_row_never_meets_it(deployed: Deployed) -> None:
    """A division by zero would tell that the row is there. The policy is asked first."""
    trap = "SELECT tenant_id FROM \"{}\" WHERE 1 / (CASE WHEN tenant_id = 'bergvik' THEN 0 ELSE 1 END) = 1"
    with attack("Existence told by keys and errors") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            with connection.transaction(force_rollback=True):
                act_as(connection, EKHAMRA)
                assert connection.execute(trap.format(table).encode()).fetchall() == [(EKHAMRA,)]
                tries.tried()


def test_with_a_tenant_its_rows_alone_are_changed_or_removed(deployed: Deployed) -> None:
    with attack("Writing rows of another tenant") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            for statement in (
                f'UPDATE "{table}" SET tenant_id = tenant_id RETURNING tenant_id',  # noqa: S608 — our own names
                f"UPDATE \"{table}\" SET tenant_id = tenant_id WHERE tenant_id = 'bergvik' RETURNING tenant_id",  # noqa: S608 — our own names
                f"DELETE FROM \"{table}\" WHERE tenant_id = 'bergvik' RETURNING tenant_id",  # noqa: S608 — our own names
            ):
                with connection.transaction(force_rollback=True):
                    act_as(connection, EKHAMRA)
                    assert set(changed(connection, statement) or ()) <= {EKHAMRA}
                tries.tried()


ON_CONFLICT = ("", "ON CONFLICT DO NOTHING", "ON CONFLICT DO NOTHING RETURNING tenant_id")


def test_no_row_is_written_for_another_tenant(deployed: Deployed) -> None:
    """The refusal is the same whether the other tenant has such a row or not."""
    with attack("Writing rows of another tenant") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            for named in (BERGVIK, "vestby"):
                row = seeded_row(connection, table, named)
                for end in ON_CONFLICT:
                    with (
                        pytest.raises(InsufficientPrivilege, match="row-level security"),
                        connection.transaction(force_rollback=True),
                    ):
                        act_as(connection, EKHAMRA)
                        connection.execute(insertion(table, row, end), list(row.values()))
                    tries.tried()


def test_no_row_is_handed_to_another_tenant_by_update_or_copy(deployed: Deployed) -> None:
    with attack("Writing rows of another tenant") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            with pytest.raises(InsufficientPrivilege), connection.transaction(force_rollback=True):
                act_as(connection, EKHAMRA)
                connection.execute(f"UPDATE \"{table}\" SET tenant_id = 'bergvik'".encode())  # noqa: S608 — our own names
            row = seeded_row(connection, table, BERGVIK)
            names = ", ".join(f'"{each}"' for each in row)
            with pytest.raises(psycopg.Error) as refused, connection.transaction(force_rollback=True):
                act_as(connection, EKHAMRA)
                with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as into:
                    into.write_row(list(row.values()))
            assert not isinstance(refused.value, UniqueViolation)
            assert "row-level security" in str(refused.value)
            tries.tried(2)


def test_the_same_keys_as_another_tenants_are_free(deployed: Deployed) -> None:
    """A unique key over all tenants would tell, by refusing, that somebody else has that id."""
    unique = """
        SELECT c.relname, i.relname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_class i ON i.oid = x.indexrelid
        WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'
        AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'
                        AND a.attnum = ANY (x.indkey))
    """
    with attack("Existence told by keys and errors") as tries, deployed.connect("owner") as connection:
        tries.tried(len(deployed.tables))
        assert set(connection.execute(unique)) <= SHARED_KEYS


def test_a_row_with_all_values_of_another_tenants_is_taken(deployed: Deployed) -> None:
    with (
        attack("Existence told by keys and errors") as tries,
        deployed.connect() as connection,
        connection.transaction(force_rollback=True),
    ):
        act_as(connection, "vestby")
        for table in deployed.tables:
            row = seeded_row(connection, table, "vestby")
            connection.execute(insertion(table, row), list(row.values()))
            tries.tried()


def test_every_foreign_key_stays_within_the_tenant(deployed: Deployed) -> None:
    """One that did not would tell, by accepting, that another tenant's row is there."""
    keys = """
        SELECT conrelid::regclass::text, conname FROM pg_constraint k WHERE contype = 'f' AND NOT EXISTS (
            SELECT 1 FROM unnest(k.conkey, k.confkey) AS pair (own, other)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own AND a.attname = 'tenant_id'
            JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.other AND b.attname = 'tenant_id')
    """
    with attack("Existence told by keys and errors") as tries, deployed.connect("owner") as connection:
        tries.tried(len(deployed.tables))
        assert connection.execute(keys).fetchall() == []


CHILDREN = """
    SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""


def test_a_child_of_another_tenants_row_is_refused_as_one_of_no_row(deployed: Deployed) -> None:
    with attack("Existence told by keys and errors") as tries, deployed.connect() as connection:
        for (table,) in connection.execute(CHILDREN).fetchall():
            said = set()
            for value in (SEED, "f" * 36):
                row = {name: value if each == SEED else each for name, each in a_row(connection, table).items()}
                with pytest.raises(ForeignKeyViolation) as refused, connection.transaction(force_rollback=True):
                    act_as(connection, "vestby")
                    connection.execute(insertion(table, row), list(row.values()))
                told = f"{refused.value} {refused.value.diag.message_detail}".replace(value, "…")
                said.add(told)
                tries.tried()
            assert len(said) == 1


def a_row(connection: psycopg.Connection[Any], table: str) -> dict[str, Any]:
    return seeded_row(connection, table, "vestby")


def test_an_error_quotes_no_value_of_another_tenant(deployed: Deployed) -> None:
    with attack("Existence told by keys and errors") as tries, deployed.connect() as connection:
        for table in deployed.tables:
            with (
                pytest.raises((UniqueViolation, NotNullViolation)) as said,
                connection.transaction(force_rollback=True),
            ):
                act_as(connection, EKHAMRA)
                connection.execute(f"INSERT INTO \"{table}\" (tenant_id) VALUES ('ekhamra')".encode())  # noqa: S608 — our own names
            assert BERGVIK not in f"{said.value} {said.value.diag.message_detail}"
            tries.tried()
