# SPDX-License-Identifier: EUPL-1.2
"""The servers that `python -m deploy.servers` knows, each in its folder, with a secret that is made for it once."""

import json
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from deploy.servers.caddy import CADDY
from deploy.servers.kafka import KafkaBroker
from deploy.servers.mlflow import MlflowServer
from deploy.servers.postgres import PostgresServer
from deploy.servers.redis import Redis
from deploy.servers.s3 import S3Server
from deploy.servers.server import Server
from deploy.servers.weaviate import Weaviate

AnyServer = Server | PostgresServer
USER = "underlag"
BUCKETS = ("recordings",)

SERVERS: Mapping[str, Callable[[Path, str, int], AnyServer]] = {
    "kafka": lambda folder, _, port: KafkaBroker(folder, port=port),
    "mlflow": lambda folder, secret, port: MlflowServer(folder, USER, secret, port=port),
    "postgres": lambda folder, _, port: PostgresServer(folder, port),
    "redis": lambda folder, secret, port: Redis(folder, secret, port=port, appends=True),
    "s3": lambda folder, secret, port: S3Server(folder, USER, secret, BUCKETS, port=port),
    "weaviate": lambda folder, secret, port: Weaviate(folder, secret, port=port),
}
WITHOUT_SECRET = ("kafka", "postgres")


def server_in(state: Path, name: str, port: int = 0) -> AnyServer:
    """The server of that name, not started."""
    return SERVERS[name](state / name, kept_secrets(state).get(name, ""), port)


def fetch(name: str) -> None:
    """Bring its program to this machine, in the foreground: a first time may take minutes."""
    if name == "caddy":
        # It stands in front of a site and needs one to be started for.
        CADDY.bring()
        return
    server = SERVERS[name](Path(name), "", 0)
    if isinstance(server, Server):
        server.program()


def kept_secrets(state: Path) -> Mapping[str, str]:
    """One for each server that asks for one, readable by its owner alone. The user is `underlag` everywhere."""
    place = state / "secrets.json"
    with suppress(OSError, ValueError):
        found: dict[str, str] = json.loads(place.read_text("utf-8"))
        return found
    made = {name: secrets.token_urlsafe(24) for name in SERVERS if name not in WITHOUT_SECRET}
    fresh = place.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(made), "utf-8")
    fresh.replace(place)
    return made


def answers(state: Path, name: str, port: int) -> bool:
    """Whether it serves; of those that have no door of their own to knock at, whether somebody listens."""
    server = server_in(state, name, port) if name in SERVERS else None
    if isinstance(server, Server):
        return server.answers()
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False
