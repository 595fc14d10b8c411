# SPDX-License-Identifier: EUPL-1.2
"""A running retrieval service: a real database, the real embedding model, and clients signed in as demo users."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from deploy.servers.weaviate import Weaviate
from kernel.identity import Actor, Identity, Role, TenantId
from kernel.jobs import Worker
from kernel.keyring import Keyring
from kernel.store import outbox
from kernel.web import web_app
from services.retrieval.adapters.e5_embedder import E5Embedder
from services.retrieval.service import SERVICE, build_tools
from services.retrieval.settings import RetrievalSettings
from services.retrieval.tools import Tools
from tests.conftest import ROOT, Database
from tests.integration.retrieval.weaviate_server import KEY, address_of, connected, weaviate_running

PASSAGES = [
    {
        "key": "R01",
        "heading": "Städning",
        "text": "Hjälp med städning beviljas normalt var tredje vecka och omfattar två rum och kök samt hygienutrymme. "
        "Fönsterputs ingår en gång per år.",
    },
    {
        "key": "R31",
        "heading": "Uppföljning",
        "text": "Insatser följs upp senast sex månader efter verkställighet och därefter minst en gång per år. "
        "Uppföljningen avser om målen nåtts.",
    },
    {
        "key": "R08",
        "heading": "Trygghetslarm",
        "text": "Trygghetslarm beviljas den som är orolig för att falla eller snabbt behöver komma i kontakt med "
        "personal. Larmet kopplas till en bemannad central dygnet runt.",
    },
]


def a_guideline(**changed: Any) -> dict[str, Any]:
    return {"title": "Riktlinjer", "level": "local", "valid_from": "2020-01-01", "passages": PASSAGES} | changed


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
        """A service comes with a token of the services, everybody else with one of the municipality's."""
        tenant_id = TenantId(tenant)
        if role == Role.SERVICE:
            return {"Authorization": f"Bearer {self.keyring.service_tokens('drafting')(tenant_id)}"}
        signer = self.keyring.local_signer(self.tools.municipalities.of(tenant_id))
        actor = Actor(f"{role}@{tenant}", tenant_id, frozenset({Role(role)}))
        return {"Authorization": f"Bearer {signer.token(actor, self.keyring.audience(tenant_id))}"}

    def get(self, path: str, role: str = "caseworker", tenant: str = "ekhamra", **params: Any) -> Any:
        return self.web.get(path, headers=self.headers(role, tenant), params=params)

    def post(self, path: str, body: Any, role: str = "manager", tenant: str = "ekhamra", key: str = "") -> Any:
        sent = self.headers(role, tenant) | ({"Idempotency-Key": key} if key else {})
        return self.web.post(path, json=body, headers=sent)

    def upload(self, path: str, content: bytes, role: str = "manager", key: str = "", **fields: str) -> Any:
        sent = self.headers(role) | ({"Idempotency-Key": key} if key else {})
        form = {"title": "Riktlinjer", "level": "local", "valid_from": "2020-01-01"} | fields
        return self.web.post(path, files={"file": ("x.bin", content)}, data=form, headers=sent)

    def events(self, tenant: str = "ekhamra") -> list[Mapping[str, Any]]:
        with self.tools.transaction(TenantId(tenant)) as work:
            found = work.connection.execute(
                outbox.select().where(outbox.c.tenant_id == work.tenant_id).order_by(outbox.c.position)
            )
            return [dict(row) for row in found.mappings()]


@pytest.fixture(scope="session")
def embedder() -> E5Embedder:
    return E5Embedder()


@contextmanager
def service_on(own: Database, embedder: E5Embedder, folder: Path, **changed: Any) -> Iterator[Running]:
    given = own.settings | {"municipalities_folder": ROOT / "embedded" / "municipalities", "state_folder": folder}
    settings = RetrievalSettings.model_validate(given | changed)
    tools = replace(build_tools(settings), embedder=embedder)
    keyring = Keyring(tools.municipalities, folder / "keys")
    with TestClient(web_app(SERVICE, tools, Identity(keyring), settings)) as web:
        yield Running(own, tools, web, keyring)
    tools.close()


@pytest.fixture
def running(database: Callable[[str], Database], embedder: E5Embedder, tmp_path: Path) -> Iterator[Running]:
    with service_on(database("retrieval"), embedder, tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def weaviate() -> Iterator[Weaviate]:
    with weaviate_running() as server:
        yield server


@pytest.fixture
def on_weaviate(
    database: Callable[[str], Database], embedder: E5Embedder, tmp_path: Path, weaviate: Weaviate
) -> Iterator[Running]:
    """The service with its index in a Weaviate that holds nothing."""
    with connected(weaviate) as connection:
        connection.ask(lambda client: client.collections.delete_all())
    address = address_of(weaviate)
    given = {"weaviate_url": address.http, "weaviate_grpc": address.grpc, "weaviate_key": KEY}
    with service_on(database("retrieval"), embedder, tmp_path, **given, weaviate_timeout_seconds=2) as found:
        yield found


@pytest.fixture(params=["running", "on_weaviate"])
def on_either(request: pytest.FixtureRequest) -> Running:
    """The service with its index in PostgreSQL, and in Weaviate."""
    found: Running = request.getfixturevalue(request.param)
    return found
