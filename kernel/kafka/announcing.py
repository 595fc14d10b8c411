# SPDX-License-Identifier: EUPL-1.2
"""How a replay gets into the audit log: as an event of its own, straight to Kafka, since no database is at hand."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from datetime import datetime

from kernel.events import Delivery, event_type
from kernel.identity import TenantId, new_id
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.replay import CannotReplay, Replay

MESSAGE = "EventsReplayed"


def announce_with(
    publisher: KafkaPublisher, actor_id: str, serves: Collection[TenantId], now: Callable[[], datetime]
) -> Callable[[Replay], None]:
    """A function that announces a replay to each municipality it touches. Raise `CannotReplay` when it cannot."""
    message = getattr(importlib.import_module("contracts.audit.v1"), MESSAGE, None)
    if message is None:
        raise CannotReplay(f"contracts.audit.v1 has no {MESSAGE}, and nothing is replayed without a record of it")

    def announce(replay: Replay) -> None:
        event = message(
            actor_id=actor_id,
            actor_role="operator",
            topic=replay.topic,
            service=replay.service,
            since=replay.since,
            event_ids=list(replay.event_ids),
        )
        body, type_ = event.SerializeToString(deterministic=True), event_type(event)
        for tenant in sorted(replay.tenants & frozenset(serves)):
            publisher(Delivery(new_id(), type_, "/operations", replay.topic, now(), tenant, replay.topic, body))

    return announce
