# SPDX-License-Identifier: EUPL-1.2
"""`python -m kernel.run <service> api|consumer|relay|worker`: one role of one service as a process.

The service is found by its name; its settings come from the environment (`DRAFTING_…`, `KAFKA_…`).
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

# Two threads of a numeric library on a busy machine cost twenty times one thread's time.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pydantic import ValidationError

from kernel.roles.health import serve_health
from kernel.roles.process import CannotRun, Role, Surroundings
from kernel.service import Service
from kernel.telemetry import start_logging, start_tracing

SERVICES = Path(__file__).parents[1] / "services"
ROLES = ("api", "consumer", "relay", "worker")


def main(arguments: list[str] | None = None) -> int:
    """Runs until SIGTERM or SIGINT. Returns 1, with one plain line, when the process cannot do its work."""
    asked = _parser().parse_args(arguments)
    start_logging(os.environ.get("LOG_LEVEL", "INFO"))
    try:
        given = _surroundings(asked)
        role = role_of(asked.role)(given)
    except (CannotRun, ValidationError) as reason:
        sys.stderr.write(f"{asked.service} {asked.role} cannot run: {_plain(reason)}\n")
        return 1
    # All that is loaded stays: to look through it for garbage, at the end once more, costs most of a second.
    gc.freeze()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda _number, _frame: given.stopped.set())
    if asked.role != "api":
        serve_health(given.host, given.port, role.checks(), role.wanted())
    role.run()
    return 0


def load(name: str) -> Service:
    """The service of that name. Raise `CannotRun` when there is none."""
    known = sorted(each.parent.name for each in SERVICES.glob("*/service.py"))
    if name not in known:
        raise CannotRun(f"there is no such service; there are {', '.join(known)}")
    service: Service = importlib.import_module(f"services.{name}.service").SERVICE
    return service


def role_of(name: str) -> Callable[[Surroundings], Role]:
    """Imported when asked for, so that an image needs only what its role needs."""
    module, made = {
        "api": ("api", "Api"),
        "consumer": ("consumer", "Consumer"),
        "relay": ("relay", "Relay"),
        "worker": ("worker", "Work"),
    }[name]
    found: Callable[[Surroundings], Role] = getattr(importlib.import_module(f"kernel.roles.{module}"), made)
    return found


def _surroundings(asked: argparse.Namespace) -> Surroundings:
    service = load(asked.service)
    settings = service.settings()
    start_tracing(service.name, settings.otlp_url)
    queues = tuple(asked.queues.split(",")) if asked.queues else ()
    return Surroundings(service, settings, asked.host, asked.port, asked.slots, queues)


def _plain(reason: Exception) -> str:
    """The names of the settings that are wrong; their values may be secrets."""
    if isinstance(reason, ValidationError):
        return "; ".join(f"setting {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in reason.errors())
    return str(reason)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m kernel.run", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")))
    parser.add_argument("--slots", type=int, default=1, help="worker: jobs at a time")
    parser.add_argument("--queues", default="", help="worker: only these kinds of work, with commas between")
    return parser


if __name__ == "__main__":
    sys.exit(main())
