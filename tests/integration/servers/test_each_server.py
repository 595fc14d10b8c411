# SPDX-License-Identifier: EUPL-1.2
"""Redis, Weaviate, MLflow and object storage: each keeps what it acknowledged, and admits nobody without the secret."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import obstore
import pytest
import redis
import weaviate
from obstore.exceptions import PermissionDeniedError
from obstore.store import S3Store
from weaviate.classes.config import Configure, DataType, Property
from weaviate.classes.init import Auth
from weaviate.exceptions import WeaviateBaseError

from deploy.servers.go_programs import GoMissing, GoProgram
from deploy.servers.mlflow import MlflowServer
from deploy.servers.processes import is_running
from deploy.servers.redis import Redis
from deploy.servers.s3 import S3Server
from deploy.servers.server import Server, ServerDidNotStart
from deploy.servers.weaviate import WEAVIATE, Weaviate
from tests.real_servers import running

SECRET, WRONG = "invented-secret-1", "invented-secret-2"


@dataclass(frozen=True)
class Kind:
    """`keep` returns when the server has acknowledged; `kept` asks with a secret, and a wrong one raises `refusal`."""

    make: Callable[[Path], Server]
    keep: Callable[[Any, str], None]
    kept: Callable[[Any, str], list[str]]
    refusal: type[Exception]


def _redis(server: Redis, password: str) -> redis.Redis:
    return redis.Redis(port=server.port, password=password, decode_responses=True)


def _keys(server: Redis, password: str) -> list[str]:
    with _redis(server, password) as client:
        return sorted(str(each) for each in client.scan_iter())


def _set(server: Redis, value: str) -> None:
    with _redis(server, SECRET) as client:
        client.set(value, "1")


def _weaviate(server: Weaviate, key: str) -> weaviate.WeaviateClient:
    return weaviate.connect_to_local("127.0.0.1", server.port, server.grpc_port, auth_credentials=Auth.api_key(key))


def _insert(server: Weaviate, value: str) -> None:
    with _weaviate(server, SECRET) as client:
        if not client.collections.exists("Kept"):
            client.collections.create(
                "Kept",
                properties=[Property(name="value", data_type=DataType.TEXT)],
                vector_config=Configure.Vectors.self_provided(),
            )
        client.collections.use("Kept").data.insert({"value": value}, vector=[1.0, 2.0])


def _objects(server: Weaviate, key: str) -> list[str]:
    with _weaviate(server, key) as client:
        found = client.collections.use("Kept").query.fetch_objects(limit=100).objects
    return sorted(str(each.properties["value"]) for each in found)


def _bucket(server: S3Server, secret: str) -> S3Store:
    return S3Store(
        "kept",
        config={
            "endpoint": server.endpoint,
            "access_key_id": server.access_key,
            "secret_access_key": secret,
            "region": server.region,
        },
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


def _files(server: S3Server, secret: str) -> list[str]:
    bucket = _bucket(server, secret)
    # A listing that is refused looks to this client like one that failed; a file that is refused does not.
    assert obstore.get(bucket, "first").bytes() == b"abc"
    return sorted(each["path"] for each in obstore.list(bucket).collect())


def _mlflow(server: MlflowServer, password: str) -> httpx2.Client:
    return httpx2.Client(base_url=f"{server.url}/api/2.0/mlflow", auth=(server.user, password), timeout=30)


def _create(server: MlflowServer, value: str) -> None:
    with _mlflow(server, SECRET) as client:
        client.post("/registered-models/create", json={"name": value}).raise_for_status()


def _models(server: MlflowServer, password: str) -> list[str]:
    with _mlflow(server, password) as client:
        answer = client.get("/registered-models/search").raise_for_status()
    return sorted(each["name"] for each in answer.json().get("registered_models", []))


KINDS = {
    "redis": Kind(lambda at: Redis(at, SECRET, appends=True), _set, _keys, redis.AuthenticationError),
    "weaviate": Kind(lambda at: Weaviate(at, SECRET), _insert, _objects, WeaviateBaseError),
    "s3": Kind(
        lambda at: S3Server(at, "underlag", SECRET, ["kept"]),
        lambda server, value: obstore.put(_bucket(server, SECRET), value, b"abc") and None,
        _files,
        PermissionDeniedError,
    ),
    "mlflow": Kind(lambda at: MlflowServer(at, "underlag", SECRET), _create, _models, httpx2.HTTPStatusError),
}


@pytest.fixture(scope="module", params=list(KINDS))
def each(request: pytest.FixtureRequest) -> Iterator[tuple[Kind, Server]]:
    """One server of the kind, which holds the value `first`."""
    kind = KINDS[request.param]
    with running(kind.make) as server:
        kind.keep(server, "first")
        yield kind, server


def test_it_gives_back_what_it_was_given(each: tuple[Kind, Server]) -> None:
    kind, server = each

    assert "first" in kind.kept(server, SECRET)


def test_a_wrong_secret_is_refused(each: tuple[Kind, Server]) -> None:
    kind, server = each

    with pytest.raises(kind.refusal):
        kind.kept(server, WRONG)


def test_after_a_stop_it_has_the_same_port_and_content(each: tuple[Kind, Server]) -> None:
    kind, server = each
    port, pid = server.port, server.pid

    server.stop()
    assert not is_running(pid, str(server.folder))
    assert not server.answers()
    server.start()

    assert server.port == port
    assert "first" in kind.kept(server, SECRET)


def test_what_was_acknowledged_is_there_after_a_kill(each: tuple[Kind, Server]) -> None:
    kind, server = each
    kind.keep(server, "second")

    server.kill()
    server.start()

    assert {"first", "second"} <= set(kind.kept(server, SECRET))


def test_a_port_in_use_is_named(each: tuple[Kind, Server], tmp_path: Path) -> None:
    kind, _ = each
    with socket.create_server(("127.0.0.1", 0)) as taken:
        another = kind.make(tmp_path)
        another.port = taken.getsockname()[1]

        with pytest.raises(ServerDidNotStart, match=f"{another.name} did not start: port {another.port}: Address"):
            another.start()


def test_no_secret_stands_on_a_command_line(each: tuple[Kind, Server]) -> None:
    _, server = each

    assert SECRET.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    assert SECRET not in server.log.read_text("utf-8")


def test_a_server_that_ends_at_its_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    server = Redis(tmp_path, "two words")

    with pytest.raises(ServerDidNotStart, match=r"it ended with 1: .*requirepass.*server\.log"):
        server.start()


def test_redis_listens_on_this_machine_alone(tmp_path: Path) -> None:
    server = Redis(tmp_path, SECRET)
    server.start()
    listening = f":{server.port:04X} 00000000:0000 0A"
    try:
        tables = [Path(f"/proc/net/{table}").read_text("utf-8") for table in ("tcp", "tcp6")]
    finally:
        server.stop()

    assert [line.split()[1] for line in tables[0].splitlines() if listening in line] == [f"0100007F:{server.port:04X}"]
    assert f":{server.port:04X} 0000" not in tables[1]


def test_without_go_it_is_said_what_is_missing(tmp_path: Path) -> None:
    before = os.environ["PATH"]
    os.environ["PATH"] = str(tmp_path)
    try:
        with pytest.raises(GoMissing, match="weaviate is built by Go, and there is no `go` on the PATH"):
            WEAVIATE.bring()
    finally:
        os.environ["PATH"] = before


def test_a_program_that_does_not_build_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    recipe, cache = tmp_path / "recipe", tmp_path / "cache"
    recipe.mkdir()
    (recipe / "go.mod").write_text("module underlag.local/nothing\n\ngo 1.26.0\n")
    (recipe / "go.sum").touch()

    with pytest.raises(GoMissing, match="nothing could not be built"):
        GoProgram("nothing", "underlag.local/nothing/cmd", recipe, "a moment").bring(cache)

    assert [each.name for each in cache.iterdir() if each.is_dir()] == []
