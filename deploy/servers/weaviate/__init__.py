# SPDX-License-Identifier: EUPL-1.2
"""Weaviate, the search engine: one node that admits only those who have the key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.go_programs import GoProgram
from deploy.servers.postgres import free_port
from deploy.servers.server import Server, free_ports, status_of

WEAVIATE = GoProgram(
    "weaviate", "github.com/weaviate/weaviate/cmd/weaviate-server", Path(__file__).parent, "six minutes"
)
USER = "underlag"
SETTINGS = {
    "CLUSTER_HOSTNAME": "node1",
    "CLUSTER_IN_LOCALHOST": "true",
    "CLUSTER_BIND_ADDR": "127.0.0.1",
    "CLUSTER_ADVERTISE_ADDR": "127.0.0.1",
    "RAFT_BOOTSTRAP_EXPECT": "1",
    # One node has nobody to wait for: up in 2 s instead of 5 to 10.
    "RAFT_TIMEOUTS_MULTIPLIER": "1",
    "DEFAULT_VECTORIZER_MODULE": "none",
    "ENABLE_MODULES": "",
    "API_BASED_MODULES_DISABLED": "true",
    "AUTOSCHEMA_ENABLED": "false",
    "DISABLE_TELEMETRY": "true",
    "GO_PROFILING_DISABLE": "true",
    "DISK_USE_WARNING_PERCENTAGE": "98",
    "DISK_USE_READONLY_PERCENTAGE": "99",
    "LOG_LEVEL": "warning",
    "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false",
    "AUTHENTICATION_APIKEY_ENABLED": "true",
    "AUTHENTICATION_APIKEY_USERS": USER,
    "AUTHENTICATION_DB_USERS_ENABLED": "true",
    "AUTHORIZATION_RBAC_ENABLED": "true",
    "AUTHORIZATION_RBAC_ROOT_USERS": USER,
}


@dataclass
class Weaviate(Server):
    """`key` is the API key of the one user who may do everything. REST listens on 127.0.0.1 alone; gRPC and the
    node's own data port listen on every interface, whatever the host, so there is no way in without a key.
    """

    name: ClassVar[str] = "Weaviate"
    start_seconds: ClassVar[float] = 60
    key: str
    grpc_port: int = field(default=0, kw_only=True)
    _own_ports: tuple[int, ...] = field(default=(), init=False, repr=False)

    def program(self) -> Path:
        return WEAVIATE.bring()

    def command(self, program: Path) -> Sequence[str | Path]:
        return [program, "--scheme", "http", "--host", "127.0.0.1", "--port", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        self.grpc_port = self.grpc_port or free_port()
        # In a row: a node looks for its own RPC port at its raft port + 1, wherever the setting says that it listens.
        self._own_ports = self._own_ports or free_ports(4)
        names = ("CLUSTER_GOSSIP_BIND_PORT", "CLUSTER_DATA_BIND_PORT", "RAFT_PORT", "RAFT_INTERNAL_RPC_PORT")
        return {
            **SETTINGS,
            **{name: str(port) for name, port in zip(names, self._own_ports, strict=True)},
            "GRPC_PORT": str(self.grpc_port),
            "PERSISTENCE_DATA_PATH": str(self.folder / "data"),
            "AUTHENTICATION_APIKEY_ALLOWED_KEYS": self.key,
        }

    def answers(self) -> bool:
        allowed = {"Authorization": f"Bearer {self.key}"}
        return status_of(self.port, "/v1/.well-known/ready") == 200 == status_of(self.port, "/v1/schema", allowed)
