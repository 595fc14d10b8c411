# SPDX-License-Identifier: EUPL-1.2
"""The prompt of a municipality and template, kept with its versions in MLflow. MLflow away never stops a caseworker."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernel import telemetry
from kernel.identity import TenantId
from services.drafting.adapters.deadline import within
from services.drafting.ports import Prompt

ALIAS = "current"
SHIPPED = Path(__file__).parents[1] / "prompts" / "writing.md"
log = telemetry.logger(__name__)


class ShippedPrompts:
    """The text that comes with the program, the same for everybody."""

    def current(self, tenant_id: TenantId, template_key: str) -> Prompt:
        text = SHIPPED.read_text("utf-8")
        return Prompt(name_of(tenant_id, template_key), f"shipped-{_digest(text)}", text)


class MlflowPrompts:
    """The version under the alias `current`, asked for at most once a minute. When MLflow is away or slow: the last
    text that was read, from memory or from the folder, and before any was read the shipped one.

    MLflow's client takes its login from the environment alone, so there is one for the whole process.
    """

    def __init__(
        self,
        uri: str,
        folder: Path,
        *,
        login: tuple[str, str] = ("", ""),
        deadline_seconds: float = 3,
        fresh_seconds: float = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._uri, self._folder, self._clock = uri, folder, clock
        self._login = login
        self._deadline_seconds, self._fresh_seconds = deadline_seconds, fresh_seconds
        self._known: dict[str, tuple[float, Prompt]] = {}
        self._shipped = ShippedPrompts()

    def current(self, tenant_id: TenantId, template_key: str) -> Prompt:
        name, now = name_of(tenant_id, template_key), self._clock()
        asked_at, known = self._known.get(name, (None, None))
        if known is not None and asked_at is not None and now - asked_at < self._fresh_seconds:
            return known
        shipped = self._shipped.current(tenant_id, template_key)
        try:
            prompt = within(self._deadline_seconds, lambda: self._asked(name, shipped.text), "mlflow-prompts")
            self._keep(prompt)
        except Exception as problem:  # noqa: BLE001  # whatever MLflow's client raises, the caseworker goes on
            log.warning("prompt_not_read", prompt=name, problem=type(problem).__name__)
            prompt = known or self._kept(name) or shipped
        self._known[name] = (now, prompt)
        return prompt

    def _asked(self, name: str, first_text: str) -> Prompt:
        """The version in use. The first time, the shipped text becomes version 1."""
        client = self._client()
        if client.get_prompt(name) is None:
            made = client.register_prompt(name, first_text, commit_message="shipped with Underlag")
            client.set_prompt_alias(name, ALIAS, made.version)
            return Prompt(name, str(made.version), first_text)
        found = client.get_prompt_version_by_alias(name, ALIAS)
        return Prompt(name, str(found.version), str(found.template))

    def _client(self) -> Any:  # MLflow's client; imported here since the import costs seconds
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        # Also when empty: what happens to stand in the environment is not ours to send.
        os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = self._login
        from mlflow import MlflowClient  # noqa: PLC0415

        return MlflowClient(tracking_uri=self._uri, registry_uri=self._uri)

    def _keep(self, prompt: Prompt) -> None:
        """On disk, whole or not at all, for a start without MLflow."""
        self._folder.mkdir(parents=True, exist_ok=True)
        kept = {"name": prompt.name, "version": prompt.version, "text": prompt.text}
        fresh = self._folder / f".{prompt.name}.{os.getpid()}"
        fresh.write_text(json.dumps(kept, ensure_ascii=False), "utf-8")
        fresh.replace(self._folder / f"{prompt.name}.json")

    def _kept(self, name: str) -> Prompt | None:
        try:
            return Prompt(**json.loads((self._folder / f"{name}.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def name_of(tenant_id: TenantId, template_key: str) -> str:
    """MLflow's names hold letters, digits and `-_.` only."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", f"underlag-{tenant_id}-{template_key}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
