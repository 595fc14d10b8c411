# SPDX-License-Identifier: EUPL-1.2
"""A real PostgreSQL for the whole run, and for each test that asks a database of its own, migrated and empty."""

from __future__ import annotations

import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from deploy.databases import database_settings
from deploy.servers.postgres import PostgresServer, running_postgres
from kernel.identity import new_id
from kernel.migration import ROLES, migrate, prepare_database
from kernel.service import Service
from kernel.store import Transactions, engine_of

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[1]
MUNICIPALITIES = ROOT / "embedded" / "municipalities"
PASSWORDS = {kind: f"only-for-tests-{kind or 'service'}" for kind in ROLES}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The server that all tests of this process share. Its data is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="underlag-tests-") as folder:
        Path(folder).chmod(0o755)
        with running_postgres(Path(folder) / "postgres", fsync="off", full_page_writes="off") as server:
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


@pytest.fixture(scope="session")
def _templates() -> dict[str, str]:
    return {}


@pytest.fixture
def database(postgres: PostgresServer, _templates: dict[str, str]) -> Iterator[Callable[[str], Database]]:
    """`database("drafting")` makes a migrated, empty database for that service."""
    admin = create_engine(postgres.admin_url, isolation_level="AUTOCOMMIT")
    made: list[tuple[str, Database]] = []

    def make(name: str) -> Database:
        service: Service = importlib.import_module(f"services.{name}.service").SERVICE
        if name not in _templates:
            _templates[name] = _migrated(postgres, service)
        own = f"{name}_{new_id().replace('-', '')}"
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{own}" TEMPLATE "{_templates[name]}" OWNER "{name}_owner"'))
        found = Database(service, database_settings(postgres, name, PASSWORDS, own), [])
        made.append((own, found))
        return found

    yield make
    for own, each in made:
        for engine in each.engines:
            engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{own}" WITH (FORCE)'))
    admin.dispose()


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
