# SPDX-License-Identifier: EUPL-1.2
"""How a replay gets into the audit log: as an event of its own, straight to Kafka, since no database is at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from contracts.audit.v1 import EventsReplayed
from kernel.events import Delivery, event_type
from kernel.identity import TenantId, new_id
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.replay import Replay


def announce_with(
    publisher: KafkaPublisher, actor_id: str, serves: Collection[TenantId], now: Callable[[], datetime]
) -> Callable[[Replay], None]:
    """A function that announces a replay to each municipality it touches."""

    def announce(replay: Replay) -> None:
        event = EventsReplayed(
            actor_id=actor_id,
            actor_role="operator",
            topic=replay.topic,
            service=replay.service,
            event_ids=list(replay.event_ids),
        )
        if replay.since is not None:
            event.since.FromDatetime(replay.since)
        body, type_ = event.SerializeToString(deterministic=True), event_type(event)
        for tenant in sorted(replay.tenants & frozenset(serves)):
            publisher(Delivery(new_id(), type_, "/operations", replay.topic, now(), tenant, replay.topic, body))

    return announce
