# SPDX-License-Identifier: EUPL-1.2
"""A running forecasting service on a real database and a real MLflow store, and clients signed in as demo users."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from kernel.identity import Actor, Identity, Role, TenantId
from kernel.jobs import Worker
from kernel.keyring import Keyring
from kernel.store import outbox
from kernel.web import web_app
from services.forecasting.adapters.mlflow_versions import MlflowVersions
from services.forecasting.service import SERVICE, build_tools
from services.forecasting.settings import ForecastingSettings
from services.forecasting.tools import Tools
from tests.conftest import ROOT, Database

PLACEMENTS = ROOT / "tests" / "data" / "placements"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class Running:
    """The service with its clients. `settle` does the jobs that wait, as a worker would."""

    database: Database
    tools: Tools
    web: TestClient
    keyring: Keyring

    def settle(self) -> None:
        worker = Worker(SERVICE.tasks, self.tools, self.database.engine("dispatch_database_url"))
        while worker.run_next():
            pass

    def headers(self, role: str, tenant: str = "ekhamra") -> dict[str, str]:
        tenant_id = TenantId(tenant)
        signer = self.keyring.local_signer(self.tools.municipalities.of(tenant_id))
        actor = Actor(f"{role}@{tenant}", tenant_id, frozenset({Role(role)}))
        return {"Authorization": f"Bearer {signer.token(actor, self.keyring.audience(tenant_id))}"}

    def get(self, path: str, role: str = "manager", tenant: str = "ekhamra") -> Any:
        return self.web.get(path, headers=self.headers(role, tenant))

    def post(self, path: str, body: Any, role: str = "manager", tenant: str = "ekhamra", key: str = "") -> Any:
        sent = self.headers(role, tenant) | ({"Idempotency-Key": key} if key else {})
        return self.web.post(path, json=body, headers=sent)

    def upload(
        self,
        content: bytes,
        role: str = "integrator",
        tenant: str = "ekhamra",
        key: str = "",
        kind: str = "text/csv",
        **params: str,
    ) -> Any:
        sent = self.headers(role, tenant) | {"Content-Type": kind} | ({"Idempotency-Key": key} if key else {})
        return self.web.post("/placements", content=content, headers=sent, params=params)

    def forecast(self, tenant: str = "ekhamra", **asked: Any) -> None:
        answer = self.post("/forecasts", asked, tenant=tenant)
        assert answer.status_code == 202, answer.text
        self.settle()
        told = self.get(f"/forecast-requests/{answer.json()['id']}", tenant=tenant).json()
        assert told["state"] == "done", told

    def events(self, tenant: str = "ekhamra") -> list[Mapping[str, Any]]:
        with self.tools.transaction(TenantId(tenant)) as work:
            found = work.connection.execute(
                outbox.select().where(outbox.c.tenant_id == work.tenant_id).order_by(outbox.c.position)
            )
            return [dict(row) for row in found.mappings()]


@pytest.fixture(scope="session")
def versions(tmp_path_factory: pytest.TempPathFactory) -> MlflowVersions:
    return MlflowVersions("", tmp_path_factory.mktemp("mlflow"), timeout_seconds=120)


@pytest.fixture
def running(database: Callable[[str], Database], versions: MlflowVersions, tmp_path: Path) -> Iterator[Running]:
    own = database("forecasting")
    given = own.settings | {"municipalities_folder": ROOT / "embedded" / "municipalities", "state_folder": tmp_path}
    settings = ForecastingSettings.model_validate(given)
    tools = replace(build_tools(settings), versions=versions, now=lambda: NOW)
    keyring = Keyring(tools.municipalities, tmp_path / "keys")
    with TestClient(web_app(SERVICE, tools, Identity(keyring), settings)) as web:
        yield Running(own, tools, web, keyring)
    tools.transaction.engine.dispose()


@pytest.fixture
def large() -> bytes:
    return (PLACEMENTS / "kommun_stor_episodes.csv").read_bytes()


@pytest.fixture
def monthly() -> bytes:
    return (PLACEMENTS / "kommun_stor_monthly.csv").read_bytes()
