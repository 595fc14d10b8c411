# SPDX-License-Identifier: EUPL-1.2
"""Databases as a deployment makes them, with one row of each of two municipalities in every table."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deploy.databases import database_settings
from deploy.servers.postgres import PostgresServer
from kernel.identity import TenantId, new_id
from kernel.migration import migrate, prepare_database
from kernel.service import Service
from tests.conftest import PASSWORDS
from tests.integration.isolation.attacks import TALLY, Where
from tests.integration.kafka.conftest import broker, kafka, new_broker

__all__ = ["broker", "kafka", "new_broker"]

SERVICES = ("transcription", "retrieval", "drafting", "forecasting", "audit")
EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
TABLES = """
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND c.relname <> 'alembic_version' ORDER BY c.oid
"""
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attidentity::text, a.attgenerated::text
    FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
# The same value in both municipalities' rows, so that only the tenant tells them apart.
SEED = "0" * 36
VALUES: dict[str, Any] = {
    "text": SEED,
    "character varying": SEED,
    "jsonb": "{}",
    "json": "{}",
    "bytea": b"0",
    "integer": 1,
    "bigint": 1,
    "smallint": 1,
    "boolean": True,
    "double precision": 1.0,
    "real": 1.0,
    "date": "2026-01-01",
    "timestamp with time zone": "2026-01-01T00:00:00Z",
    "text[]": [SEED],
    "integer[]": [1],
}
# Unique for every tenant together, so two municipalities cannot have the same value there.
OWN_VALUES = {("outbox", "id")}


@dataclass(frozen=True)
class Deployed:
    """One service's database, made as an administrator makes it for a deployment."""

    service: Service
    settings: dict[str, str]
    name: str
    admin: str

    @property
    def tables(self) -> list[str]:
        with self.connect("owner") as connection:
            return [row[0] for row in connection.execute(TABLES)]

    def connect(self, kind: str = "", database: str = "") -> psycopg.Connection[Any]:
        """A new connection as one of the service's roles, on which no tenant was ever set. Each statement commits."""
        url = self.settings[f"{kind}_database_url" if kind else "database_url"]
        address = url.replace("+psycopg", "") if not database else f"{self._server(url)}/{database}"
        return psycopg.connect(address, autocommit=True)

    def _server(self, url: str) -> str:
        return url.replace("+psycopg", "").rpartition("/")[0]


def act_as(connection: psycopg.Connection[Any], tenant: str | None, *, is_local: bool = True) -> None:
    connection.execute("SELECT set_config('app.tenant', %s, %s)", (tenant, is_local))


def seeded_row(connection: psycopg.Connection[Any], table: str, tenant: str) -> dict[str, Any]:
    """A value for each column that can be given one. Fails for a type that has none here."""
    row: dict[str, Any] = {}
    for name, kind, identity, generated in connection.execute(COLUMNS, (table,)):
        if identity or generated:
            continue
        plain = kind.partition("(")[0]
        made = a_vector(kind) if plain in ("vector", "halfvec", "sparsevec") else VALUES.get(plain)
        assert made is not None, f"a value for {kind} ({table}.{name}) is missing in VALUES"
        row[name] = tenant if name == "tenant_id" else f"{tenant}-{SEED}" if (table, name) in OWN_VALUES else made
    return row


def a_vector(kind: str) -> str:
    """Of the size that the type names, as in `halfvec(384)`."""
    size = int(kind.partition("(")[2].rstrip(")"))
    return f"{{1:1}}/{size}" if kind.startswith("sparsevec") else f"[{','.join('1' * size)}]"


def insertion(table: str, row: dict[str, Any], end: str = "") -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join(sql.Placeholder() * len(row))
    return sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(sql.Identifier(table), names, places, sql.SQL(end))


def plant(deployed: Deployed, tenant: str) -> None:
    with deployed.connect() as connection, connection.transaction():
        act_as(connection, tenant)
        for table in deployed.tables:
            row = seeded_row(connection, table, tenant)
            connection.execute(insertion(table, row), list(row.values()))


@pytest.fixture(scope="session")
def deployed_of(postgres: PostgresServer) -> Callable[[str], Deployed]:
    made: dict[str, Deployed] = {}

    def make(name: str) -> Deployed:
        if name not in made:
            service: Service = importlib.import_module(f"services.{name}.service").SERVICE
            own = f"{name}_isolation_{new_id()[-6:]}"
            prepare_database(postgres.admin_url, name, PASSWORDS, own)
            settings = database_settings(postgres, name, PASSWORDS, own)
            migrate(settings["owner_database_url"], name, service.migrations)
            deployed = Deployed(service, settings, own, postgres.admin_url.replace("+psycopg", ""))
            for tenant in (EKHAMRA, BERGVIK):
                plant(deployed, tenant)
            made[name] = deployed
        return made[name]

    return make


@pytest.fixture(params=SERVICES)
def deployed(request: pytest.FixtureRequest, deployed_of: Callable[[str], Deployed]) -> Deployed:
    return deployed_of(request.param)


@pytest.fixture(scope="session", autouse=True)
def _told_at_the_end(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print what was tried at the edges, and what became of it."""
    yield
    tell(request.config, Where.EDGE)


def tell(config: pytest.Config, where: Where) -> None:
    capture = config.pluginmanager.get_plugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        lines = (f"\nIsolation, at the {where}: attack, tries, outcome", *TALLY.table(where))
        sys.stdout.write("\n".join(lines) + "\n")
