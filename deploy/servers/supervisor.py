# SPDX-License-Identifier: EUPL-1.2
"""Servers that stay after the command that started them: one process in the background holds them as its children."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.servers.kinds import AnyServer, fetch, server_in
from deploy.servers.processes import is_running, last_words, outlast
from deploy.servers.weaviate import Weaviate

ROOT = Path(__file__).parents[2]
MARK = "deploy.servers"
START_SECONDS = 300
STOP_SECONDS = 90


class ServersDidNotStart(Exception):
    """The text says why, and where the logs lie."""


def bring_up(state: Path, names: Sequence[str]) -> Mapping[str, int]:
    """Start the servers in the background and return their ports, once they answer. Raise `ServersDidNotStart`."""
    if running := ports_of(state):
        raise ServersDidNotStart(f"{', '.join(running)} run already in {state}; `down` ends them")
    state.mkdir(parents=True, exist_ok=True)
    (state / "ports.json").unlink(missing_ok=True)
    for name in names:
        fetch(name)
    log_path = state / "servers.log"
    with log_path.open("ab") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", MARK, "keep", *names, "--state", str(state)],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (found := ports_of(state)):
        if keeper.poll() is not None or time.monotonic() > deadline:
            raise ServersDidNotStart(f"{last_words(log_path, 1)} (log: {log_path})")
        time.sleep(0.1)
    return found


def keep(state: Path, names: Sequence[str]) -> None:
    """What runs in the background: hold the servers until SIGTERM, then end them in order."""
    stopped = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _number, _frame: stopped.set())
    (state / "keeper.pid").write_text(str(os.getpid()), "utf-8")
    started: dict[str, AnyServer] = {}
    try:
        # One after the other, in this thread: a child ends with the thread that made it.
        for name in names:
            started[name] = server_in(state, name)
            started[name].start()
        (state / "ports.fresh").write_text(json.dumps(_ports(started)), "utf-8")
        (state / "ports.fresh").replace(state / "ports.json")
        stopped.wait()
    finally:
        (state / "ports.json").unlink(missing_ok=True)
        for server in started.values():
            server.stop()


def _ports(started: Mapping[str, AnyServer]) -> dict[str, int]:
    ports = {}
    for name, server in started.items():
        ports[name] = server.port
        if isinstance(server, Weaviate):
            ports[f"{name} (gRPC)"] = server.grpc_port
    return ports


def ports_of(state: Path) -> Mapping[str, int]:
    """The servers that run in this folder; empty when none do."""
    try:
        pid = int((state / "keeper.pid").read_text("utf-8"))
        found: dict[str, int] = json.loads((state / "ports.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if is_running(pid, MARK) else {}


def bring_down(state: Path) -> bool:
    """End the servers; what they hold stays in the folder. False when one did not end in time."""
    return outlast(state / "keeper.pid", MARK, STOP_SECONDS) is None
