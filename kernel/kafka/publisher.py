# SPDX-License-Identifier: EUPL-1.2
"""Publishing: a batch is sent, and counts as published when every record in it has been acknowledged."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from kernel.events import Delivery
from kernel.kafka.client import KafkaError, MessageSizeTooLargeError, discard, producer
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.wire import Outgoing, to_record
from kernel.telemetry import logger

log = logger(__name__)


class BrokerAway(Exception):
    """Not every record was acknowledged in time. All must be sent again; the inboxes sort out the doubles."""


class NotTaken(Exception):
    """Kafka takes this record never, or its topic is not there; other records go through."""


class KafkaPublisher:
    """Sends for one process. Not for use in several threads at once; never carried over a fork."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: Any = None

    def __call__(self, delivery: Delivery) -> None:
        """One event, as `kernel.relay.Publish` wants it. Raise `BrokerAway` or `NotTaken`."""
        if not self.publish_all([delivery])[0]:
            raise NotTaken(f"event {delivery.id} of type {delivery.type}")

    def publish_all(self, deliveries: Sequence[Delivery]) -> list[bool]:
        """Which of them are published now. Raise `BrokerAway` when that cannot be known.

        After one that is not taken, later ones with its key are not sent, so that their order holds.
        """
        return self.send_all([to_record(each) for each in deliveries])

    def send_all(self, records: Sequence[Outgoing]) -> list[bool]:
        """As `publish_all`, for records made elsewhere, such as dead letters."""
        deadline = time.monotonic() + self._settings.acknowledged_seconds
        try:
            if self._producer is None:
                self._producer = producer(self._settings)
            sent = self._send(records)
            for future in sent:
                if future is not None:
                    future.get(timeout=max(0.001, deadline - time.monotonic()))
        except KafkaError as trouble:
            self.close()
            raise BrokerAway(type(trouble).__name__) from trouble
        return [future is not None for future in sent]

    def close(self) -> None:
        """Let go of the connection; what was not acknowledged is forgotten here and still in the outbox."""
        if self._producer is not None:
            discard(self._producer)
            self._producer = None

    def _send(self, records: Sequence[Outgoing]) -> list[Any]:
        held_back: set[tuple[str, bytes]] = set()
        sent: list[Any] = []
        for each in records:
            future = None
            if (each.topic, each.key) not in held_back:
                try:
                    future = self._producer.send(each.topic, key=each.key, value=each.value, headers=each.headers)
                except MessageSizeTooLargeError:
                    log.error("event is too large for Kafka", topic=each.topic, size=len(each.value))
                    held_back.add((each.topic, each.key))
            sent.append(future)
        return sent
