# SPDX-License-Identifier: EUPL-1.2
"""The SQL that the platform sends, written down while it does its work, to be sent again by a program without it.

So a baseline writes the same rows by the same statements, and keeps doing so when the platform's change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from sqlalchemy import Engine, event

from deploy.servers.postgres import free_port
from evaluation.load.ground import Ground, service_of
from evaluation.load.statements import Statement
from kernel.roles.api import Api
from kernel.roles.process import Surroundings


@contextmanager
def recording(engine: Engine) -> Iterator[list[Statement]]:
    """What is sent on this engine during the block."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, many: bool) -> None:  # noqa: FBT001 — SQLAlchemy calls it so
        sent.append(Statement(sql, parameters, many).with_texts({}))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class Here:
    """A service's REST interface in this process, so that its engine can be listened to."""

    given: Surroundings
    port: int

    @property
    def engine(self) -> Engine:
        engine: Engine = self.given.tools.transaction.engine
        return engine


@contextmanager
def served_here(ground: Ground, service: str, database: Mapping[str, str]) -> Iterator[Here]:
    port = free_port()
    given = Surroundings(service_of(service), ground.settings(service, database), "127.0.0.1", port, 1, ())
    config = uvicorn.Config(Api(given).app(), port=port, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError(f"{service} cannot be served on port {port}")
        time.sleep(0.02)
    try:
        yield Here(given, port)
    finally:
        server.should_exit = True
        thread.join(10)
        given.tools.transaction.engine.dispose()
