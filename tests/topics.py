# SPDX-License-Identifier: EUPL-1.2
"""What lies on a broker's topics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.cluster.site import CONTRACTS
from kernel.kafka.client import TopicPartition, consumer
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import declared, packages_with_events
from tests.background import wait_until

READ_SECONDS = 30


def records_on(settings: KafkaSettings, topic: str) -> list[Any]:
    """Every record that is there now, in the order of each partition."""
    client = consumer(settings, None)
    found: list[Any] = []

    def read(expected: int) -> bool:
        for records in client.poll(timeout_ms=500).values():
            found.extend(records)
        return len(found) >= expected

    try:
        places = [TopicPartition(topic, each) for each in client.partitions_for_topic(topic)]
        client.assign(places)
        ends = client.end_offsets(places, timeout_ms=10_000)
        begins = client.beginning_offsets(places, timeout_ms=10_000)
        client.seek_to_beginning(*places)
        wait_until(lambda: read(sum(ends.values()) - sum(begins.values())), READ_SECONDS, f"{topic} was not read")
    finally:
        client.close(autocommit=False, timeout_ms=5000)
    return found


def topics_of_events(settings: KafkaSettings, *, and_dead_letters: bool = False) -> list[str]:
    every = [each.name for each in declared(packages_with_events(CONTRACTS), settings)]
    return every if and_dead_letters else [each for each in every if not each.endswith(".dead")]


def all_records(settings: KafkaSettings) -> Iterator[tuple[str, Any]]:
    """Topic and record, dead letters too."""
    for topic in topics_of_events(settings, and_dead_letters=True):
        yield from ((topic, each) for each in records_on(settings, topic))
