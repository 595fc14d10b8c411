# SPDX-License-Identifier: EUPL-1.2
"""The drafting service on a real database: its HTTP application, its worker, the texts and law it ships with.

The services beside it are scripted: which transcripts are approved, which guideline passages are found, who writes.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import select, text, update

from contracts.transcription.v1 import TranscriptApproved
from kernel.errors import NotFound
from kernel.events import Delivery, event_type
from kernel.identity import Actor, Identity, Role, TenantId, TokenSigner, new_id
from kernel.inbox import receive
from kernel.jobs import Worker
from kernel.store import jobs, outbox
from kernel.web import web_app
from services.drafting.domain.material import Material
from services.drafting.ports import ApprovedTranscript
from services.drafting.service import SERVICE, build_tools
from services.drafting.settings import DraftingSettings
from services.drafting.tools import Tools
from tests.conftest import ROOT, Database
from tests.unit.drafting.casework import TRANSCRIPT
from tests.unit.drafting.memory import ScriptedGuidelines, ScriptedWriter

SIGNER = TokenSigner("https://tests.local", ECKey.generate_key("P-256", {"kid": "tests"}))
TODAY = datetime(2026, 11, 20, 9, tzinfo=UTC)


class OneKey:
    """One issuer for every tenant."""

    def of(self, _tenant_id: TenantId, issuer: str) -> KeySet | None:
        return KeySet([SIGNER.key]) if issuer == SIGNER.issuer else None

    def audience(self, _tenant_id: TenantId) -> str:
        return "tests"

    def roles(self, _issuer: str) -> frozenset[Role]:
        return frozenset(Role)


@dataclass
class ScriptedTranscripts:
    """Hands out what it holds, by id."""

    held: dict[str, Material] = field(default_factory=dict)

    def approved(self, tenant_id: TenantId, transcript_id: str) -> ApprovedTranscript:
        if transcript_id not in self.held:
            raise NotFound("transcription has no such thing")
        return ApprovedTranscript(transcript_id, f"digest-{transcript_id}", "sv", self.held[transcript_id])


@dataclass
class Person:
    """Somebody signed in, at the service's own address."""

    http: TestClient
    headers: Mapping[str, str]

    def get(self, path: str, **headers: str) -> Any:
        return self.http.get(path, headers={**self.headers, **named(headers)})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.http.post(path, json=body, headers={**self.headers, **named(headers)})

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.http.put(path, json=body, headers={**self.headers, **named(headers)})


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def a_new_case(**changed: Any) -> dict[str, Any]:
    supports = [{"key": "stadning", "label": "städning"}, {"key": "snoskottning", "label": "snöskottning"}]
    application = {
        "text": "Ansökan om hemtjänst. Det gäller städning och snöskottning.",
        "received_on": "2026-10-01",
        "requested_supports": supports,
    }
    case = {
        "template": "sv-ibic-vuxen",
        "external_reference": "2026-17",
        "language": "sv",
        "department": "elderly_care",
        "application": application,
    }
    return {**case, **changed}


@dataclass
class Bench:
    database: Database
    settings: DraftingSettings
    tools: Tools
    http: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.put_together()

    def put_together(self, **changed: Any) -> None:
        self.tools = replace(self.tools, **changed)
        app = web_app(SERVICE, self.tools, Identity(OneKey()), self.settings)
        self.http = TestClient(app, raise_server_exceptions=False)
        self.worker = Worker(SERVICE.tasks, self.tools, self.database.engine("dispatch_database_url"))

    def sign_in(self, role: Role = Role.CASEWORKER, tenant: str = "ekhamra") -> Person:
        actor = Actor(f"{role.value}@{tenant}", TenantId(tenant), frozenset({role}))
        return Person(self.http, {"Authorization": f"Bearer {SIGNER.token(actor, 'tests')}"})

    def approve_transcript(self, transcript_id: str = "t1", tenant: str = "ekhamra", digest: str = "") -> None:
        """Word of an approval comes, as it would from transcription."""
        event = TranscriptApproved(transcript_id=transcript_id, digest=digest or f"digest-{transcript_id}")
        event.approved_at.FromDatetime(TODAY)
        data, type_ = event.SerializeToString(), event_type(TranscriptApproved)
        delivery = Delivery(
            new_id(), type_, "/transcription", transcript_id, TODAY, TenantId(tenant), transcript_id, data
        )
        receive(delivery, SERVICE.handlers, self.tools.transaction, self.tools)

    def open_case(self, **changed: Any) -> str:
        """A case with an approved transcript; returns its path."""
        maja = self.sign_in()
        path = f"/cases/{maja.post('/cases', a_new_case(**changed)).json()['id']}"
        self.approve_transcript()
        assert maja.post(f"{path}/sources", {"transcript_id": "t1"}).status_code == 201
        return path

    def propose(self, path: str, key: str) -> Any:
        asked = self.sign_in().post(f"{path}/sections/{key}/proposal")
        assert asked.status_code == 202, asked.json()
        self.work_off()
        return self.sign_in().get(f"{path}/sections/{key}").json()

    def settle(self, path: str, key: str) -> None:
        """Answer for what no source supports, then approve, as a caseworker does at the end of a heading."""
        maja = self.sign_in()
        for each in maja.get(f"{path}/sections/{key}").json()["sentences"]:
            if not each["supported"]:
                reason = {"reason": "Läst och bedömd."}
                maja.post(f"{path}/sections/{key}/sentences/{each['id']}/resolution", reason)
        approved = maja.post(f"{path}/sections/{key}/approval", {"as_empty": True})
        assert approved.status_code == 201, approved.json()

    def settle_facts(self, path: str) -> None:
        for each in self.sign_in().get(path).json()["sections"]:
            if each["kind"] == "facts" and each["state"] != "approved":
                self.settle(path, each["key"])

    def work_off(self) -> None:
        while self.worker.run_next():
            continue

    def let_time_pass(self) -> None:
        """What is to be tried later is due now."""
        with self.worker.dispatch.begin() as connection:
            connection.execute(update(jobs).values(run_at=text("now() - interval '1 second'")))

    def announced(self, tenant: str = "ekhamra") -> list[str]:
        """The kinds of event in the outbox, oldest first."""
        with self.tools.transaction(TenantId(tenant)) as work:
            query = select(outbox.c.type).where(outbox.c.tenant_id == tenant).order_by(outbox.c.position)
            return [each.rpartition(".")[2] for each in work.connection.execute(query).scalars()]


@pytest.fixture
def bench(database: Callable[[str], Database], tmp_path: Path) -> Bench:
    own = database("drafting")
    municipalities = tmp_path / "municipalities"
    shutil.copytree(ROOT / "embedded" / "municipalities", municipalities)
    settings = DraftingSettings(
        **own.settings,  # type: ignore[arg-type] # by name
        state_folder=tmp_path,
        keys_folder=tmp_path / "keys",
        municipalities_folder=municipalities,
    )
    tools = replace(
        build_tools(settings),
        now=lambda: TODAY,
        transcripts=ScriptedTranscripts({"t1": TRANSCRIPT.material}),
        guidelines=ScriptedGuidelines(),
        writer=ScriptedWriter(),
    )
    own.engines.append(tools.transaction.engine)
    return Bench(own, settings, tools)
