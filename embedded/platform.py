# SPDX-License-Identifier: EUPL-1.2
"""The platform in one process: PostgreSQL, five services, their relays and workers, one HTTP application.

In place of Kafka, an event is handed straight from an outbox to every service that listens. In place of Celery, jobs
run on threads. Everything else is what the cluster runs.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from deploy.databases import kept_passwords, prepare_and_migrate
from deploy.servers.postgres import PostgresServer
from deploy.services import MUNICIPALITIES, SERVICES
from embedded.running import Running
from embedded.web import combined_app
from kernel.events import Delivery
from kernel.inbox import receive
from kernel.jobs import Worker
from kernel.keyring import Keyring
from kernel.municipalities import Municipalities
from kernel.relay import relay_once, relay_until
from kernel.service import Service
from kernel.store import engine_of
from kernel.telemetry import logger, start_tracing
from kernel.web import forget_answers

log = logger(__name__)
LEAST_FREE_BYTES = 500_000_000
STOP_SECONDS = 30
SECONDS_BETWEEN_TIDYING = 3600


class CannotStart(Exception):
    """The platform cannot run here; the text says why and what to do."""


@dataclass
class Platform:
    """`state` is the one folder that survives a restart; on `port` the services reach each other."""

    state: Path
    port: int
    municipalities_folder: Path = MUNICIPALITIES
    postgres_settings: dict[str, str] = field(default_factory=dict)
    services: Sequence[Service] = SERVICES
    running: list[Running] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start the database and put the services together. Nothing runs in the background yet."""
        _require_space(self.state)
        self.postgres = PostgresServer(self.state / "postgres", settings=self.postgres_settings)
        self.postgres.start()
        passwords = kept_passwords(self.state / "passwords.json", [each.name for each in self.services])
        databases = prepare_and_migrate(self.postgres, self.services, passwords)
        self.municipalities = Municipalities.load(self.municipalities_folder)
        self.keyring = Keyring(self.municipalities, self.state / "keys")
        for each in self.services:
            self.running.append(self._put_together(each, databases[each.name]))
        start_tracing("embedded", self.running[0].settings.otlp_url)

    def _put_together(self, service: Service, database: dict[str, Any]) -> Running:
        settings = service.settings(
            **database,
            state_folder=self.state / service.name,
            keys_folder=self.state / "keys",
            municipalities_folder=self.municipalities_folder,
            services_url=f"http://127.0.0.1:{self.port}",
            **self._model_registry(service),
        )
        tools = service.build_tools(settings)
        dispatch = engine_of(database["dispatch_database_url"], pool_size=6)
        worker = Worker(service.tasks, tools, dispatch, weight=self.municipalities.weight)
        return Running(service, settings, tools, worker, engine_of(database["relay_database_url"], pool_size=2))

    def _model_registry(self, service: Service) -> dict[str, Any]:
        """MLflow on its embedded database, one for all services, unless the environment names a server."""
        if f"{service.name.upper()}_MLFLOW_URL" in os.environ:
            return {}
        folder = self.state / "mlflow"
        folder.mkdir(exist_ok=True)
        return {"mlflow_url": f"sqlite:///{folder / 'mlflow.db'}"}

    def web(self) -> FastAPI:
        return combined_app(self.running, self.keyring)

    def work(self) -> None:
        """Relay events and do jobs in the background until `stop`."""
        self._spawn("tidying", self.tidy)
        for each in self.running:
            each.worker.release_all()
            name, wake = each.service.name, each.tools.transaction.wake
            self._spawn(f"relay {name}", relay_until, self._stopped, each.relay_engine, self.publish, wake(), name)
            for number in range(_threads_for(each)):
                self._spawn(f"worker {name} {number}", each.worker.run_until, self._stopped, wake())
            if each.service.warm_up is not None:
                self._spawn(f"warm-up {name}", each.service.warm_up, each.tools)

    def tidy(self) -> None:
        """Once an hour, forget answers that nobody will ask for again."""
        while not self._stopped.wait(SECONDS_BETWEEN_TIDYING):
            for each in self.running:
                for municipality in self.municipalities:
                    with suppress(SQLAlchemyError), each.tools.transaction(municipality.id) as work:
                        forget_answers(work)

    def publish(self, delivery: Delivery) -> None:
        """Hand an event to every service that listens; raising keeps it in the outbox for another try."""
        for each in self.running:
            receive(delivery, each.service.handlers, each.tools.transaction, each.tools)

    def settle(self) -> None:
        """Relay and work until nothing waits, so that a test can look at the outcome."""
        while sum(relay_once(each.relay_engine, self.publish) + each.worker.run_next() for each in self.running):
            continue

    def stop(self) -> None:
        """Finish the work in hand, hand back the rest, end the database."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        for each in self.running:
            for engine in (each.tools.transaction.engine, each.worker.dispatch, each.relay_engine):
                engine.dispose()
        self.postgres.stop()

    def _spawn(self, name: str, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def _threads_for(running: Running) -> int:
    """One recognition at a time, since it uses a whole core; two headings or documents may be written beside it."""
    if not running.worker.kinds:
        return 0
    return 1 if running.service.name == "transcription" else 2


def _require_space(state: Path) -> None:
    try:
        state.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise CannotStart(
            f"the state folder {state} cannot be made: {trouble.strerror}. Choose another: DATA=…"
        ) from None
    free = shutil.disk_usage(state).free
    if free < LEAST_FREE_BYTES:
        raise CannotStart(
            f"only {free // 1_000_000} MB are free in {state}; at least {LEAST_FREE_BYTES // 1_000_000} MB are needed. "
            "Make room or choose another folder: DATA=…"
        )
