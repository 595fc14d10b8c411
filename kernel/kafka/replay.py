# SPDX-License-Identifier: EUPL-1.2
"""Delivering events once more, by an operator. The inboxes sort out what took effect before.

Each replay is announced to the audit log of every municipality it touches, before it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.identity import TenantId
from kernel.kafka.client import OffsetTimestamp, TopicPartition, administrator
from kernel.kafka.consumer import group_of
from kernel.kafka.letters import DeadLetter, note_replayed, waiting_letters
from kernel.kafka.publisher import BrokerAway, KafkaPublisher
from kernel.kafka.settings import KafkaSettings


@dataclass(frozen=True)
class Replay:
    """What the audit log is told. `service` is empty for dead letters, which go to every listener again."""

    topic: str
    tenants: frozenset[TenantId]
    service: str = ""
    since: datetime | None = None
    event_ids: tuple[str, ...] = ()


Announce = Callable[[Replay], None]


class CannotReplay(Exception):
    """Nothing was replayed; the text says why and what to do."""


def replay_letters(settings: KafkaSettings, topic: str, announce: Announce, event_id: str = "") -> list[DeadLetter]:
    """Put waiting dead letters back on their topic, all or the one named. Raise `CannotReplay`."""
    waiting = waiting_letters(settings, topic)
    chosen = [each for each in waiting if event_id in {"", each.event_id}]
    if event_id and not chosen:
        raise CannotReplay(f"no dead letter {event_id} waits beside {topic}")
    if not chosen:
        return []
    announce(_of_letters(topic, chosen))
    publisher = KafkaPublisher(settings)
    try:
        publisher.send_all([each.record for each in chosen])
    except BrokerAway as away:
        raise CannotReplay(f"Kafka did not acknowledge ({away}); replay again, doubles are sorted out") from away
    finally:
        publisher.close()
    if chosen == waiting:
        note_replayed(settings, chosen)
    return chosen


def replay_since(
    settings: KafkaSettings, service: str, topic: str, since: datetime, tenants: frozenset[TenantId], announce: Announce
) -> dict[int, int]:
    """Let the service's consumers begin again at a time; the offset of each partition. Its consumers must be stopped.

    Raise `CannotReplay`.
    """
    client = administrator(settings)
    try:
        described = client.describe_topics([topic])
        places = [
            TopicPartition(topic, each["partition_index"]) for topic_ in described for each in topic_["partitions"]
        ]
        if not places:
            raise CannotReplay(f"there is no topic {topic}")
        if any(each["members"] for each in client.describe_groups([group_of(service)]).values()):
            raise CannotReplay(f"stop the consumers of {service} first")
        announce(Replay(topic, tenants, service, since))
        when = OffsetTimestamp(int(since.timestamp() * 1000))
        answered = client.reset_group_offsets(group_of(service), dict.fromkeys(places, when))
    finally:
        client.close()
    refused = {each["error"].__name__ for each in answered.values() if getattr(each["error"], "errno", 0)}
    if refused:
        raise CannotReplay(f"{', '.join(sorted(refused))}: stop the consumers of {service} first")
    return {place.partition: each["offset"] for place, each in answered.items()}


def _of_letters(topic: str, letters: Sequence[DeadLetter]) -> Replay:
    return Replay(
        topic,
        frozenset(TenantId(each.tenant) for each in letters if each.tenant),
        event_ids=tuple(each.event_id for each in letters if each.event_id),
    )
