# SPDX-License-Identifier: EUPL-1.2
"""Prompts in a real MLflow registry, on SQLite and on a server with a login, and what happens without one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mlflow import MlflowClient

from deploy.servers.mlflow import MlflowServer
from kernel.identity import TenantId
from services.drafting.adapters.mlflow_prompts import ALIAS, MlflowPrompts, ShippedPrompts, name_of
from tests.real_servers import running

EKHAMRA = TenantId("ekhamra")
SHIPPED = ShippedPrompts().current(EKHAMRA, "sv-ibic-vuxen")
NOWHERE = "http://127.0.0.1:9"


def prompts_in(
    uri: str, folder: Path, deadline_seconds: float = 60, login: tuple[str, str] = ("", "")
) -> MlflowPrompts:
    return MlflowPrompts(uri, folder / "prompts", login=login, deadline_seconds=deadline_seconds, fresh_seconds=0)


@dataclass(frozen=True)
class Registry:
    """Where prompts are kept, and the municipality whose prompts a test may change."""

    uri: str
    login: tuple[str, str]
    tenant: TenantId


@pytest.fixture(scope="module")
def server() -> Iterator[MlflowServer]:
    with running(lambda at: MlflowServer(at, "underlag", "invented-secret-1")) as started:
        yield started


@pytest.fixture(params=["sqlite", "server"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Registry:
    if request.param == "sqlite":
        return Registry(f"sqlite:///{tmp_path}/mlflow.db", ("", ""), EKHAMRA)
    started: MlflowServer = request.getfixturevalue("server")
    # The server is shared, so each test has a municipality of its own.
    return Registry(started.url, (started.user, started.password), TenantId(f"ekhamra-{tmp_path.name}"))


def test_the_shipped_text_becomes_the_first_version(registry: Registry, tmp_path: Path) -> None:
    prompts = prompts_in(registry.uri, tmp_path, login=registry.login)

    prompt = prompts.current(registry.tenant, "sv-ibic-vuxen")

    assert prompt.name == f"underlag-{registry.tenant}-sv-ibic-vuxen"
    assert (prompt.version, prompt.text) == ("1", SHIPPED.text)


def test_the_version_under_the_alias_is_used_and_outlives_mlflow(registry: Registry, tmp_path: Path) -> None:
    prompts = prompts_in(registry.uri, tmp_path, login=registry.login)
    name = prompts.current(registry.tenant, "sv-ibic-vuxen").name
    client = MlflowClient(tracking_uri=registry.uri, registry_uri=registry.uri)
    client.set_prompt_alias(name, ALIAS, client.register_prompt(name, "Skriv kort.").version)

    changed = prompts.current(registry.tenant, "sv-ibic-vuxen")
    without = prompts_in(NOWHERE, tmp_path, deadline_seconds=1).current(registry.tenant, "sv-ibic-vuxen")

    assert (changed.version, changed.text) == ("2", "Skriv kort.")
    assert without == changed


def test_a_registry_that_refuses_the_login_leaves_the_shipped_text(server: MlflowServer, tmp_path: Path) -> None:
    wrong = prompts_in(server.url, tmp_path, login=("underlag", "invented-secret-2"))

    assert wrong.current(EKHAMRA, "sv-ibic-vuxen") == SHIPPED


def test_without_mlflow_the_shipped_text_is_used_in_time(tmp_path: Path) -> None:
    started = time.monotonic()

    prompt = prompts_in(NOWHERE, tmp_path, deadline_seconds=0.5).current(EKHAMRA, "sv-ibic-vuxen")

    assert time.monotonic() - started < 2
    assert prompt == SHIPPED


def test_each_municipality_has_its_own_prompt(tmp_path: Path) -> None:
    prompts = prompts_in(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)

    names = {prompts.current(TenantId(tenant), "sv-ibic-vuxen").name for tenant in ("ekhamra", "bergvik")}

    assert len(names) == 2


def test_a_name_holds_only_what_mlflow_allows() -> None:
    assert name_of(TenantId("ekhamra/../x"), "mall å") == "underlag-ekhamra-..-x-mall--"
