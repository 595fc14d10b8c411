# SPDX-License-Identifier: EUPL-1.2
"""`python -m deploy.servers up|down|status|bring [NAME …]`: the real servers in the background, their data in `DATA`.

`bring` fetches and builds their programs, once for a machine, and starts nothing.
"""

import argparse
import os
import sys
from pathlib import Path

from deploy.servers.cache import DiffersFromRecipe
from deploy.servers.kinds import SERVERS, answers, fetch
from deploy.servers.postgres import PostgresDidNotStart
from deploy.servers.server import ProgramMissing, ServerDidNotStart
from deploy.servers.supervisor import ServersDidNotStart, bring_down, bring_up, keep, ports_of

CANNOT = (DiffersFromRecipe, PostgresDidNotStart, ServerDidNotStart, ServersDidNotStart)


def main(arguments: list[str] | None = None) -> int:
    """Returns 1, with one plain line, when something did not start, does not answer or did not end."""
    asked = _parser().parse_args(arguments)
    state = asked.state.absolute()
    names = asked.names or sorted(SERVERS)
    try:
        if asked.command == "keep":
            keep(state, names)
        elif asked.command == "bring":
            _bring(asked.names or [*names, "caddy"])
        elif asked.command == "down":
            return _told(bring_down(state), "ended", f"something in {state} did not end")
        else:
            if asked.command == "up":
                bring_up(state, names)
            return _tell_where(state)
    except CANNOT as reason:
        print(f"cannot start: {reason}", file=sys.stderr)
        return 1
    return 0


def _bring(names: list[str]) -> None:
    """What this machine cannot have is said; whoever needs it says so too."""
    for name in names:
        try:
            fetch(name)
        except ProgramMissing as missing:
            print(missing, flush=True)


def _tell_where(state: Path) -> int:
    ports = ports_of(state)
    serving = {name: answers(state, name, port) for name, port in ports.items()}
    for name, port in ports.items():
        log = state / name.split()[0] / "server.log"
        print(f"{name} at 127.0.0.1:{port} {'answers' if serving[name] else f'does not answer (log: {log})'}")
    print(f"passwords in {state / 'secrets.json'}" if ports else "nothing runs")
    return 0 if all(serving.values()) else 1


def _told(done: bool, said: str, otherwise: str) -> int:  # noqa: FBT001 — the answer that is told
    print(said if done else otherwise)
    return 0 if done else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.servers", description=__doc__)
    parser.add_argument("command", choices=["up", "down", "status", "bring", "keep"])
    parser.add_argument("names", nargs="*", choices=[*sorted(SERVERS), []], metavar="|".join(sorted(SERVERS)))
    parser.add_argument("--state", type=Path, default=Path(os.environ.get("DATA", "state-servers")))
    return parser


if __name__ == "__main__":
    sys.exit(main())
