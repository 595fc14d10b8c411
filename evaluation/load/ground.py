# SPDX-License-Identifier: EUPL-1.2
"""The ground that measurements stand on: a durable PostgreSQL, a Kafka broker, databases, and real role processes.

Nothing is made faster than in use: fsync is on, and every process is the one that `kernel.run` starts.
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import yaml

from deploy.cluster.nursery import ROOT
from deploy.cluster.processes import RoleProcess, stop_all
from deploy.databases import database_settings
from deploy.servers.kafka import KafkaBroker
from deploy.servers.postgres import PostgresServer
from deploy.servers.processes import dies_with_parent
from deploy.services import MUNICIPALITIES
from kernel.identity import Actor, Role, TenantId
from kernel.kafka.settings import KafkaSettings
from kernel.keyring import Keyring
from kernel.migration import ROLES, migrate, prepare_database
from kernel.municipalities import Municipalities
from kernel.service import Service

PATTERN = "ekhamra"
PASSWORDS = {kind: f"only-for-measuring-{kind or 'service'}" for kind in ROLES}
# Commit times tell when an effect could be seen; the rest is what a small server of one's own would have.
MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
POSTGRES = {
    "max_connections": "400",
    # A quarter of the memory, as PostgreSQL's manual has it for a server of one's own.
    "shared_buffers": f"{MEMORY // 4 // 2**20}MB",
    "track_commit_timestamp": "on",
}
READY_SECONDS = 240


class Spawned:
    """A role in an interpreter of its own, as a container has it: it shares no memory with the others."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "kernel.run", *arguments],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdout=written,
                stderr=written,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 — one system call before the program
            )
        self.pid = self._process.pid
        self.status, self.terminate, self.kill = self._process.poll, self._process.terminate, self._process.kill

    def wait(self, seconds: float) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll()


@dataclass
class Ground:
    """`folder` holds everything and goes with the measurement."""

    folder: Path
    tenants: int = 1
    processes: list[RoleProcess] = field(default_factory=list)

    def start(self, *, with_kafka: bool = False) -> None:
        self.municipalities_folder = self.folder / "municipalities"
        copy_municipalities(self.municipalities_folder, self.tenants)
        self.keys_folder = self.folder / "keys"
        self.keyring = Keyring(Municipalities.load(self.municipalities_folder), self.keys_folder)
        self.postgres = PostgresServer(self.folder / "postgres", settings=POSTGRES)
        self.postgres.start()
        self.kafka = KafkaBroker(self.folder / "kafka")
        if with_kafka:
            self.kafka.start()
        (self.folder / "logs").mkdir()

    def stop(self) -> None:
        stop_all(self.processes)
        self.kafka.stop()
        self.postgres.stop()

    @property
    def tenant_ids(self) -> list[TenantId]:
        return list(self.keyring.municipalities.by_id)

    @property
    def kafka_settings(self) -> KafkaSettings:
        return KafkaSettings(servers=self.kafka.address, partitions=3)

    def database(self, service: str, name: str) -> dict[str, str]:
        """A database of this name, migrated for the service; its addresses by setting."""
        prepare_database(self.postgres.admin_url, service, PASSWORDS, name)
        settings = database_settings(self.postgres, service, PASSWORDS, name)
        migrate(settings["owner_database_url"], service, service_of(service).migrations)
        return settings

    def administrator(self, database: str) -> psycopg.Connection[Any]:
        """Sees all tenants. For seeding and for looking on; nothing that is measured as ours runs as this."""
        return psycopg.connect(plain(self.postgres.admin_url).rpartition("/")[0] + f"/{database}", autocommit=True)

    def settings(self, service: str, database: Mapping[str, str]) -> Any:
        return service_of(service).settings(**self._own(service, database))

    def process(self, service: str, role: str, database: Mapping[str, str], *, beside: str = "") -> RoleProcess:
        """Started, not yet ready."""
        prefix = str(service_of(service).settings.model_config["env_prefix"])
        environment = {f"{prefix}{name.upper()}": str(value) for name, value in self._own(service, database).items()}
        environment |= {"KAFKA_SERVERS": self.kafka.address, "LOG_LEVEL": "WARNING"}
        log = self.folder / "logs" / f"{service}-{role}{beside}.log"
        self.processes.append(RoleProcess(service, role, environment, log, start_child=Spawned))
        self.processes[-1].start()
        return self.processes[-1]

    @contextmanager
    def apart(self, name: str, tenants: int) -> Iterator[None]:
        """What is started in the block serves the first so many municipalities and signs its own logs, while the
        tokens are the same.
        """
        own, shared = self.folder / name, (self.municipalities_folder, self.keys_folder)
        if not own.exists():
            copy_municipalities(own / "municipalities", tenants)
            for tenant_id in self.tenant_ids[:tenants]:
                self.token(tenant_id, Role.CASEWORKER)
            shutil.copytree(self.keys_folder, own / "keys", ignore=shutil.ignore_patterns("audit"))
        self.municipalities_folder, self.keys_folder = own / "municipalities", own / "keys"
        try:
            yield
        finally:
            self.municipalities_folder, self.keys_folder = shared

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        for each in self.processes:
            while not is_ready(each):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{each.name} is not ready (log: {each.log})")
                time.sleep(0.2)

    def token(self, tenant_id: TenantId, role: Role) -> str:
        municipality = self.keyring.municipalities.of(tenant_id)
        actor = Actor(f"{role}@{tenant_id}", tenant_id, frozenset({role}), "Maja Lindroth")
        return self.keyring.local_signer(municipality).token(actor, self.keyring.audience(tenant_id))

    def _own(self, service: str, database: Mapping[str, str]) -> dict[str, Any]:
        return {
            **{name: address for name, address in database.items() if name != "owner_database_url"},
            "state_folder": self.folder / service,
            "keys_folder": self.keys_folder,
            "municipalities_folder": self.municipalities_folder,
            # Nobody answers there: guidelines and transcripts have no part in what is measured.
            "services_url": "http://127.0.0.1:9",
        }


@contextmanager
def standing(*, tenants: int = 1, with_kafka: bool = False) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="underlag-load-") as folder:
        # PostgreSQL runs as an ordinary user when root starts it, and must reach its folder.
        Path(folder).chmod(0o755)
        ground = Ground(Path(folder), tenants)
        try:
            ground.start(with_kafka=with_kafka)
            yield ground
        finally:
            ground.stop()


def service_of(name: str) -> Service:
    found: Service = importlib.import_module(f"services.{name}.service").SERVICE
    return found


def plain(url: str) -> str:
    """SQLAlchemy's way of writing an address, as psycopg reads it."""
    return url.replace("+psycopg", "")


def is_ready(process: RoleProcess) -> bool:
    try:
        return httpx2.get(f"http://{process.address}/readyz", timeout=3).status_code == 200
    except httpx2.HTTPError:
        return False


def copy_municipalities(folder: Path, number: int) -> None:
    """So many municipalities with the files of one that exists, each under a name of its own."""
    for at in range(number):
        own = folder / f"kommun-{at:03}"
        shutil.copytree(MUNICIPALITIES / PATTERN, own)
        profile = yaml.safe_load((own / "municipality.yaml").read_text("utf-8"))
        profile |= {"id": own.name, "name": f"Kommun {at}", "issuer_host": f"{own.name}.example"}
        (own / "municipality.yaml").write_text(yaml.safe_dump(profile, allow_unicode=True), "utf-8")
