# SPDX-License-Identifier: EUPL-1.2
"""Model versions in MLflow. One thread talks to it, so that a registry that hangs holds up nothing but itself."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kernel.telemetry import logger
from services.forecasting.ports import ModelRecord, VersionsAway

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

log = logger(__name__)
_EXPERIMENT = "forecasting"


@dataclass
class MlflowVersions:
    """`url` is MLflow's tracking address; empty means an embedded store in the folder. `login` is a user's name and
    password; MLflow's client takes them from the environment alone, so there is one login for the whole process.

    MLflow takes seconds to import and to make its tables, so it is loaded at the first use, in the thread. A first
    call that is not waited for goes on there, and the next finds it ready.
    """

    url: str
    folder: Path
    timeout_seconds: float
    login: tuple[str, str] = field(default=("", ""), repr=False)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "mlflow"), repr=False)
    _client: MlflowClient | None = field(default=None, repr=False)

    def register(self, record: ModelRecord) -> str:
        answer = self._thread.submit(self._register, record)
        try:
            return answer.result(self.timeout_seconds)
        except TookTooLong:
            answer.cancel()
            log.warning("model registry too slow", series=record.series)
            raise VersionsAway("no answer in time") from None
        except Exception as trouble:  # noqa: BLE001 - MLflow raises whatever its store and its HTTP client raise
            log.warning("model registry away", cause=type(trouble).__name__)
            raise VersionsAway(type(trouble).__name__) from None

    def _register(self, record: ModelRecord) -> str:
        client = self._opened()
        from mlflow.entities import Param  # noqa: PLC0415 - as in _opened

        name = model_name(record)
        tags = {"data_digest": record.data_digest, "method": record.method}
        tags |= {key: f"{value:g}" for key, value in record.numbers.items()}
        self._ensure_model(client, name)
        newest = client.search_model_versions(f"name='{name}'", max_results=1, order_by=["version_number DESC"])
        if newest and all(newest[0].tags.get(key) == value for key, value in tags.items()):
            return str(newest[0].version)
        run = client.create_run(self._experiment_of(client), run_name=name, tags=tags)
        # In one request: MLflow's login takes a tenth of a second of each.
        client.log_batch(run.info.run_id, params=[Param(key, f"{value:g}") for key, value in record.numbers.items()])
        client.set_terminated(run.info.run_id)
        made = client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id, tags=tags)
        return str(made.version)

    @staticmethod
    def _experiment_of(client: MlflowClient) -> str:
        experiment = client.get_experiment_by_name(_EXPERIMENT)
        return str(experiment.experiment_id if experiment else client.create_experiment(_EXPERIMENT))

    @staticmethod
    def _ensure_model(client: MlflowClient, name: str) -> None:
        from mlflow.exceptions import MlflowException  # noqa: PLC0415 - as in _opened

        try:
            client.create_registered_model(name)
        except MlflowException as refused:
            if refused.error_code != "RESOURCE_ALREADY_EXISTS":
                raise

    def _opened(self) -> MlflowClient:
        if self._client is None:
            os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
            # Also when empty: what happens to stand in the environment is not ours to send.
            os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = self.login
            os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
            os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", f"{max(1, int(self.timeout_seconds))}")
            from mlflow.tracking import MlflowClient  # noqa: PLC0415 - importing MLflow takes four seconds

            url = self.url
            if not url:
                self.folder.mkdir(parents=True, exist_ok=True)
                url = f"sqlite:///{self.folder.resolve()}/mlflow.db"
            self._client = MlflowClient(tracking_uri=url, registry_uri=url)
        return self._client


def model_name(record: ModelRecord) -> str:
    """MLflow takes letters, digits, `-`, `_` and `.`; a tenant id has no dot, so no two tenants share a name."""
    tenant, series = (re.sub(r"[^A-Za-z0-9_-]", "-", each) for each in (record.tenant_id, record.series))
    return f"{tenant}.forecast.{series}"
