# SPDX-License-Identifier: EUPL-1.2
"""The whole site: servers started, databases migrated, topics made, processes running, one address in front."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.cluster import nursery
from deploy.cluster.front import what_is_away
from deploy.cluster.processes import RoleProcess, processes_of, stop_all
from deploy.cluster.servers import Door, Servers
from deploy.databases import kept_passwords, prepare_and_migrate
from deploy.servers.caddy import Caddy
from deploy.services import MUNICIPALITIES, SERVICES
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import create, declared, packages_with_events
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities

CONTRACTS = Path(__file__).parents[2] / "contracts"
READY_SECONDS = 180
# As many as a site of this size has use for; a topic's partitions cannot be changed later.
PARTITIONS = 3


class NotReady(Exception):
    """Something did not come up in time; the text says which part misses what, and where its log lies."""


@dataclass
class Site:
    """`state` is the one folder that survives a restart; on `port` people and services come in."""

    state: Path
    port: int
    front_port: int
    say: Callable[[str], None] = print
    # A test may stand between the processes and a server.
    door: Door = lambda _server, address: address
    processes: list[RoleProcess] = field(default_factory=list)

    def start(self) -> None:
        """Everything but the front application, which the caller serves on `front_port`."""
        nursery.begin()
        self.servers = Servers(self.state, self.door)
        self.servers.start()
        self._make_topics()
        self.keyring = Keyring(Municipalities.load(MUNICIPALITIES), self.state / "keys")
        logs = self.state / "logs"
        logs.mkdir(exist_ok=True)
        for service, environment in self._environments():
            self.processes += processes_of(service, environment, logs)
        for each in self.processes:
            each.start()
        self.caddy = Caddy(self.state / "caddy", self.port, self._routes(), f"127.0.0.1:{self.front_port}")
        self.caddy.start()

    def wait_until_ready(self) -> None:
        """Raise `NotReady`."""
        deadline = time.monotonic() + READY_SECONDS
        while missing := what_is_away(self.processes):
            self.look_after()
            if time.monotonic() > deadline:
                raise NotReady(f"{missing} (logs: {self.state / 'logs'})")
            time.sleep(0.3)

    def look_after(self) -> None:
        """Bring back what has died, and say so."""
        for told in self.servers.look_after():
            self.say(told)
        if self.caddy.has_ended:
            self.caddy.start()
            self.say("caddy ended and was started again")
        for each in self.processes:
            if (status := each.look_after()) is not None:
                self.say(f"{each.name} ended with {status} and is started again (log: {each.log})")

    def stop(self) -> None:
        """Processes first, so that they find the servers there to finish what they have in hand."""
        if late := stop_all(self.processes):
            self.say(f"did not end in order: {', '.join(late)}")
        for name in ("caddy", "servers"):
            if started := getattr(self, name, None):
                started.stop()

    def _make_topics(self) -> None:
        settings = KafkaSettings(servers=self.servers.kafka.address, partitions=PARTITIONS)
        create(declared(packages_with_events(CONTRACTS), settings), settings)

    def _environments(self) -> list[tuple[Any, dict[str, str]]]:
        passwords = kept_passwords(self.state / "passwords.json", [each.name for each in SERVICES])
        databases = prepare_and_migrate(self.servers.postgres, SERVICES, passwords)
        made = []
        for service in SERVICES:
            own: dict[str, Any] = {
                **databases[service.name],
                **self.servers.told_to(service.name),
                "state_folder": self.state / service.name,
                "keys_folder": self.state / "keys",
                "municipalities_folder": MUNICIPALITIES,
                "services_url": f"http://127.0.0.1:{self.port}",
            }
            # Only migrations may use the owner's password, and they are done.
            del own["owner_database_url"]
            prefix = str(service.settings.model_config["env_prefix"])
            environment = {f"{prefix}{name.upper()}": str(value) for name, value in own.items()}
            made.append((service, {**environment, **self.servers.told_to_all()}))
        return made

    def _routes(self) -> dict[str, str]:
        return {f"/{each.service}/v1/*": each.address for each in self.processes if each.role == "api"}
