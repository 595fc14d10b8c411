# SPDX-License-Identifier: EUPL-1.2
"""One real Redis for the run, a real PostgreSQL, and for each test a key prefix and a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis import Redis as Client

from deploy.servers.postgres import free_port
from deploy.servers.redis import Redis
from kernel.dispatch.broker import Tickets
from kernel.dispatch.dispatcher import Dispatcher
from kernel.dispatch.settings import RedisSettings
from kernel.dispatch.taking import take_tickets
from kernel.jobs import Worker
from tests.background import START_SECONDS, beside, wait_until
from tests.conftest import MUNICIPALITIES, Database
from tests.integration.kernel.bench import Bench
from tests.real_servers import running

NUMBERS = count(1)
ONE_WORKER = Path(__file__).with_name("one_worker.py")
LEASE_SECONDS = 2.0


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    with running(lambda folder: Redis(folder, "only-for-tests-a/b@c%")) as server:
        yield server


@dataclass
class Site:
    """A service with jobs, its dispatchers and its workers, as far as a test asks for them."""

    bench: Bench
    settings: RedisSettings
    database: Database
    folder: Path
    running: ExitStack = field(default_factory=ExitStack)

    def tickets(self) -> Tickets:
        return Tickets(self.settings, "audit", self.bench.tasks.queues())

    def dispatcher(self) -> Dispatcher:
        engine = self.database.engine("dispatch_database_url")
        return Dispatcher("audit", self.bench.tasks, engine, self.tickets(), self.settings.tickets)

    def dispatch(self) -> None:
        """Beside the test, until it ends."""
        self.running.enter_context(beside(self.dispatcher().run))

    def work(self, slots: int = 2) -> Worker:
        """Beside the test, until it ends. Celery keeps its state in globals: one in a process."""
        worker = self.bench.worker()
        self.running.enter_context(beside(lambda stopped: take_tickets(worker, self.settings, "audit", slots, stopped)))
        return worker

    @contextmanager
    def process(self, queues: str = "", **environment: Any) -> Iterator[subprocess.Popen[bytes]]:
        """A worker of its own, once it is ready; killed at the end if it still runs."""
        given = {
            **{f"AUDIT_{name.upper()}": value for name, value in self.database.settings.items()},
            "AUDIT_MUNICIPALITIES_FOLDER": MUNICIPALITIES,
            "AUDIT_STATE_FOLDER": self.folder,
            "AUDIT_LEASE_SECONDS": LEASE_SECONDS,
            "REDIS_URL": self.settings.url,
            "REDIS_PASSWORD": self.settings.password.get_secret_value(),
            "REDIS_KEY_PREFIX": self.settings.key_prefix,
            "PORT": free_port(),
            "SECONDS": 0,
            **environment,
        }
        log = (self.folder / "worker.log").open("ab")
        started = subprocess.Popen(
            [sys.executable, ONE_WORKER, queues],
            env={**os.environ, **{name: str(value) for name, value in given.items()}},
            stderr=log,
        )
        log.close()
        try:
            wait_until(lambda: missing(int(str(given["PORT"]))) == [], START_SECONDS)
            yield started
        finally:
            started.kill()
            started.wait()


@pytest.fixture
def site(redis: Redis, database: Callable[[str], Database], tmp_path: Path) -> Iterator[Site]:
    settings = RedisSettings(
        url=f"redis://{redis.address}/0", password=redis.password, key_prefix=f"test-{next(NUMBERS)}:", tickets=8
    )
    own = database("audit")
    made = Site(Bench(own), settings, own, tmp_path)
    with made.running:
        yield made


@pytest.fixture
def client(redis: Redis) -> Iterator[Client]:
    with Client(port=redis.port, password=redis.password) as made:
        yield made


def missing(port: int) -> Any:
    """What the process there says is away; None when it says nothing."""
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5).json()["away"]
    except httpx2.HTTPError:
        return None
