# SPDX-License-Identifier: EUPL-1.2
"""Programs as children that do not outlive us, and a former one that must end before its folder is used again."""

import ctypes
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


def dies_with_parent(number: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """To be run in the child before its program (Linux): it gets the signal when the thread that made it is gone."""
    library = ctypes.CDLL(None)
    return lambda: library.prctl(PR_SET_PDEATHSIG, number) and None


def is_running(pid: int, mark: str) -> bool:
    """Whether the process lives and is ours, by its command or its folder: a pid may be another program's by now."""
    process = Path(f"/proc/{pid}")
    try:
        command = (process / "cmdline").read_text("utf-8", errors="replace")
        return mark in command or mark == str((process / "cwd").readlink())
    except OSError:
        return False


def outlast(pid_file: Path, mark: str, seconds: float) -> int | None:
    """Ask a former process to end and wait for it. Its pid when it still runs after that time, else None."""
    try:
        pid = int(pid_file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    deadline = time.monotonic() + seconds
    while is_running(pid, mark):
        if time.monotonic() > deadline:
            return pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        time.sleep(0.1)
    return None


def last_words(log: Path, lines: int = 3) -> str:
    """The end of a log, for a message that says why."""
    return " / ".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:]) if log.exists() else "no log"
