# SPDX-License-Identifier: EUPL-1.2
"""A pool for Celery that runs each ticket in a thread which ends with the process at the latest.

Celery's own pool of threads waits at exit for what still runs. Here a job that outlasts the grace time is handed back.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from celery.concurrency.base import BasePool, apply_target  # type: ignore[import-untyped] # Celery ships no types

from kernel.telemetry import logger

log = logger(__name__)


class Slots(BasePool):  # type: ignore[misc] # as above
    """As many threads as the worker has slots. They share one process, so one loaded model and one page of metrics."""

    body_can_be_buffer = True
    signal_safe = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._taken: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def on_start(self) -> None:
        for number in range(self.limit):
            threading.Thread(target=self._run, name=f"slot {number}", daemon=True).start()

    def on_apply(self, target: Any, args: Any = None, kwargs: Any = None, **named: Any) -> None:
        """The ticket counts as taken when a slot begins with it, so that a busy worker leaves tickets to others."""
        told = {name: named.get(name) for name in ("callback", "accept_callback")}
        self._taken.put(lambda: apply_target(target, args, kwargs, **told))

    def _run(self) -> None:
        while True:
            perform = self._taken.get()
            try:
                perform()
            except Exception as trouble:
                log.error("a ticket failed", exc_info=trouble)
