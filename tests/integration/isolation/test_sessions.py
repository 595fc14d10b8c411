# SPDX-License-Identifier: EUPL-1.2
"""What one session can learn of others, and what a pooled connection carries from one municipality to the next."""

from __future__ import annotations

import asyncio
import gc
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from kernel.identity import TenantId
from kernel.store import Transactions, engine_of
from tests.integration.isolation.attacks import attack
from tests.integration.isolation.conftest import BERGVIK, EKHAMRA, Deployed, act_as

SETTING = text("SELECT current_setting('app.tenant', true)")
SEEN = text("SELECT tenant_id FROM inbox")
TENANTS = (EKHAMRA, BERGVIK)


@pytest.fixture
def engine(deployed_of: Callable[[str], Deployed]) -> Iterator[Engine]:
    """Two connections at most at rest, four in all, so that every thread soon meets another one's."""
    made = engine_of(deployed_of("drafting").settings["database_url"], pool_size=2)
    yield made
    made.dispose()


def test_statistics_of_the_planner_show_no_value(deployed: Deployed) -> None:
    with attack("Statistics and other sessions") as tries:
        with deployed.connect("owner") as owner:
            owner.execute("ANALYZE")
        with deployed.connect() as connection:
            for tenant in (None, EKHAMRA):
                with connection.transaction(force_rollback=True):
                    act_as(connection, tenant)
                    for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
                        shown = f"SELECT count(*) FROM {view} WHERE schemaname = 'public' AND tablename <> %s"  # noqa: S608
                        assert connection.execute(shown.encode(), ("alembic_version",)).fetchone() == (0,)
                        tries.tried()
                for table in ("pg_statistic", "pg_statistic_ext_data"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(f"SELECT * FROM {table}".encode())  # noqa: S608 — our own names
                    tries.tried()


def test_another_sessions_statements_show_no_value(deployed: Deployed) -> None:
    """Other roles' are hidden; the own role's other sessions show statements, whose values are sent beside them."""
    value = "what-somebody-said"
    with attack("Statistics and other sessions") as tries:
        made = engine_of(deployed.settings["database_url"], pool_size=1)
        with Transactions(made, "test")(EKHAMRA) as work, deployed.connect() as own, deployed.connect("relay") as other:
            work.connection.execute(text("SELECT tenant_id FROM inbox WHERE event_id = :value"), {"value": value})
            for looking in (own, other):
                rows = looking.execute("SELECT usename, query, application_name FROM pg_stat_activity").fetchall()
                assert value not in str(rows)
                role = looking.info.user
                hidden = {query for user, query, _ in rows if user and user != role}
                assert hidden <= {"<insufficient privilege>"}
                tries.tried(len(rows))
        made.dispose()


def test_a_session_of_another_role_cannot_be_ended_or_cancelled(deployed: Deployed) -> None:
    with attack("Statistics and other sessions") as tries, deployed.connect("owner") as owner:
        process = owner.info.backend_pid
        with deployed.connect() as connection:
            for function in ("pg_cancel_backend", "pg_terminate_backend"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT {function}({process})".encode())
                tries.tried()


def test_a_statement_prepared_for_one_tenant_shows_the_next_ones_rows(engine: Engine) -> None:
    """Psycopg prepares a statement at its fifth run and keeps it with the connection."""
    transactions = Transactions(engine, "test")
    with attack("Prepared statements under another tenant") as tries:
        for number in range(60):
            tenant = TENANTS[number % 2]
            with transactions(tenant) as work:
                assert set(work.connection.execute(SEEN).scalars()) == {tenant}
                prepared = work.connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar()
            tries.tried()
        assert prepared, "without a prepared statement this shows nothing"


def test_a_plan_made_for_one_tenant_shows_the_next_ones_rows(deployed: Deployed) -> None:
    with attack("Prepared statements under another tenant") as tries, deployed.connect() as connection:
        for plan in ("force_generic_plan", "force_custom_plan"):
            connection.execute(f"SET plan_cache_mode = {plan}".encode())
            for table in deployed.tables:
                connection.execute(f'PREPARE kept AS SELECT tenant_id FROM "{table}"'.encode())  # noqa: S608 — our own names
                for tenant in (*TENANTS, *TENANTS):
                    with connection.transaction():
                        act_as(connection, tenant)
                        assert set(connection.execute("EXECUTE kept").fetchall()) == {(tenant,)}
                    tries.tried()
                assert connection.execute("EXECUTE kept").fetchall() == []
                connection.execute("DEALLOCATE kept")


def ends_well(_work: Any) -> None:
    """Commit."""


def raises(_work: Any) -> None:
    raise ZeroDivisionError


def fails_in_the_database(work: Any) -> None:
    work.connection.execute(text("SELECT 1 / 0"))


def runs_out_of_time(work: Any) -> None:
    work.connection.execute(text("SET LOCAL statement_timeout = 5"))
    work.connection.execute(text("SELECT pg_sleep(2)"))


def is_cancelled(work: Any) -> None:
    driver = work.connection.connection.driver_connection
    timer = threading.Timer(0.02, driver.cancel_safe)
    timer.start()
    try:
        work.connection.execute(text("SELECT pg_sleep(2)"))
    finally:
        timer.join()


def loses_its_connection(work: Any) -> None:
    work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def rolls_back_in_the_middle(work: Any) -> None:
    with suppress(DBAPIError), work.connection.begin_nested():
        work.connection.execute(text("SELECT set_config('app.tenant', 'vestby', true)"))
        work.connection.execute(text("SELECT 1 / 0"))
    assert set(work.connection.execute(SEEN).scalars()) == {work.tenant_id}


def leaves_a_cursor_open(work: Any) -> None:
    work.connection.execution_options(stream_results=True).execute(SEEN)


ENDS = (
    ends_well,
    raises,
    fails_in_the_database,
    runs_out_of_time,
    is_cancelled,
    loses_its_connection,
    rolls_back_in_the_middle,
    leaves_a_cursor_open,
)


def carries_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(SETTING).scalar() in (None, "")
        assert connection.execute(SEEN).all() == []
        assert connection.execute(text("SELECT count(*) FROM pg_cursors WHERE is_holdable")).scalar() == 0


@pytest.mark.parametrize("end", ENDS, ids=lambda each: each.__name__)
def test_after_any_end_the_connection_is_nobodys(engine: Engine, end: Callable[[Any], None]) -> None:
    with attack("Pooled connections after every kind of end") as tries:
        for tenant in TENANTS:
            with suppress(ZeroDivisionError, DBAPIError), Transactions(engine, "test")(tenant) as work:
                end(work)
            carries_nothing(engine)
            tries.tried()


def test_threads_that_share_a_pool_never_meet_each_others_rows(engine: Engine) -> None:
    transactions = Transactions(engine, "test")

    def hammer(seed: int) -> int:
        chance = random.Random(seed)
        for _ in range(40):
            tenant = chance.choice(TENANTS)
            with suppress(ZeroDivisionError, DBAPIError), transactions(tenant) as work:
                assert set(work.connection.execute(SEEN).scalars()) == {tenant}
                chance.choice(ENDS)(work)
            carries_nothing(engine)
        return 40

    with attack("Pooled connections after every kind of end") as tries, ThreadPoolExecutor(8) as pool:
        tries.tried(sum(pool.map(hammer, range(8))))


def test_a_generator_that_nobody_ends_leaves_nothing_behind(engine: Engine) -> None:
    transactions = Transactions(engine, "test")

    def read(tenant: TenantId) -> Iterator[str]:
        with transactions(tenant) as work:
            yield from work.connection.execute(SEEN).scalars()

    with attack("Pooled connections after every kind of end") as tries:
        for tenant in TENANTS:
            left = read(tenant)
            assert next(left) == tenant
            del left
            gc.collect()
            carries_nothing(engine)
            tries.tried()


def test_an_async_generator_that_nobody_ends_leaves_nothing_behind(engine: Engine) -> None:
    transactions = Transactions(engine, "test")

    async def read(tenant: TenantId) -> AsyncIterator[str]:
        with transactions(tenant) as work:
            for each in work.connection.execute(SEEN).scalars():
                yield each
                await asyncio.sleep(0)

    async def leave(tenant: TenantId) -> None:
        left = read(tenant)
        assert await anext(left) == tenant
        del left
        gc.collect()
        await asyncio.sleep(0.01)

    with attack("Pooled connections after every kind of end") as tries:
        for tenant in TENANTS:
            asyncio.run(leave(tenant))
            carries_nothing(engine)
            tries.tried()
