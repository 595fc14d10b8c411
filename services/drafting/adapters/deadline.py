# SPDX-License-Identifier: EUPL-1.2
"""Calling something outside that may never answer: in a thread of its own, for so many seconds and no longer."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


def within(seconds: float, call: Callable[[], Answer], name: str) -> Answer:
    """What the call answers, or its exception. Raise `TimeoutError` after the seconds; the thread is left behind and
    keeps nobody from stopping the process.
    """
    answered: SimpleQueue[tuple[Answer | None, BaseException | None]] = SimpleQueue()

    def run() -> None:
        try:
            answered.put((call(), None))
        except BaseException as problem:  # noqa: BLE001  # handed over to the caller's thread
            answered.put((None, problem))

    Thread(target=run, name=name, daemon=True).start()
    try:
        answer, problem = answered.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"{name}: no answer within {seconds:g} s") from None
    if problem is not None:
        raise problem
    return answer  # type: ignore[return-value]  # an answer without a problem is the call's own
