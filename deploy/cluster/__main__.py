# SPDX-License-Identifier: EUPL-1.2
"""`python -m deploy.cluster`: the platform on real servers, a process for each role. `PORT`, `DATA` choose where."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import uvicorn

from deploy.cluster.front import front_app
from deploy.cluster.site import NotReady, Site
from deploy.servers.cache import DiffersFromRecipe
from deploy.servers.postgres import PostgresDidNotStart, free_port
from deploy.servers.server import ServerDidNotStart
from kernel.telemetry import start_logging

CANNOT_START = (PostgresDidNotStart, ServerDidNotStart, DiffersFromRecipe, NotReady)


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns 1, with one plain line, when the site cannot run here."""
    started, stopped = time.monotonic(), threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _number, _frame: stopped.set())
    start_logging(os.environ.get("LOG_LEVEL", "WARNING"))
    state = Path(os.environ.get("DATA", "state-cluster")).absolute()
    state.mkdir(parents=True, exist_ok=True)
    site = Site(state, int(os.environ.get("PORT", "8080")) or free_port(), free_port(), _say)
    try:
        site.start()
        _serve_front(site)
        site.wait_until_ready()
        _tell(site, time.monotonic() - started)
        while not stopped.wait(0.5):
            site.look_after()
    except CANNOT_START as reason:
        print(f"Underlag cannot start: {reason}", file=sys.stderr)
        return 1
    finally:
        site.stop()
    return 0


def _serve_front(site: Site) -> None:
    """Beside the main thread, which must live as long as its children."""
    app = front_app(site.keyring, site.processes)
    config = uvicorn.Config(app, port=site.front_port, log_config=None, access_log=False, lifespan="off")
    threading.Thread(target=uvicorn.Server(config).run, name="front", daemon=True).start()


def _tell(site: Site, seconds: float) -> None:
    _say(", ".join(f"{name} at 127.0.0.1:{server.port}" for name, server in site.servers.by_name().items()))
    _say(f"logs in {site.state / 'logs'}; servers keep theirs in {site.state}")
    for each in site.processes:
        _say(f"  {each.name:<24} http://{each.address}  process {each.pid}")
    _say(
        f"Underlag is ready at http://127.0.0.1:{site.port} after {seconds:.1f} s, state in {site.state}. "
        "Demo users with a local issuer: not for real cases."
    )


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
