# SPDX-License-Identifier: EUPL-1.2
"""A job in a worker's hand, and the three ways in which it ends before its time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.identity import TenantId
from kernel.store import Work

Effect = Callable[[Work], None]


class Cancelled(Exception):
    """Somebody asked that the job end. It leaves no effect."""


class LeaseLost(Exception):
    """Another worker has the job now; whatever was done here must not show."""


@dataclass(frozen=True)
class Problem:
    """Why a job was given up: a stable type and a plain sentence without personal data."""

    type: str
    detail: str


@dataclass
class Job:
    """A claimed job. `attempt` counts from 1; `subject` is the id of what it is about."""

    id: str
    tenant_id: TenantId
    kind: str
    subject: str
    payload: Mapping[str, Any]
    attempt: int
    lease: str
    losses: int = 0
    traceparent: str = ""
    cancelled: threading.Event = field(default_factory=threading.Event)
    reached: float = 0.0

    def progress(self, share: float) -> None:
        """Tell how far it has come, 0 to 1; the heart-beat writes it down. Raise `Cancelled` when somebody asked."""
        self.reached = min(1.0, max(self.reached, share))
        if self.cancelled.is_set():
            raise Cancelled(self.id)
