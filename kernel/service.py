# SPDX-License-Identifier: EUPL-1.2
"""What a service is, as one value: enough to run it in one process with others, or each of its roles alone."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from google.protobuf.message import Message
from sqlalchemy import MetaData

from kernel.handlers import Handlers
from kernel.jobs import Tasks
from kernel.settings import ServiceSettings


@dataclass(frozen=True)
class AccessEvents:
    """The messages that tell the audit log who saw what: with case_id, actor_id, actor_role, subject and reason."""

    content_read: Callable[..., Message]
    denied: Callable[..., Message]


@dataclass(frozen=True)
class Service:
    """`build_tools` makes what a running service holds; the result has at least `transaction` and `now`.

    `warm_up`, where there is one, loads what the first request should not wait for; it runs beside the start.
    """

    name: str
    settings: type[ServiceSettings]
    routes: Sequence[APIRouter]
    tables: MetaData
    build_tools: Callable[[Any], Any]
    access_events: AccessEvents
    handlers: Handlers = field(default_factory=Handlers)
    tasks: Tasks = field(default_factory=Tasks)
    warm_up: Callable[[Any], None] | None = None

    @property
    def migrations(self) -> Path:
        """The folder of the service's migrations, beside the file that puts it together."""
        return Path(inspect.getfile(self.build_tools)).parent / "migrations"
