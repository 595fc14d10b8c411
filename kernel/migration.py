# SPDX-License-Identifier: EUPL-1.2
"""Databases, roles and tables of a service: made by an administrator once, migrated by the role that owns them.

Each service has four roles. `<service>_owner` owns the tables and migrates them; `<service>` reads and writes one
tenant's rows; `<service>_relay` sees the outbox of all tenants; `<service>_dispatch` sees their jobs, and their shares
in each queue. No role bypasses row-level security, the owner included.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from kernel.store import kernel_tables

ROLES = ("owner", "", "relay", "dispatch")
FIRST_TABLES = ("dead_letters", "idempotency_keys", "inbox", "jobs", "outbox")
MIGRATIONS = Path(__file__).parent / "migrations"
CLAIMED = "state, attempts, losses, run_at, lease, leased_until, progress"
# A connection that had a tenant once has the empty one ever after, which is nobody's.
OWN_ROWS = "tenant_id = nullif(current_setting('app.tenant', true), '')"


def role_name(service: str, kind: str) -> str:
    return f"{service}_{kind}" if kind else service


def prepare_database(admin_url: str, service: str, passwords: Mapping[str, str], database: str = "") -> None:
    """Make the service's roles and its database, with the extensions that only an administrator may add.

    `passwords` maps a role's kind ("owner", "", "relay", "dispatch") to its password. Safe to repeat.
    """
    database = database or service
    with create_engine(admin_url, isolation_level="AUTOCOMMIT", poolclass=NullPool).connect() as connection:
        for kind in ROLES:
            _make_role(connection, role_name(service, kind), passwords[kind])
        # Everybody may come into these two unless told otherwise; a service has no business there.
        connection.execute(text("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"))
        known = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database}).scalar()
        if not known:
            connection.execute(text(f'CREATE DATABASE "{database}" OWNER "{service}_owner"'))
            connection.execute(text(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC'))
            for kind in ROLES:
                connection.execute(text(f'GRANT CONNECT ON DATABASE "{database}" TO "{role_name(service, kind)}"'))
    with create_engine(
        f"{admin_url.rpartition('/')[0]}/{database}", isolation_level="AUTOCOMMIT", poolclass=NullPool
    ).connect() as inside:
        inside.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        inside.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        inside.execute(text("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
        inside.execute(text(f'GRANT USAGE, CREATE ON SCHEMA public TO "{service}_owner"'))
        for kind in ROLES[1:]:
            inside.execute(text(f'GRANT USAGE ON SCHEMA public TO "{role_name(service, kind)}"'))


def _make_role(connection: Connection, role: str, password: str) -> None:
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar()
    verb = "ALTER" if known else "CREATE"
    quoted = connection.execute(text("SELECT quote_literal(:password)"), {"password": password}).scalar()
    connection.execute(
        text(f'{verb} ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {quoted}')
    )


def migrate(owner_url: str, service: str, migrations: Path) -> None:
    """Bring the service's tables up to date, as the role that owns them. Quick when there is nothing to do.

    Two lines of migrations meet in each database: the service's own, and the kernel's for the tables that all have.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", f"{MIGRATIONS / 'versions'}{os.pathsep}{migrations}")
    engine = create_engine(owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        newest = ScriptDirectory.from_config(config).get_heads(consider_depends_on=True)
        if set(MigrationContext.configure(connection).get_current_heads()) != set(newest):
            connection.rollback()
            config.attributes.update(connection=connection, service=service)
            command.upgrade(config, "heads")
            connection.commit()


def kernel_schema(op: Any) -> None:
    """The tables that every service has had from the first, with their narrow rights. Called by a service's first
    migration; what came later is made by the kernel's own, below `kernel/migrations/versions`.
    """
    connection, service = op.get_bind(), service_of(op)
    for table in (kernel_tables.tables[name] for name in FIRST_TABLES):
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            connection.execute(CreateIndex(index))
    secure(op, *FIRST_TABLES)
    for statement in (
        f'CREATE POLICY every_tenant ON outbox TO "{service}_relay" USING (true)',
        f'GRANT SELECT, DELETE, UPDATE (attempts, next_attempt_at) ON outbox TO "{service}_relay"',
        f'CREATE POLICY every_tenant ON jobs TO "{service}_dispatch" USING (true)',
        f'GRANT SELECT, UPDATE ({CLAIMED}) ON jobs TO "{service}_dispatch"',
    ):
        connection.execute(text(statement))


def secure(op: Any, *tables: str, append_only: bool = False) -> None:
    """Force row-level security on the tables and let the service's role work on one tenant's rows.

    `append_only` grants neither UPDATE nor DELETE: what is written stays.
    """
    connection, service = op.get_bind(), service_of(op)
    rights = "SELECT, INSERT" if append_only else "SELECT, INSERT, UPDATE, DELETE"
    for table in tables:
        for statement in (
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY own_tenant ON "{table}" TO "{service}" USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})',
            f'GRANT {rights} ON "{table}" TO "{service}"',
        ):
            connection.execute(text(statement))


def service_of(op: Any) -> str:
    return str(op.get_context().config.attributes["service"])
