# SPDX-License-Identifier: EUPL-1.2
"""`python -m embedded`: serve the whole platform from one process. `PORT` and `DATA` choose where."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

# Two threads of a numeric library on a busy machine cost twenty times one thread's time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import uvicorn

from deploy.servers.postgres import PostgresDidNotStart
from embedded.platform import CannotStart, Platform
from kernel.telemetry import start_logging

GRACE_SECONDS = 20


def main() -> int:
    """Serve until SIGTERM or SIGINT. Returns 1, with one plain line, when the platform cannot run here."""
    started = time.monotonic()
    # As in kernel/run.py: what is loaded is not looked through for garbage.
    gc.freeze()
    port, state = int(os.environ.get("PORT", "8080")), Path(os.environ.get("DATA", "state")).absolute()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _end)
    start_logging(os.environ.get("LOG_LEVEL", "WARNING"))
    try:
        listening = _listen(port)
        platform = Platform(state, listening.getsockname()[1])
        platform.start()
    except (CannotStart, PostgresDidNotStart) as reason:
        print(f"Underlag cannot start: {reason}", file=sys.stderr)
        return 1
    try:
        _serve(platform, listening, started)
    finally:
        platform.stop()
    return 0


def _end(_number: int, _frame: object) -> None:
    """Uvicorn stops first and raises the signal again; then everything else ends in order."""
    raise SystemExit(0)


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
    except OSError as taken:
        raise CannotStart(f"port {port} is taken ({taken.strerror}); choose another: PORT=…") from None
    return listening


def _serve(platform: Platform, listening: socket.socket, started: float) -> None:
    config = uvicorn.Config(
        platform.web(), log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_SECONDS, lifespan="off"
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_tell_when_ready, args=(server, platform, started), daemon=True).start()
    platform.work()
    server.run(sockets=[listening])


def _tell_when_ready(server: uvicorn.Server, platform: Platform, started: float) -> None:
    while not server.started:
        time.sleep(0.02)
    seconds = time.monotonic() - started
    print(
        f"Underlag is ready at http://127.0.0.1:{platform.port} after {seconds:.1f} s, state in {platform.state}. "
        "Demo users with a local issuer: not for real cases.",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
