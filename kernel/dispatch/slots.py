# SPDX-License-Identifier: EUPL-1.2
"""A pool for Celery that runs each ticket in a thread which ends with the process at the latest.

Celery's own pool of threads waits at exit for what still runs. Here a job that outlasts the grace time is handed back.
And it acknowledges from its threads: two that do so while Redis dies leave the connection in a state in which nothing
is taken any more, nor said. Here the thread that reads from Redis is the only one that writes to it.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from celery.concurrency.base import BasePool, apply_target  # type: ignore[import-untyped] # Celery ships no types
from celery.worker.state import maybe_shutdown  # type: ignore[import-untyped] # as above

from kernel.telemetry import logger

log = logger(__name__)
SECONDS_BETWEEN_LOOKS = 0.2


class Slots(BasePool):  # type: ignore[misc] # as above
    """As many threads as the worker has slots. They share one process, so one loaded model and one page of metrics."""

    body_can_be_buffer = True
    signal_safe = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._taken: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._free = threading.Semaphore(self.limit)

    def on_start(self) -> None:
        for number in range(self.limit):
            threading.Thread(target=self._run, name=f"slot {number}", daemon=True).start()

    def on_apply(self, target: Any, args: Any = None, kwargs: Any = None, **named: Any) -> None:
        """Wait for a free slot, so that a busy worker leaves tickets to others; then the ticket counts as taken."""
        while not self._free.acquire(timeout=SECONDS_BETWEEN_LOOKS):
            maybe_shutdown()
        accepted = named.get("accept_callback")
        if accepted is not None:
            accepted(os.getpid(), time.monotonic())
        self._taken.put(lambda: apply_target(target, args, kwargs, callback=named.get("callback")))

    def _run(self) -> None:
        while True:
            perform = self._taken.get()
            try:
                perform()
            except Exception as trouble:
                log.error("a ticket failed", exc_info=trouble)
            finally:
                self._free.release()
