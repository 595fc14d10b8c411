# SPDX-License-Identifier: EUPL-1.2
"""A database of an earlier version is brought forward with its jobs, and ends up as one that is made today."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from kernel.migration import migrate
from tests.conftest import Database
from tests.integration.kernel.bench import Bench

SHAPE = """
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'column', table_name || '.' || column_name, data_type || is_nullable
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'policy', tablename || '.' || policyname, roles::text || cmd || qual || coalesce(with_check, '')
        FROM pg_policies
    UNION ALL SELECT 'right', relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'version', version_num, '' FROM alembic_version
"""
# What the first version of the kernel had, and had not.
BACK_TO_THE_FIRST = """
    DROP TABLE shares;
    DROP INDEX jobs_in_line, jobs_leased;
    CREATE INDEX jobs_to_do ON jobs (state, run_at) WHERE state IN ('waiting', 'running');
    ALTER TABLE outbox DROP CONSTRAINT outbox_event, ADD UNIQUE (id);
    ALTER POLICY own_tenant ON outbox USING (tenant_id = current_setting('app.tenant', true));
    UPDATE alembic_version SET version_num = '0001' WHERE version_num = 'kernel_0002';
"""


def shape(database: Database) -> set[Any]:
    with create_engine(database.settings["owner_database_url"], poolclass=NullPool).connect() as connection:
        return {tuple(row) for row in connection.execute(text(SHAPE))}


def test_a_database_of_the_first_version_is_brought_forward_with_its_jobs(own: Database) -> None:
    today, owner_url = shape(own), own.settings["owner_database_url"]
    bench = Bench(own)
    bench.ask("a")
    with create_engine(owner_url, poolclass=NullPool).begin() as connection:
        connection.execute(text(BACK_TO_THE_FIRST))
    assert shape(own) != today

    migrate(owner_url, "audit", own.service.migrations)

    assert shape(own) == today
    assert bench.worker().run_next()
    assert bench.state("a") == "done"


def test_migrating_again_changes_nothing(database: Callable[[str], Database]) -> None:
    own = database("audit")
    before = shape(own)

    migrate(own.settings["owner_database_url"], "audit", own.service.migrations)

    assert shape(own) == before
