# SPDX-License-Identifier: EUPL-1.2
"""The only file that imports the Kafka client: how producers, consumers and administrators are configured.

None of them may cross a fork: what was made before it hangs in the child.
"""

from __future__ import annotations

import logging
from typing import Any

from kafka import (  # type: ignore[import-untyped] # kafka-python ships no types
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    OffsetAndMetadata,
    TopicPartition,
)
from kafka.admin import (  # type: ignore[import-untyped] # as above
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    OffsetTimestamp,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.consumer.subscription_state import ConsumerRebalanceListener  # type: ignore[import-untyped] # as above
from kafka.coordinator.assignors.cooperative_sticky import (  # type: ignore[import-untyped] # as above
    CooperativeStickyAssignor,
)
from kafka.errors import (  # type: ignore[import-untyped] # as above
    ClusterAuthorizationFailedError,
    CommitFailedError,
    KafkaError,
    MessageSizeTooLargeError,
    UnknownTopicOrPartitionError,
)

from kernel.kafka.settings import KafkaSettings
from kernel.telemetry import logger

__all__ = [
    "ACL",
    "ACLFilter",
    "ACLOperation",
    "ACLPermissionType",
    "ACLResourcePatternType",
    "ClusterAuthorizationFailedError",
    "CommitFailedError",
    "ConsumerRebalanceListener",
    "KafkaError",
    "MessageSizeTooLargeError",
    "OffsetAndMetadata",
    "OffsetTimestamp",
    "ResourcePattern",
    "ResourcePatternFilter",
    "ResourceType",
    "TopicPartition",
    "UnknownTopicOrPartitionError",
    "administrator",
    "consumer",
    "discard",
    "log_as_ours",
    "producer",
]
# An idempotent producer of kafka-python 3.0 never sends again once a sent batch has outlived its delivery timeout
# (seen 3 times of 3). So that time is a day, and the publisher keeps a shorter deadline of its own.
DELIVERY_MS = 24 * 3600 * 1000


def producer(settings: KafkaSettings) -> Any:
    """Idempotent, acknowledged by all copies in step, and never in the middle of making a topic by accident."""
    return KafkaProducer(
        **_connection(settings),
        acks="all",
        enable_idempotence=True,
        delivery_timeout_ms=DELIVERY_MS,
        max_block_ms=5000,
        linger_ms=2,
        compression_type="lz4",
        allow_auto_create_topics=False,
    )


def consumer(settings: KafkaSettings, group: str | None) -> Any:
    """Reads from the earliest event that its group has not settled, and settles only when told to."""
    return KafkaConsumer(
        **_connection(settings),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_seconds * 1000,
        heartbeat_interval_ms=max(300, settings.session_seconds * 1000 // 4),
        # A batch of events whose handlers all wait for another service must fit in.
        max_poll_interval_ms=900_000,
        partition_assignment_strategy=(CooperativeStickyAssignor,),
        # How soon a new service's topic is found by those who read every topic.
        metadata_max_age_ms=10_000,
        allow_auto_create_topics=False,
    )


def administrator(settings: KafkaSettings) -> Any:
    return KafkaAdminClient(**_connection(settings))


def discard(broken: Any) -> None:
    """Let go of a producer that no longer gets through, without waiting for what it still holds."""
    # Its own close() waits for its records, raises in an outage and leaves the sender alive.
    broken._sender.force_close()  # noqa: SLF001
    broken._sender.join(5)  # noqa: SLF001
    broken.close(timeout=1)


def _connection(settings: KafkaSettings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap_servers": settings.servers.split(","),
        "security_protocol": settings.protocol,
        "reconnect_backoff_max_ms": 1000,
        "bootstrap_timeout_ms": 5000,
        "request_timeout_ms": 10_000,
    }
    if settings.protocol.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password.get_secret_value(),
        }
    files = {
        "ssl_cafile": settings.ca_file,
        "ssl_certfile": settings.certificate_file,
        "ssl_keyfile": settings.key_file,
    }
    return options | {name: str(path) for name, path in files.items() if path is not None}


class _Forward(logging.Handler):
    """What the client has to say, as one line of our log. It speaks of connections and partitions, never of bodies.

    While a broker is away it says the same several times a second; of each part of it, one line a second is passed on.
    """

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self._last: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if record.created - self._last.get(record.name, 0) < 1:
            return
        self._last[record.name] = record.created
        said = {"source": record.name, "said": record.getMessage()[:500]}
        logger(__name__).warning("kafka client", **said)


def log_as_ours() -> None:
    """A refused password or certificate is told by the client's log alone; all else looks like a broker away."""
    theirs = logging.getLogger("kafka")
    if not any(isinstance(each, _Forward) for each in theirs.handlers):
        theirs.addHandler(_Forward(logging.WARNING))
        theirs.propagate = False
