# SPDX-License-Identifier: EUPL-1.2
"""What every process has beside its work: what it needs to be ready, and how it is told to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from kernel.service import Service

Check = Callable[[], bool]


class CannotRun(Exception):
    """The process cannot do what it was started for; the text says why and what to do."""


@dataclass
class Surroundings:
    """What a role is given. `stopped` is set once, by SIGTERM or SIGINT; the work in hand is then finished."""

    service: Service
    settings: Any
    host: str
    port: int
    slots: int
    queues: tuple[str, ...]
    stopped: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def tools(self) -> Any:
        """Made when first asked for: a relay needs no models and no clients."""
        return self.service.build_tools(self.settings)


def wanted_by(tools: Any) -> Mapping[str, Check]:
    """What a service's own tools name, if they name anything: `weaviate`, `files`."""
    checks: Mapping[str, Check] = getattr(tools, "checks", dict)()
    return checks


class Role(Protocol):
    """One role of one service."""

    def checks(self) -> Mapping[str, Check]:
        """What must be there before this process is ready, by name: `database`, `kafka`."""

    def wanted(self) -> Mapping[str, Check]:
        """What part of the work needs. While it is away the process stays ready for the rest, and says so."""

    def run(self) -> None:
        """Work until told to stop; return when the work in hand is finished or handed back."""


def database_answers(engine: Engine) -> Check:
    def answers() -> bool:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    return answers


def away(checks: Mapping[str, Check]) -> list[str]:
    """The names of what does not answer."""
    return [name for name, answers in checks.items() if not answers()]


def beside(name: str, target: Callable[..., object], *arguments: object) -> threading.Thread:
    """A thread that ends with the process at the latest."""
    thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
    thread.start()
    return thread
