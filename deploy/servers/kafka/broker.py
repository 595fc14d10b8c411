# SPDX-License-Identifier: EUPL-1.2
"""A real Kafka broker, started and stopped by the program, its data in a folder."""

import base64
import socket
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.kafka.jars import HERE, bring_jars, java
from deploy.servers.postgres import free_port
from deploy.servers.server import ASK_SECONDS, Server, ServerDidNotStart
from kernel.files import cache_folder

STARTED = b"Kafka Server started"
FAST_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m")


@dataclass(frozen=True)
class Door:
    """How clients come in: the protocol, the users (SCRAM-SHA-512) made before the first start, further settings."""

    protocol: str = "PLAINTEXT"
    users: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def locked_door(users: Mapping[str, str], keystore: Path) -> Door:
    """TLS and passwords. `keystore` is one PEM file: the key (PKCS#8), then the certificate and those above it."""
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return Door(
        "SASL_SSL",
        users,
        {
            "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.client.scram-sha-512.sasl.jaas.config": login,
            "listener.name.client.ssl.keystore.type": "PEM",
            "listener.name.client.ssl.keystore.location": str(keystore),
        },
    )


@dataclass
class KafkaBroker(Server):
    """One broker. `folder` holds its data, its settings and its log. The ports stay the same over a restart.

    `cluster` is the cluster's id, 16 bytes in base64url: given to a folder once, when it is formatted.
    """

    name: ClassVar[str] = "Kafka"
    start_seconds: ClassVar[float] = 60

    cluster: str = field(default_factory=lambda: base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    door: Door = field(default_factory=Door)
    cache: Path = field(default_factory=cache_folder)
    _others: tuple[int, int] = (0, 0)
    _archive: Path = Path()
    _read_from: int = 0

    def program(self) -> Path:
        """Java, once the broker's jars are there."""
        bring_jars(self.cache)
        return Path(java())

    def command(self, program: Path) -> Sequence[str | Path]:
        jars = bring_jars(self.cache)
        self._write_settings()
        classes = ["-cp", ":".join(map(str, jars))]
        if not (self.folder / "data" / "meta.properties").exists():
            self._format([program, *FAST_START, *classes])
        self._read_from = self.log.stat().st_size if self.log.exists() else 0
        return [program, *FAST_START, *self._archive_options(jars[0].parent), *classes, "kafka.Kafka", self._settings]

    def answers(self) -> bool:
        """Whether it has said so and listens. Asking it as a client does would take a client, with its password."""
        with suppress(OSError), self.log.open("rb") as log:
            log.seek(self._read_from)
            if STARTED in log.read():
                with socket.create_connection(("127.0.0.1", self.port), ASK_SECONDS):
                    return True
        return False

    def stop(self) -> None:
        """End in order; what was acknowledged is on the disk either way."""
        super().stop()
        if self._archive.name and self._fresh_archive.exists():
            self._fresh_archive.replace(self._archive)

    def _archive_options(self, jars: Path) -> list[str]:
        """Java maps the classes of an earlier run from one file, and is up in 1 s instead of 3.

        The first broker on a machine writes the file when it ends. It holds for one Java and one class path; Java
        refuses it for another, and goes on without.
        """
        self._archive = jars.with_suffix(".jsa")
        if self._archive.exists():
            return [f"-XX:SharedArchiveFile={self._archive}", "-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr"]
        return [f"-XX:ArchiveClassesAtExit={self._fresh_archive}"]

    @property
    def _fresh_archive(self) -> Path:
        return self._archive.with_name(f".{self.folder.name}-{self.port}.jsa")

    @property
    def _settings(self) -> Path:
        return (self.folder / "server.properties").absolute()

    def _write_settings(self) -> None:
        self.port = self.port or free_port()
        if self._others == (0, 0):
            self._others = (free_port(), free_port())
        values = {
            "CLIENT": str(self.port),
            "INTERNAL": str(self._others[0]),
            "CONTROLLER": str(self._others[1]),
            "PROTOCOL": self.door.protocol,
            "DATA": str((self.folder / "data").absolute()),
        }
        content = (HERE / "server.properties.in").read_text("utf-8")
        for name, value in values.items():
            content = content.replace(f"@{name}@", value)
        content += "".join(f"{name}={value}\n" for name, value in self.door.settings.items())
        self._settings.write_text(content, "utf-8")
        self._settings.chmod(0o600)

    def _format(self, command: list[str | Path]) -> None:
        # In one word: an id may begin with a dash, which alone would be taken for another option.
        named = f"--cluster-id={self.cluster}"
        asked = [*command, "kafka.tools.StorageTool", "format", named, "-c", self._settings]
        for name, password in self.door.users.items():
            asked += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        made = subprocess.run(asked, capture_output=True, text=True, check=False)
        if made.returncode:
            raise ServerDidNotStart(f"the folder could not be formatted: {(made.stdout + made.stderr).strip()[-400:]}")


@contextmanager
def running_kafka(folder: Path, door: Door | None = None) -> Iterator[KafkaBroker]:
    """A broker for the time of the block."""
    broker = KafkaBroker(folder, door=door or Door())
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
