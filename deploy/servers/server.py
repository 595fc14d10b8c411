# SPDX-License-Identifier: EUPL-1.2
"""A server as a child of ours: started until it answers, ended in order or at once, its data and log in a folder."""

import http.client
import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from deploy.servers.postgres import free_port
from deploy.servers.processes import dies_with_parent, last_words, outlast

__all__ = ["ProgramMissing", "Server", "ServerDidNotStart", "free_ports", "status_of"]

STOP_SECONDS = 20
ASK_SECONDS = 2


class ServerDidNotStart(Exception):
    """The text says why, and where the server's own log lies."""


class ProgramMissing(ServerDidNotStart):
    """The program cannot be had on this machine; the text says what to install."""


@dataclass
class Server(ABC):
    """One server on 127.0.0.1. The port, when none is given, is a free one, and stays the same over a restart."""

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 30

    folder: Path
    port: int = field(default=0, kw_only=True)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @abstractmethod
    def program(self) -> Path:
        """Where the program lies; fetched or built when this machine has not got it. Raise `ProgramMissing`."""

    @abstractmethod
    def command(self, program: Path) -> Sequence[str | Path]:
        """The program with its arguments. What it reads at its start is written first."""

    def environment(self) -> Mapping[str, str]:
        """What the program gets beside PATH and HOME. Nothing of our own environment reaches it."""
        return {}

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves those who have its secret."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerDidNotStart(f"{self.name} does not run")
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """It was started and nobody stopped it, and yet it runs no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Wait for a former server in this folder to end, start, and wait until it answers.

        Raise `ProgramMissing` or `ServerDidNotStart`.
        """
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start, and leave the waiting to `wait`, so that several servers come up at the same time."""
        self.folder = self.folder.absolute()
        program = self.program()
        self.folder.mkdir(parents=True, exist_ok=True)
        pid_file = self.folder / "server.pid"
        if pid := outlast(pid_file, str(self.folder), STOP_SECONDS):
            raise ServerDidNotStart(f"{self.name} (process {pid}) still uses {self.folder}")
        self.port = self.port or free_port()
        self._refuse_a_port_in_use()
        command = self.command(program)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **self.environment()},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 — one system call before the program
            )
        pid_file.write_text(str(self._process.pid), "utf-8")

    def wait(self) -> None:
        """Until it answers. Raise `ServerDidNotStart` when it does not."""
        if self._process is None:
            raise ServerDidNotStart(f"{self.name} does not run")
        self._wait_until_it_answers(self._process)

    def stop(self) -> None:
        """End in order, or at once when that takes too long."""
        if self._process is not None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            self.kill()

    def kill(self) -> None:
        """End at once, with whatever it has started, as a power cut would."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _refuse_a_port_in_use(self) -> None:
        """Else the other program there would answer in this one's place."""
        try:
            _try(self.port)
        except OSError as refused:
            raise ServerDidNotStart(f"{self.name} did not start: port {self.port}: {refused.strerror}") from None

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.start_seconds
        while process.poll() is None and time.monotonic() < deadline:
            if self.answers() and process.poll() is None:
                return
            time.sleep(0.05)
        why = f"it ended with {process.returncode}" if process.returncode is not None else "it does not answer"
        self.kill()
        raise ServerDidNotStart(f"{self.name} did not start, {why}: {last_words(self.log)} (log: {self.log})")


def free_ports(count: int) -> tuple[int, ...]:
    """Ports in a row that were free just now."""
    while True:
        ports = tuple(range(first := free_port(), first + count))
        with suppress(OSError, OverflowError):
            for each in ports:
                _try(each)
            return ports


def _try(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tried.bind(("127.0.0.1", port))


def status_of(port: int, path: str, headers: Mapping[str, str] | None = None) -> int:
    """The status that a server on this machine answers GET with; 0 when it does not answer."""
    asking = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
    try:
        asking.request("GET", path, headers=dict(headers or {}))
        return asking.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        asking.close()
