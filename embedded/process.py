# SPDX-License-Identifier: EUPL-1.2
"""The platform as a process of its own, started by the demo and by tests the way a person starts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

READY = re.compile(r"ready at (http://\S+)")
ROOT = Path(__file__).parents[1]
EMBEDDED, CLUSTER = "embedded", "deploy.cluster"
STOP_SECONDS = 120


class DidNotStart(Exception):
    """The process ended before it was ready; the text is what it said."""


@dataclass
class PlatformProcess:
    """`port` 0 lets the system choose. `log` receives what the process writes to standard error.

    `program` is the module that runs it: all in one process, or each role for itself on real servers. `said` holds the
    lines that it printed until it was ready.
    """

    state: Path
    port: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    program: str = EMBEDDED
    base: str = ""
    said: list[str] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None

    @property
    def log(self) -> Path:
        return self.state.with_name(f"{self.state.name}.log")

    @property
    def pid(self) -> int:
        if self._process is None:
            raise DidNotStart("it was never started")
        return self._process.pid

    def start(self) -> None:
        """Start and wait for the line that says it is ready. Raise `DidNotStart`."""
        environment = {**os.environ, "PORT": str(self.port), "DATA": str(self.state), **self.environment}
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.program],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None  # noqa: S101 — it was asked for as a pipe
        for line in self._process.stdout:
            self.said.append(line.rstrip())
            if found := READY.search(line):
                self.base = found[1]
                threading.Thread(target=self._process.stdout.read, daemon=True).start()
                return
        self._process.wait()
        raise DidNotStart(self.log.read_text("utf-8")[-2000:])

    def stop(self) -> int:
        """Ask it to end, as an operator would, and return its exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(STOP_SECONDS)
        self._process = None
        return status

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
