# SPDX-License-Identifier: EUPL-1.2
"""A real Kafka broker, started and stopped by the program, its data in a folder."""

import base64
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.servers.kafka.jars import HERE, bring_jars, java
from deploy.servers.postgres import free_port
from deploy.servers.processes import dies_with_parent, last_words, outlast
from deploy.servers.server import ServerDidNotStart
from kernel.files import cache_folder

START_SECONDS = 60
STOP_SECONDS = 30
STARTED = "Kafka Server started"
FAST_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m")


class BrokerDidNotStart(ServerDidNotStart):
    """The text says why, and where the broker's own log lies."""


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
class KafkaBroker:
    """One broker. `folder` holds its data, its settings and its log. The ports stay the same over a restart.

    `cluster` is the cluster's id, 16 bytes in base64url: given to a folder once, when it is formatted.
    """

    folder: Path
    port: int = 0
    cluster: str = field(default_factory=lambda: base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))
    door: Door = field(default_factory=Door)
    cache: Path = field(default_factory=cache_folder)
    _others: tuple[int, int] = (0, 0)
    _archive: Path = Path()
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BrokerDidNotStart("it was never started")
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """It was started and nobody stopped it, and yet it runs no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Format the folder if it is new, wait for a former broker to end, start, and wait until it serves.

        Raise `JavaMissing` or `BrokerDidNotStart`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        jars, runtime = bring_jars(self.cache), java()
        if pid := outlast(self.folder / "broker.pid", str(self._settings), STOP_SECONDS):
            raise BrokerDidNotStart(f"a broker (process {pid}) still uses {self.folder}")
        self._write_settings()
        classes = ["-cp", ":".join(map(str, jars))]
        if not (self.folder / "data" / "meta.properties").exists():
            self._format([runtime, *FAST_START, *classes])
        from_here = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [runtime, *FAST_START, *self._archive_options(jars[0].parent), *classes, "kafka.Kafka", self._settings],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 — one system call before the program
            )
        (self.folder / "broker.pid").write_text(str(self._process.pid), "utf-8")
        self._wait_until_it_serves(from_here)

    def stop(self) -> None:
        """End in order; what was acknowledged is on the disk either way."""
        if self._process is None:
            return
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        self.kill()
        if self._fresh_archive.exists():
            self._fresh_archive.replace(self._archive)

    def kill(self) -> None:
        """End at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

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
            raise BrokerDidNotStart(f"the folder could not be formatted: {(made.stdout + made.stderr).strip()[-400:]}")

    def _wait_until_it_serves(self, from_here: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self.log.open("rb") as log:
            log.seek(from_here)
            written = b""
            while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
                written = written[-len(STARTED) :] + log.read()
                if STARTED.encode() in written:
                    return
                time.sleep(0.05)
        self.kill()
        raise BrokerDidNotStart(f"Kafka did not start: {last_words(self.log)} (log: {self.log})")


@contextmanager
def running_kafka(folder: Path, door: Door | None = None) -> Iterator[KafkaBroker]:
    """A broker for the time of the block."""
    broker = KafkaBroker(folder, door=door or Door())
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
