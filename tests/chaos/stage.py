# SPDX-License-Identifier: EUPL-1.2
"""The site of the crash matrix: the cluster, each server behind a door, and what looks after it as an operator's
supervisor would. Threads that start processes live as long as those: a process ends with the thread that made it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import uvicorn

from deploy.cluster.front import front_app
from deploy.cluster.processes import RoleProcess
from deploy.cluster.site import Site
from deploy.servers.postgres import free_port
from kernel.kafka.settings import KafkaSettings
from tests.chaos.model import ModelServer
from tests.chaos.proxy import Doors

Found = TypeVar("Found")
LOOK_SECONDS = 0.2
ANSWER_SECONDS = 5
MODEL_SECONDS = 8


@dataclass
class DoorsSite(Site):
    """The databases are reached through a door too, and drafting asks a model."""

    model: ModelServer | None = None

    def _environments(self) -> list[tuple[Any, dict[str, str]]]:
        own = f"127.0.0.1:{self.servers.postgres.port}"
        door = self.door("postgres", own)
        made = []
        for service, environment in super()._environments():
            told = {name: value.replace(own, door) for name, value in environment.items()}
            if service.name == "drafting" and self.model is not None:
                told |= {
                    "DRAFTING_LLM_URL": f"http://{self.door('model', self.model.address)}/v1",
                    "DRAFTING_LLM_MODEL": "m",
                    "DRAFTING_LLM_TIMEOUT_SECONDS": str(MODEL_SECONDS),
                }
            made.append((service, told))
        return made


class Hand:
    """A thread that does what it is given, one thing after the other, and something of its own in between."""

    def __init__(self, name: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._asked: queue.Queue[tuple[Future[Any], Callable[[], Any]] | None] = queue.Queue()
        self._meanwhile = meanwhile
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, work: Callable[[], Found], seconds: float = 240) -> Found:
        promised: Future[Found] = Future()
        self._asked.put((promised, work))
        return promised.result(seconds)

    def end(self) -> None:
        self._asked.put(None)
        self._thread.join(30)

    def _run(self) -> None:
        while True:
            try:
                given = self._asked.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                self._meanwhile()
                continue
            if given is None:
                return
            promised, work = given
            try:
                promised.set_result(work())
            except BaseException as trouble:  # noqa: BLE001 — told to whoever waits for it
                promised.set_exception(trouble)


class Stage:
    """Starts the site, keeps it, and lets a test take hold of its parts."""

    def __init__(self, state: Path) -> None:
        self.doors = Doors()
        self.said: list[str] = []
        self.model = ModelServer(state.with_name("model"))
        self.site = DoorsSite(state, free_port(), free_port(), self._say, self._door, model=self.model)
        self._is_up = False
        self.processes = Hand("processes", self._look_after)
        self.servers = Hand("servers")

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.site.port}"

    @property
    def kafka(self) -> KafkaSettings:
        """Kafka's own address: the test looks at what is there, whatever the services can reach."""
        return KafkaSettings(servers=self.site.servers.kafka.address)

    def start(self) -> None:
        self.site.state.mkdir(parents=True, exist_ok=True)
        self.servers.do(self.model.start)
        self.servers.do(self.site.start, 600)
        app = front_app(self.site.keyring, self.site.processes)
        config = uvicorn.Config(app, port=self.site.front_port, log_config=None, access_log=False, lifespan="off")
        threading.Thread(target=uvicorn.Server(config).run, name="front", daemon=True).start()
        self.servers.do(self.site.wait_until_ready, 300)
        self._is_up = True

    def stop(self) -> None:
        self._is_up = False
        for each in self.doors.by_name.values():
            each.mend()
        try:
            self.processes.do(self.site.stop, 300)
            self.model.kill()
        finally:
            self.processes.end()
            self.servers.end()
            self.doors.close()

    def process(self, name: str) -> RoleProcess:
        return next(each for each in self.site.processes if each.name == name)

    def until_back(self, process: RoleProcess, starts: int, seconds: float) -> float:
        """Wait until the process has been started anew and says that it is ready; how long that took."""
        begun = time.monotonic()
        while not (process.starts > starts and is_ready(process.address)):
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"{process.name} was not ready again after {seconds:.0f} s (log: {process.log})")
            time.sleep(0.1)
        return time.monotonic() - begun

    def without(self, process: RoleProcess, work: Callable[[], Found]) -> Found:
        """Do something while the process is stopped in order and stays so."""

        def done() -> Found:
            process.ask_to_end()
            assert process.wait(time.monotonic() + 60), f"{process.name} did not end in order"
            try:
                return work()
            finally:
                process.start()

        return self.processes.do(done)

    def _door(self, server: str, address: str) -> str:
        """Kafka's clients are told the brokers' addresses by the brokers: a door in front of one is passed by."""
        return address if server == "kafka" else self.doors(server, address)

    def _look_after(self) -> None:
        """What the site does by itself, and the model endpoint's own supervisor."""
        if self._is_up:
            self.site.look_after()
            if self.model.has_ended:
                self.model.start()

    def _say(self, line: str) -> None:
        self.said.append(f"{time.strftime('%H:%M:%S')} {line}")


def is_ready(address: str) -> bool:
    try:
        return httpx2.get(f"http://{address}/readyz", timeout=ANSWER_SECONDS).status_code == 200
    except httpx2.HTTPError:
        return False
