# SPDX-License-Identifier: EUPL-1.2
"""The servers below the services: started together, a secret for each, and what the services are told of them."""

from collections.abc import Callable
from pathlib import Path

from deploy.servers.kafka import KafkaBroker
from deploy.servers.kinds import BUCKETS, USER, AnyServer, kept_secrets
from deploy.servers.mlflow import MlflowServer
from deploy.servers.postgres import PostgresDidNotStart, PostgresServer
from deploy.servers.redis import Redis
from deploy.servers.s3 import S3Server
from deploy.servers.server import ServerDidNotStart
from deploy.servers.weaviate import Weaviate

CONNECTIONS = "600"
# What a process is told instead of a server's own address (`host:port`), by the server's name.
Door = Callable[[str, str], str]


class Servers:
    """All of them, their data below `state`. What was written there survives a restart."""

    def __init__(self, state: Path, door: Door) -> None:
        self._secrets, self._door = kept_secrets(state), door
        self._away: set[str] = set()
        self.postgres = PostgresServer(state / "postgres", settings={"max_connections": CONNECTIONS})
        self.kafka = KafkaBroker(state / "kafka")
        self.redis = Redis(state / "redis", self._secrets["redis"])
        self.weaviate = Weaviate(state / "weaviate", self._secrets["weaviate"])
        self.s3 = S3Server(state / "s3", USER, self._secrets["s3"], BUCKETS)
        self.mlflow = MlflowServer(state / "mlflow", USER, self._secrets["mlflow"])

    def by_name(self) -> dict[str, AnyServer]:
        """In the order of their start."""
        return {
            "postgres": self.postgres,
            "kafka": self.kafka,
            "redis": self.redis,
            "weaviate": self.weaviate,
            "s3": self.s3,
            "mlflow": self.mlflow,
        }

    def start(self) -> None:
        """Raise the error of the first that does not start; it says why."""
        slow = (self.mlflow, self.weaviate, self.s3)
        for each in slow:
            each.begin()
        self.postgres.start()
        self.kafka.start()
        self.redis.start()
        for each in slow:
            each.wait()

    def look_after(self) -> list[str]:
        """Start again what has ended by itself, and return what became of each. What does not start is tried again."""
        self._away |= {name for name, each in self.by_name().items() if each.has_ended}
        told = []
        for name in sorted(self._away):
            try:
                self.by_name()[name].start()
            except (PostgresDidNotStart, ServerDidNotStart) as reason:
                told.append(f"{name} ended and does not start: {reason}")
            else:
                self._away.remove(name)
                told.append(f"{name} ended and was started again")
        return told

    def stop(self) -> None:
        """The last first, so that nobody loses what it rests on."""
        for each in reversed(self.by_name().values()):
            each.stop()

    def told_to_all(self) -> dict[str, str]:
        """What every process finds in its environment."""
        return {
            "KAFKA_SERVERS": self._door("kafka", self.kafka.address),
            "REDIS_URL": f"redis://{self._door('redis', self.redis.address)}/0",
            "REDIS_PASSWORD": self._secrets["redis"],
        }

    def told_to(self, service: str) -> dict[str, str]:
        """What one service alone needs to know, by the name of its setting."""
        models = {
            "mlflow_url": f"http://{self._door('mlflow', self.mlflow.address)}",
            "mlflow_user": self.mlflow.user,
            "mlflow_password": self._secrets["mlflow"],
        }
        match service:
            case "transcription":
                return {
                    "files_url": f"s3://{BUCKETS[0]}",
                    "files_endpoint": f"http://{self._door('s3', self.s3.address)}",
                    "files_region": self.s3.region,
                    "files_access_key": self.s3.access_key,
                    "files_secret_key": self._secrets["s3"],
                }
            case "retrieval":
                return {
                    "weaviate_url": f"http://{self._door('weaviate', self.weaviate.address)}",
                    "weaviate_grpc": self._door("weaviate-grpc", f"127.0.0.1:{self.weaviate.grpc_port}"),
                    "weaviate_key": self._secrets["weaviate"],
                }
            case "drafting" | "forecasting":
                return models
            case _:
                return {}
