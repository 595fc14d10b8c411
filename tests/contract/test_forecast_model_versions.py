# SPDX-License-Identifier: EUPL-1.2
"""The registry of model versions, real and quick: what is registered, and that a registry that is away says so."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from deploy.servers.mlflow import MlflowServer
from services.forecasting.adapters.mlflow_versions import MlflowVersions, model_name
from services.forecasting.ports import ModelRecord, ModelVersions, VersionsAway
from tests.real_servers import running
from tests.unit.forecasting.fakes import MemoryVersions

RECORD = ModelRecord("ekhamra", "stock_HVB", "same-as-now", "hmac-sha256:00", {"horizon": 3, "origin": 202512})


@pytest.fixture(scope="module")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> MlflowVersions:
    return MlflowVersions("", tmp_path_factory.mktemp("mlflow"), timeout_seconds=120)


@pytest.fixture(scope="module")
def server() -> Iterator[MlflowServer]:
    with running(lambda at: MlflowServer(at, "underlag", "invented-secret-1")) as started:
        yield started


@pytest.fixture(scope="module")
def mlflow_server(server: MlflowServer, tmp_path_factory: pytest.TempPathFactory) -> MlflowVersions:
    login = (server.user, server.password)
    return MlflowVersions(server.url, tmp_path_factory.mktemp("mlflow"), timeout_seconds=120, login=login)


@pytest.fixture(params=["memory", "mlflow", "mlflow_server"])
def versions(request: pytest.FixtureRequest) -> ModelVersions:
    made: ModelVersions = MemoryVersions() if request.param == "memory" else request.getfixturevalue(request.param)
    return made


def test_the_same_record_again_has_the_same_version_and_another_the_next(versions: ModelVersions) -> None:
    first = versions.register(RECORD)

    assert versions.register(RECORD) == first == "1"
    assert versions.register(replace(RECORD, data_digest="hmac-sha256:01")) == "2"
    assert versions.register(replace(RECORD, data_digest="hmac-sha256:01")) == "2"


def test_each_tenant_and_series_counts_for_itself(versions: ModelVersions) -> None:
    for other in (replace(RECORD, tenant_id="bergvik"), replace(RECORD, series="stock_FAM")):
        assert versions.register(other) == "1"


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def away(kind: str, request: pytest.FixtureRequest) -> ModelVersions:
    if kind == "memory":
        return MemoryVersions(is_away=True)
    url = request.getfixturevalue("silent") if kind == "silent" else "http://127.0.0.1:9"
    return MlflowVersions(url, request.getfixturevalue("tmp_path"), timeout_seconds=2)


@pytest.mark.parametrize("login", [("", ""), ("underlag", "invented-secret-2")])
def test_a_registry_that_refuses_the_login_is_away(
    server: MlflowServer, tmp_path: Path, login: tuple[str, str]
) -> None:
    with pytest.raises(VersionsAway, match="MlflowException"):
        MlflowVersions(server.url, tmp_path, timeout_seconds=30, login=login).register(RECORD)


def test_a_login_that_stands_in_the_environment_is_not_used(server: MlflowServer, tmp_path: Path) -> None:
    os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = server.user, server.password

    with pytest.raises(VersionsAway):
        MlflowVersions(server.url, tmp_path, timeout_seconds=30).register(RECORD)


@pytest.mark.parametrize("kind", ["memory", "silent", "refusing"])
def test_a_registry_that_does_not_answer_says_so_in_time(kind: str, request: pytest.FixtureRequest) -> None:
    versions = away(kind, request)
    started = time.monotonic()

    for _ in range(2):
        with pytest.raises(VersionsAway):
            versions.register(RECORD)

    assert time.monotonic() - started < 8


def test_what_mlflow_holds_are_numbers_and_digests(mlflow: MlflowVersions) -> None:
    record = replace(RECORD, series="entries_SiS")
    mlflow.register(record)
    client = MlflowClient(f"sqlite:///{mlflow.folder}/mlflow.db", f"sqlite:///{mlflow.folder}/mlflow.db")

    (made,) = client.search_model_versions(f"name='{model_name(record)}'")

    assert made.tags == {
        "data_digest": "hmac-sha256:00",
        "method": "same-as-now",
        "horizon": "3",
        "origin": "202512",
    }
    assert client.get_run(made.run_id).data.params == {"horizon": "3", "origin": "202512"}


@pytest.mark.parametrize(
    ("series", "name"), [("stock_HVB", "ekhamra.forecast.stock_HVB"), ("a'/ö", "ekhamra.forecast.a---")]
)
def test_a_name_holds_only_what_mlflow_takes(series: str, name: str) -> None:
    assert model_name(replace(RECORD, series=series)) == name
