# SPDX-License-Identifier: EUPL-1.2
"""A real PostgreSQL for the whole run, and for each test that asks a database of its own, migrated and empty."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from deploy.databases import database_settings
from deploy.servers.postgres import PostgresServer, running_postgres
from kernel.identity import new_id
from kernel.migration import ROLES, migrate, prepare_database
from kernel.service import Service
from kernel.store import Transactions, engine_of
from kernel.telemetry import start_logging

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[1]
MUNICIPALITIES = ROOT / "embedded" / "municipalities"
PASSWORDS = {kind: f"only-for-tests-{kind or 'service'}" for kind in ROLES}


@pytest.fixture(scope="session", autouse=True)
def _logging() -> None:
    """As in every process of the platform. Unset, each exception would be drawn with all variables, for a second."""
    start_logging()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server that all tests of this process share. Its data is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="underlag-tests-") as folder:
        Path(folder).chmod(0o755)
        with running_postgres(
            Path(folder) / "postgres", fsync="off", full_page_writes="off", autovacuum="off"
        ) as server:
            yield server


@dataclass
class Database:
    """One service's database: addresses by setting, and engines that are closed when the test ends."""

    service: Service
    settings: dict[str, str]
    engines: list[Engine]

    def engine(self, setting: str = "database_url") -> Engine:
        made = engine_of(self.settings[setting], pool_size=10)
        self.engines.append(made)
        return made

    @property
    def transactions(self) -> Transactions:
        return Transactions(self.engine(), self.service.name)


# What a test may have changed about a database beside its rows.
SHAPE = """
    SELECT md5(string_agg(each, ',' ORDER BY each)) FROM (
        SELECT relname || relkind::text || relnatts || relhastriggers || relrowsecurity || relforcerowsecurity
            || relowner || coalesce(relacl::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT tablename || policyname || roles::text || cmd || coalesce(qual, '') || coalesce(with_check, '')
            FROM pg_policies
        UNION ALL SELECT proname || proowner || coalesce(proacl::text, '') FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT version_num FROM alembic_version
    ) AS found (each)
"""
# Few rows are deleted; of many, nothing is to be left in the indexes.
CLEAR = """
    DO $$ DECLARE each regclass; many bigint; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR each IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND relname <> 'alembic_version'
        LOOP
            EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT 500) AS first', each) INTO many;
            IF many = 500 THEN EXECUTE format('TRUNCATE %s CASCADE', each);
            ELSIF many > 0 THEN EXECUTE format('DELETE FROM %s', each); END IF;
        END LOOP;
        PERFORM setval(oid::regclass, 1, false) FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
    END $$
"""


@dataclass
class Shelf:
    """Databases that tests have done with, empty again. To make one takes longer than most tests."""

    server: PostgresServer
    templates: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)
    idle: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def take(self, name: str) -> str:
        if name not in self.templates:
            service: Service = importlib.import_module(f"services.{name}.service").SERVICE
            self.templates[name] = _migrated(self.server, service)
        if self.idle[name]:
            return self.idle[name].pop()
        own = f"{name}_{new_id().replace('-', '')}"
        with self._administrator("postgres") as admin:
            admin.execute(f'CREATE DATABASE "{own}" TEMPLATE "{self.templates[name]}" OWNER "{name}_owner"'.encode())
        if name not in self.shapes:
            self.shapes[name] = self._shape(own)
        return own

    def put_back(self, name: str, own: str) -> None:
        """What a test has changed the shape of is dropped."""
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        if self._shape(own) == self.shapes[name]:
            with self._administrator(own) as admin:
                admin.execute(ended, [own])
                admin.execute(CLEAR)
            self.idle[name].append(own)
            return
        with self._administrator("postgres") as admin:
            admin.execute(f'DROP DATABASE "{own}" WITH (FORCE)'.encode())

    def _shape(self, database: str) -> str:
        with self._administrator(database) as admin:
            return str(admin.execute(SHAPE).fetchall()[0][0])

    def _administrator(self, database: str) -> psycopg.Connection[Any]:
        address = self.server.admin_url.replace("+psycopg", "").rpartition("/")[0]
        return psycopg.connect(f"{address}/{database}", autocommit=True)


@pytest.fixture(scope="session")
def _shelf(postgres: PostgresServer) -> Shelf:
    return Shelf(postgres)


@pytest.fixture
def database(_shelf: Shelf) -> Iterator[Callable[[str], Database]]:
    """`database("drafting")` gives a migrated, empty database for that service, this test's own."""
    made: list[tuple[str, str, Database]] = []

    def make(name: str) -> Database:
        service: Service = importlib.import_module(f"services.{name}.service").SERVICE
        own = _shelf.take(name)
        found = Database(service, database_settings(_shelf.server, name, PASSWORDS, own), [])
        made.append((name, own, found))
        return found

    yield make
    for name, own, each in made:
        for engine in each.engines:
            engine.dispose()
        _shelf.put_back(name, own)


def _migrated(postgres: PostgresServer, service: Service) -> str:
    template = f"{service.name}_template"
    prepare_database(postgres.admin_url, service.name, PASSWORDS, template)
    settings = database_settings(postgres, service.name, PASSWORDS, template)
    migrate(settings["owner_database_url"], service.name, service.migrations)
    return template


@pytest.fixture
def shared_data() -> Any:
    """The folder of real input that may not be copied into the project; skipped loudly where it is not there."""
    folder = Path(os.environ.get("UNDERLAG_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.exists():
        pytest.skip(f"no folder {folder.name} with real input (UNDERLAG_SHARED_DATA)")
    return folder
