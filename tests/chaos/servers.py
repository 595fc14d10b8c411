# SPDX-License-Identifier: EUPL-1.2
"""The servers of the site as rows: how each is killed, brought back, taken away and made slow.

Behind a door (`tests/chaos/proxy.py`): away means cut, slow means late. Kafka's brokers tell clients where they are,
so a door is passed by: it is stopped (SIGSTOP) to be away and stopped most of the time to be slow.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.stage import Stage
from tests.chaos.story import CASE_STEPS, FORECAST, GUIDELINE, UPLOAD

DELAY_SECONDS = 0.15
STOPPED_SECONDS, RUNNING_SECONDS = 0.3, 0.1
BACK_SECONDS = 90


@dataclass(frozen=True)
class ServerRow:
    """`attribute` is its name on the site; `story` the steps that need it. With `door` it is reached through one."""

    row: str
    attribute: str
    story: tuple[str, ...]
    door: bool = True


SERVERS = (
    ServerRow("Kafka", "kafka", CASE_STEPS, door=False),
    ServerRow("PostgreSQL", "postgres", CASE_STEPS),
    ServerRow("Redis", "redis", CASE_STEPS),
    ServerRow("Weaviate", "weaviate", (GUIDELINE,)),
    ServerRow("MLflow", "mlflow", (FORECAST,)),
    ServerRow("object storage", "s3", (UPLOAD, *CASE_STEPS)),
    ServerRow("model endpoint", "model", CASE_STEPS),
)


@dataclass(frozen=True)
class Server:
    """One server of a running site, in a test's hands."""

    kind: ServerRow
    stage: Stage
    itself: Any

    @property
    def pid(self) -> int:
        process: subprocess.Popen[bytes] | None = self.itself._process
        return process.pid if process is not None else 0

    def kill(self) -> None:
        """Everything of it at once, as a power cut would."""
        for each in tree(self.pid):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def until_back(self, former: int) -> None:
        """Wait until what looks after the site has brought it back."""
        deadline = time.monotonic() + BACK_SECONDS
        while self.pid in (0, former) or self.itself.has_ended:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.kind.row} was not brought back within {BACK_SECONDS} s: {self.stage.said[-3:]}"
                )
            time.sleep(0.1)

    @contextmanager
    def away(self) -> Iterator[None]:
        if self.kind.door:
            with self._at_its_doors(lambda door: door.cut()):
                yield
            return
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    @contextmanager
    def slow(self) -> Iterator[None]:
        if self.kind.door:
            with self._at_its_doors(lambda door: door.delay(DELAY_SECONDS)):
                yield
            return
        ended = threading.Event()
        stuttering = threading.Thread(target=self._stutter, args=(ended,), daemon=True)
        stuttering.start()
        try:
            yield
        finally:
            ended.set()
            stuttering.join()

    @contextmanager
    def _at_its_doors(self, do: Callable[[Any], None]) -> Iterator[None]:
        doors = self.stage.doors.of(self.kind.attribute)
        assert doors, f"no process was told of {self.kind.row} by its door"
        for each in doors:
            do(each)
        try:
            yield
        finally:
            for each in doors:
                each.mend()

    def _stutter(self, ended: threading.Event) -> None:
        while not ended.is_set():
            self._signal(signal.SIGSTOP)
            time.sleep(STOPPED_SECONDS)
            self._signal(signal.SIGCONT)
            ended.wait(RUNNING_SECONDS)

    def _signal(self, number: signal.Signals) -> None:
        for each in tree(self.pid):
            with suppress(ProcessLookupError):
                os.kill(each, number)


def tree(pid: int) -> list[int]:
    """The process and all that it has started, parents first."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found.extend(int(child) for child in task.read_text("utf-8").split())
    return found


def servers_of(stage: Stage) -> dict[str, Server]:
    """Those that the site has, by their rows; the model endpoint is no part of it and stands beside."""
    had = {"model": stage.model, **stage.site.servers.by_name()}
    return {each.row: Server(each, stage, had[each.attribute]) for each in SERVERS if each.attribute in had}
