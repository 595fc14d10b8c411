# SPDX-License-Identifier: EUPL-1.2
"""`python -m deploy.kafka topics|rights|letters|replay-letters|replay`: what an operator does with the event path.

Settings come from the environment (`KAFKA_…`, `MUNICIPALITIES_FOLDER`). Each replay is recorded in the audit log.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from deploy.kafka.announcing import announce_with
from kernel.kafka.client import ClusterAuthorizationFailedError, KafkaError
from kernel.kafka.letters import waiting_letters
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.replay import CannotReplay, replay_letters, replay_since
from kernel.kafka.rights import RightsUnclear, put_into_force, rights_in
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import TopicDiffers, create, declared, packages_with_events
from kernel.municipalities import Municipalities

CONTRACTS = Path(__file__).parents[2] / "contracts"


def main(arguments: list[str] | None = None, settings: KafkaSettings | None = None) -> int:
    """Returns 1, with one plain line, when nothing was done."""
    asked, settings = _parser().parse_args(arguments), settings or KafkaSettings()
    try:
        _do(asked, settings)
    except (CannotReplay, RightsUnclear, TopicDiffers) as reason:
        _say(f"nothing was done: {reason}", sys.stderr)
        return 1
    except ClusterAuthorizationFailedError:
        _say(f"nothing was done: the user {settings.username!r} has no right to do this", sys.stderr)
        return 1
    except KafkaError as trouble:
        # A wrong password, an untrusted certificate and a broker that is away look the same from here.
        _say(
            f"Kafka at {settings.servers} does not let us in ({type(trouble).__name__}): is it there, are protocol, "
            "user, password and certificate right?",
            sys.stderr,
        )
        return 1
    return 0


def _do(asked: argparse.Namespace, settings: KafkaSettings) -> None:
    match asked.command:
        case "topics":
            made = create(declared(packages_with_events(CONTRACTS), settings), settings)
            _say(f"made {', '.join(made)}" if made else "all topics are there")
        case "rights":
            _enforce(asked.file, settings)
        case "letters":
            for each in waiting_letters(settings, asked.topic, replayed_too=asked.all):
                shown = vars(each) | {"record": f"{len(each.record.value)} bytes"}
                _say(json.dumps(shown, ensure_ascii=False))
        case _:
            _replay(asked, settings)


def _enforce(file: Path, settings: KafkaSettings) -> None:
    given, taken = put_into_force(rights_in(file), settings)
    for said, rights in (("given", given), ("taken away", taken)):
        for each in rights:
            _say(f"{said}: {each.user} {each.operation} {each.kind} {each.name}{'*' if each.beginning else ''}")
    _say("the rights are as the file says")


def _replay(asked: argparse.Namespace, settings: KafkaSettings) -> None:
    municipalities = Municipalities.load(Path(os.environ.get("MUNICIPALITIES_FOLDER", "embedded/municipalities")))
    publisher = KafkaPublisher(settings)
    try:
        announce = announce_with(publisher, asked.by, municipalities.by_id.keys(), lambda: datetime.now(UTC))
        if asked.command == "replay-letters":
            _say(f"replayed {len(replay_letters(settings, asked.topic, announce, asked.event))} dead letters")
            return
        tenants = frozenset(municipalities.by_id)
        offsets = replay_since(settings, asked.service, asked.topic, asked.since, tenants, announce)
        _say(f"{asked.service} begins again at {offsets}")
    finally:
        publisher.close()


def _say(line: str, to: TextIO | None = None) -> None:
    (to or sys.stdout).write(line + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("topics", help="make the topics that are declared and missing")
    rights = commands.add_parser("rights", help="let each service's user do what the file says, and nothing else")
    rights.add_argument("file", type=Path)
    letters = commands.add_parser("letters", help="list dead letters that wait, one JSON object a line")
    letters.add_argument("topic")
    letters.add_argument("--all", action="store_true", help="those replayed before as well")
    again = commands.add_parser("replay-letters", help="put dead letters back on their topic")
    again.add_argument("topic")
    again.add_argument("--event", default="", help="only the one with this id")
    since = commands.add_parser("replay", help="let a stopped service's consumers begin again at a time")
    since.add_argument("topic")
    since.add_argument("--service", required=True)
    since.add_argument("--since", required=True, type=datetime.fromisoformat, help="2026-11-22T10:00:00+00:00")
    for each in (again, since):
        each.add_argument("--by", required=True, help="who asks for it, as the audit log shall name them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
