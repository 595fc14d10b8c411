# SPDX-License-Identifier: EUPL-1.2
"""`python -m deploy.servers up|down|status [kafka postgres]`: the real servers in the background, data in `DATA`."""

import argparse
import os
import sys
from pathlib import Path

from deploy.servers.cache import DiffersFromRecipe
from deploy.servers.kafka import BrokerDidNotStart, JavaMissing
from deploy.servers.postgres import PostgresDidNotStart
from deploy.servers.supervisor import SERVERS, ServersDidNotStart, bring_down, bring_up, keep, ports_of

CANNOT = (BrokerDidNotStart, DiffersFromRecipe, JavaMissing, PostgresDidNotStart, ServersDidNotStart)


def main(arguments: list[str] | None = None) -> int:
    """Returns 1, with one plain line, when something did not start or did not end."""
    asked = _parser().parse_args(arguments)
    state = asked.state.absolute()
    names = asked.names or sorted(SERVERS)
    try:
        if asked.command == "keep":
            keep(state, names)
        elif asked.command == "down":
            return _told(bring_down(state), "ended", f"something in {state} did not end")
        else:
            ports = bring_up(state, names) if asked.command == "up" else ports_of(state)
            print("\n".join(f"{name} at 127.0.0.1:{port}" for name, port in ports.items()) or "nothing runs")
    except CANNOT as reason:
        print(f"cannot start: {reason}", file=sys.stderr)
        return 1
    return 0


def _told(done: bool, said: str, otherwise: str) -> int:  # noqa: FBT001 — the answer that is told
    print(said if done else otherwise)
    return 0 if done else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.servers", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "keep"])
    parser.add_argument("names", nargs="*", choices=[*sorted(SERVERS), []], metavar="|".join(sorted(SERVERS)))
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("DATA", "state-servers")))
    return parser


if __name__ == "__main__":
    sys.exit(main())
