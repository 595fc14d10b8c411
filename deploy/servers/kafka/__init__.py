# SPDX-License-Identifier: EUPL-1.2
"""Apache Kafka from Maven's artifacts: one broker that is its own controller, without containers."""

from deploy.servers.kafka.broker import Door, KafkaBroker, locked_door, running_kafka
from deploy.servers.kafka.jars import JavaMissing

__all__ = ["Door", "JavaMissing", "KafkaBroker", "locked_door", "running_kafka"]
