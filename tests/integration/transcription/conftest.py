# SPDX-License-Identifier: EUPL-1.2
"""The transcription service on a real database, its HTTP application and its worker, with a recogniser of few words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import select, text, update

from kernel.identity import Actor, Identity, Role, TenantId, TokenSigner
from kernel.jobs import Worker
from kernel.store import jobs, outbox
from kernel.web import web_app
from services.transcription.ports import Recogniser
from services.transcription.service import SERVICE, build_tools
from services.transcription.settings import TranscriptionSettings
from services.transcription.tools import Tools
from tests.conftest import Database
from tests.unit.transcription.memory import ScriptedRecogniser

SIGNER = TokenSigner("https://tests.local", ECKey.generate_key("P-256", {"kid": "tests"}))


class OneKey:
    """One issuer for every tenant."""

    def of(self, _tenant_id: TenantId, issuer: str) -> KeySet | None:
        return KeySet([SIGNER.key]) if issuer == SIGNER.issuer else None

    def audience(self, _tenant_id: TenantId) -> str:
        return "tests"

    def roles(self, _issuer: str) -> frozenset[Role]:
        return frozenset(Role)


@dataclass
class Person:
    """Somebody signed in, at the service's own address."""

    http: TestClient
    headers: Mapping[str, str]

    def get(self, path: str) -> Any:
        return self.http.get(path, headers=self.headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.http.post(path, json=body, headers={**self.headers, **named(headers)})

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.http.put(path, json=body, headers={**self.headers, **named(headers)})

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.http.patch(path, json=body, headers={**self.headers, **named(headers)})

    def upload(self, content: bytes, name: str = "meeting.wav", key: str = "", **fields: Any) -> Any:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        form = {"language": "sv", **fields}
        return self.http.post("/recordings", data=form, files={"file": (name, content)}, headers=headers)


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Bench:
    database: Database
    settings: TranscriptionSettings
    tools: Tools
    http: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.put_together(ScriptedRecogniser())

    def put_together(self, recogniser: Recogniser) -> None:
        self.tools = replace(self.tools, recogniser=recogniser)
        app = web_app(SERVICE, self.tools, Identity(OneKey()), self.settings)
        self.http = TestClient(app, raise_server_exceptions=False)
        self.worker = Worker(SERVICE.tasks, self.tools, self.database.engine("dispatch_database_url"))

    def sign_in(self, role: Role = Role.CASEWORKER, tenant: str = "ekhamra", name: str = "") -> Person:
        actor = Actor(f"{name or role.value}@{tenant}", TenantId(tenant), frozenset({role}))
        return Person(self.http, {"Authorization": f"Bearer {SIGNER.token(actor, 'tests')}"})

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

    def published(self, tenant: str = "ekhamra") -> bytes:
        """Everything that left the service, as bytes, to look for what may not be there."""
        with self.tools.transaction(TenantId(tenant)) as work:
            query = select(outbox.c.data).where(outbox.c.tenant_id == tenant)
            return b"".join(bytes(each) for each in work.connection.execute(query).scalars())


@pytest.fixture
def bench(database: Callable[[str], Database], tmp_path: Path) -> Bench:
    own = database("transcription")
    limits = {"max_upload_bytes": 400_000, "longest_recording_seconds": 20}
    settings = TranscriptionSettings(**own.settings, state_folder=tmp_path, **limits)  # type: ignore[arg-type] # by name
    tools = replace(build_tools(settings), now=lambda: datetime.now(UTC))
    own.engines.append(tools.transaction.engine)
    return Bench(own, settings, tools)
