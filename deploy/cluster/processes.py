# SPDX-License-Identifier: EUPL-1.2
"""The processes of the platform: which there are, how each is started, and that one that dies comes back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.cluster.nursery import Child, Forked, Start
from deploy.servers.postgres import free_port
from kernel.kafka.consumer import listens_to_all
from kernel.service import Service

STOP_SECONDS = 75
COME_BACK_SECONDS = 1


@dataclass
class RoleProcess:
    """One role of one service. It keeps its port when it comes back."""

    service: str
    role: str
    environment: Mapping[str, str]
    log: Path
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    start_child: Start = Forked
    starts: int = 0
    _process: Child | None = None
    _ended_at: float | None = None

    @property
    def name(self) -> str:
        return f"{self.service} {self.role}"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        asked = [self.service, self.role, "--port", str(self.port), *self.arguments]
        self._process = self.start_child(asked, self.environment, self.log)
        self.starts, self._ended_at = self.starts + 1, None

    def look_after(self) -> int | None:
        """Start it again when it has ended a moment ago; the status with which it ended, once."""
        if self._process is None or (status := self._process.status()) is None:
            return None
        if self._ended_at is None:
            self._ended_at = time.monotonic()
            return status
        if time.monotonic() - self._ended_at > COME_BACK_SECONDS:
            self.start()
        return None

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def wait(self, deadline: float) -> bool:
        """Whether it ended in order; it is killed after the deadline."""
        if self._process is None:
            return True
        if (status := self._process.wait(max(0.1, deadline - time.monotonic()))) is None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        return status == 0


def processes_of(service: Service, environment: Mapping[str, str], logs: Path) -> list[RoleProcess]:
    """Every role that the service has something to do for."""
    roles = ["api", "relay"]
    if listens_to_all(service.handlers) or list(service.handlers.topics()):
        roles.append("consumer")
    if service.tasks.by_kind:
        roles.append("worker")
    return [
        RoleProcess(
            service.name,
            role,
            environment,
            logs / f"{service.name}-{role}.log",
            # One recognition at a time, since it uses a whole core.
            ("--slots", "1" if service.name == "transcription" else "2") if role == "worker" else (),
        )
        for role in roles
    ]


def stop_all(processes: list[RoleProcess]) -> list[str]:
    """Ask all to end, wait for them, and return the names of those that did not end in order."""
    for each in processes:
        each.ask_to_end()
    deadline = time.monotonic() + STOP_SECONDS
    return [each.name for each in processes if not each.wait(deadline)]
