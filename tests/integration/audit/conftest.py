# SPDX-License-Identifier: EUPL-1.2
"""A running audit service on a real database: its tools, its HTTP interface, and events to send it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from google.protobuf.message import Message

from contracts.audit.v1 import CaseContentRead
from kernel.events import Delivery, event_type
from kernel.identity import Actor, Identity, Role, TenantId, new_id
from kernel.inbox import receive
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities
from kernel.relay import relay_once
from kernel.web import web_app
from services.audit.service import SERVICE, build_tools
from services.audit.tools import Tools
from tests.conftest import ROOT, Database

EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def a_delivery(event: Message, tenant_id: TenantId = EKHAMRA, *, event_id: str = "") -> Delivery:
    return Delivery(
        id=event_id or new_id(),
        type=event_type(event),
        source="/drafting",
        subject="case-1",
        time=NOON,
        tenant_id=tenant_id,
        key="case-1",
        data=event.SerializeToString(),
    )


def a_read(number: int = 0, case_id: str = "case-1") -> CaseContentRead:
    return CaseContentRead(
        case_id=case_id, actor_id="caseworker@ekhamra", actor_role="caseworker", subject=f"transcript:{number}"
    )


@dataclass
class Running:
    """The service, and a way to ask it as any user."""

    tools: Tools
    database: Database
    app: FastAPI
    keyring: Keyring

    def deliver(self, *events: Message, tenant_id: TenantId = EKHAMRA) -> None:
        for event in events:
            receive(a_delivery(event, tenant_id), SERVICE.handlers, self.tools.transaction, self.tools)

    def settle(self) -> None:
        """Hand the service its own events, as the relay does."""
        relay = self.database.engine("relay_database_url")
        while relay_once(relay, lambda each: receive(each, SERVICE.handlers, self.tools.transaction, self.tools)):
            continue

    def get(
        self, path: str, *, tenant_id: TenantId = EKHAMRA, role: Role = Role.AUDITOR, **headers: str
    ) -> httpx2.Response:
        actor = Actor(f"{role}@{tenant_id}", tenant_id, frozenset({role}))
        municipality = self.keyring.municipalities.of(tenant_id)
        token = self.keyring.local_signer(municipality).token(actor, self.keyring.audience(tenant_id))
        answer: httpx2.Response = TestClient(self.app).get(
            path, headers={"Authorization": f"Bearer {token}", **headers}
        )
        return answer

    def json(self, path: str, **options: Any) -> Any:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def running(database: Callable[[str], Database], tmp_path: Path) -> Iterator[Running]:
    made = database("audit")
    settings = SERVICE.settings(
        **made.settings,  # type: ignore[arg-type]  # addresses as text, which the settings turn into secrets
        state_folder=tmp_path,
        keys_folder=tmp_path / "keys",
        municipalities_folder=ROOT / "embedded" / "municipalities",
    )
    tools: Tools = build_tools(settings)  # type: ignore[arg-type]  # SERVICE.settings is AuditSettings
    keyring = Keyring(Municipalities.load(settings.municipalities_folder), tmp_path / "issuers")
    yield Running(tools, made, web_app(SERVICE, tools, Identity(keyring), settings), keyring)
    tools.transaction.engine.dispose()
