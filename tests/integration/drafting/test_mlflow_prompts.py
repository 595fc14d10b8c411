# SPDX-License-Identifier: EUPL-1.2
"""Prompts in a real MLflow registry on SQLite, and what happens without one."""

from __future__ import annotations

import time
from pathlib import Path

from mlflow import MlflowClient

from kernel.identity import TenantId
from services.drafting.adapters.mlflow_prompts import ALIAS, MlflowPrompts, ShippedPrompts, name_of

EKHAMRA = TenantId("ekhamra")
SHIPPED = ShippedPrompts().current(EKHAMRA, "sv-ibic-vuxen")
NOWHERE = "http://127.0.0.1:9"


def prompts_in(uri: str, folder: Path, deadline_seconds: float = 30) -> MlflowPrompts:
    return MlflowPrompts(uri, folder / "prompts", deadline_seconds=deadline_seconds, fresh_seconds=0)


def test_the_shipped_text_becomes_the_first_version(tmp_path: Path) -> None:
    prompts = prompts_in(f"sqlite:///{tmp_path}/mlflow.db", tmp_path)

    prompt = prompts.current(EKHAMRA, "sv-ibic-vuxen")

    assert (prompt.name, prompt.version, prompt.text) == ("underlag-ekhamra-sv-ibic-vuxen", "1", SHIPPED.text)


def test_the_version_under_the_alias_is_used_and_outlives_mlflow(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    prompts = prompts_in(uri, tmp_path)
    name = prompts.current(EKHAMRA, "sv-ibic-vuxen").name
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.set_prompt_alias(name, ALIAS, client.register_prompt(name, "Skriv kort.").version)

    changed = prompts.current(EKHAMRA, "sv-ibic-vuxen")
    without = prompts_in(NOWHERE, tmp_path, deadline_seconds=1).current(EKHAMRA, "sv-ibic-vuxen")

    assert (changed.version, changed.text) == ("2", "Skriv kort.")
    assert without == changed


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
