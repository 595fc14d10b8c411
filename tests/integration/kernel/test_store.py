# SPDX-License-Identifier: EUPL-1.2
"""Connections to the database: kept, never too many, and replaced when the server has ended them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, text

from deploy.servers.postgres import PostgresServer
from kernel.store import engine_of
from tests.background import wait_until
from tests.conftest import Database

PID = text("SELECT pg_backend_pid()")


@pytest.fixture
def small(database: Callable[[str], Database]) -> Engine:
    own = database("audit")
    own.engines.append(engine_of(own.settings["database_url"], pool_size=2))
    return own.engines[-1]


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(PID).scalar_one())


def test_a_connection_is_used_again(small: Engine) -> None:
    assert backend(small) == backend(small)


def test_a_connection_that_the_server_has_ended_is_replaced_before_anybody_notices(
    small: Engine, postgres: PostgresServer
) -> None:
    former = backend(small)
    with psycopg.connect(postgres.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [former])
        gone = "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = %s"
        wait_until(lambda: bool(admin.execute(gone, [former]).fetchall()[0][0]))

    assert backend(small) != former


def test_no_more_connections_are_made_than_the_pool_holds(small: Engine) -> None:
    def held(_number: int) -> int:
        with small.connect() as connection:
            connection.execute(text("SELECT pg_sleep(0.05)"))
            return int(connection.execute(PID).scalar_one())

    with ThreadPoolExecutor(8) as callers:
        assert len(set(callers.map(held, range(16)))) <= 2
