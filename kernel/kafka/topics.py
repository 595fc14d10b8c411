# SPDX-License-Identifier: EUPL-1.2
"""The topics, declared: one for each service and major version, and one beside it for its dead letters.

Events are facts and not states, so nothing is compacted: what is older than the retention is gone, and the databases
hold what became of it.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.events import PREFIX
from kernel.kafka.client import administrator
from kernel.kafka.settings import KafkaSettings

DEAD = ".dead"
# Every service's events, those of services not yet written too, and no dead letters.
EVERY_TOPIC = rf"^{PREFIX.replace('.', '[.]')}[a-z_]+[.]v[0-9]+$"
DAY_MS = 24 * 3600 * 1000


class TopicDiffers(Exception):
    """A topic exists and has other partitions than declared. Nobody changes that by command: order would break."""


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    replication: int
    settings: dict[str, str]


def packages_with_events(contracts: Path) -> list[str]:
    """`drafting.v1` and so on: each is the protobuf package of one service's events in one major version."""
    return [
        f"{service.name}.{version.name}"
        for service in pkgutil.iter_modules([str(contracts)])
        if service.ispkg
        for version in pkgutil.iter_modules([str(contracts / service.name)])
        if version.ispkg
    ]


def declared(packages: Iterable[str], settings: KafkaSettings) -> list[Topic]:
    def topic(name: str, partitions: int, days: int) -> Topic:
        kept = {
            "cleanup.policy": "delete",
            "retention.ms": str(days * DAY_MS),
            "min.insync.replicas": str(max(1, settings.replication - 1)),
            "message.timestamp.type": "CreateTime",
        }
        return Topic(name, partitions, settings.replication, kept)

    named = sorted(PREFIX + each for each in packages)
    return [topic(each, settings.partitions, settings.retention_days) for each in named] + [
        topic(each + DEAD, 1, settings.dead_letter_days) for each in named
    ]


def create(topics: Sequence[Topic], settings: KafkaSettings) -> list[str]:
    """Make those that are missing and return their names. Raise `TopicDiffers` when one has other partitions."""
    client = administrator(settings)
    try:
        existing: dict[str, int] = {each["name"]: len(each["partitions"]) for each in client.describe_topics()}
        missing = [each for each in topics if each.name not in existing]
        if missing:
            client.create_topics({each.name: _options(each) for each in missing}, wait_for_metadata=True)
    finally:
        client.close()
    for each in topics:
        if existing.get(each.name, each.partitions) != each.partitions:
            raise TopicDiffers(f"{each.name} has {existing[each.name]} partitions, {each.partitions} are declared")
    return [each.name for each in missing]


def _options(topic: Topic) -> dict[str, Any]:
    return {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication,
        "configs": topic.settings,
    }
