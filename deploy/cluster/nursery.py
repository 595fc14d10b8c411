# SPDX-License-Identifier: EUPL-1.2
"""Role processes forked from one that has all of the platform's code in its memory.

On one machine sixteen processes start, and each would spend three seconds of a core on reading the same code. What runs
in a forked process is `kernel.run`, as it is in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Protocol

from deploy.servers.processes import dies_with_parent

ROOT = Path(__file__).parents[2]
LOADED = "deploy.cluster.loaded"
NAME_BYTES = 15
LOOK_SECONDS = 0.05


class Child(Protocol):
    """A process of ours."""

    @property
    def pid(self) -> int: ...
    def status(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""

    def wait(self, seconds: float) -> int | None:
        """As `status`, after so long at most."""

    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def begin() -> None:
    """Let the nursery read the code while something else starts. Without this the first child waits for it."""
    # A numeric library that starts threads while it is loaded could not be forked.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    multiprocessing.get_context("forkserver").set_forkserver_preload([LOADED])
    forkserver.ensure_running()


Start = Callable[[Sequence[str], Mapping[str, str], Path], Child]


class Forked:
    """A child of the nursery. The nursery itself is the standard library's fork server."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        begin()
        self._process: ForkServerProcess = multiprocessing.get_context("forkserver").Process(
            target=_live, args=(list(arguments), {**os.environ, **environment}, str(log)), daemon=True
        )
        self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def status(self) -> int | None:
        """255 when the nursery was gone first and could not tell."""
        ended = self._process.exitcode
        return None if ended is not None and self._is_there() else ended

    def wait(self, seconds: float) -> int | None:
        deadline = time.monotonic() + seconds
        self._process.join(seconds)
        while self.status() is None and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)
        return self.status()

    def _is_there(self) -> bool:
        """A child that outlives the nursery for a moment still has its port."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return True
        return False

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _live(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Become the role: its environment, its log, a session of its own; then `kernel.run`."""
    os.setsid()
    dies_with_parent()()
    _name(" ".join(arguments[:2]))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for handled in (signal.SIGTERM, signal.SIGINT):
        signal.signal(handled, signal.SIG_DFL)
    nothing, written = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for there, here in ((nothing, 0), (written, 1), (written, 2)):
        os.dup2(there, here)
    from kernel.run import main  # noqa: PLC0415 — it is loaded; the parent, which has no use for it, must not load it

    sys.exit(main(arguments))


def _name(name: str) -> None:
    """What `ps` and `top` show (Linux keeps 15 bytes)."""
    Path("/proc/self/comm").write_text(name[:NAME_BYTES], "utf-8")
