# SPDX-License-Identifier: EUPL-1.2
"""What runs beside a test, and waiting for what comes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

END_SECONDS = 20
# A process of ours reads code for two seconds of a whole core, and others may want that core too.
START_SECONDS = 90
LOOK_SECONDS = 0.05


@contextmanager
def beside(target: Callable[[threading.Event], None]) -> Iterator[None]:
    """The function in a thread, told to stop at the end of the block."""
    stopped = threading.Event()
    thread = threading.Thread(target=target, args=(stopped,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(END_SECONDS)
        assert not thread.is_alive(), "it ends when told to"


def wait_until(holds: Callable[[], bool], seconds: float = 30, what: str = "it did not come about in time") -> float:
    """Returns how long it took, in seconds."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, what
        time.sleep(LOOK_SECONDS)
    return time.monotonic() - started
