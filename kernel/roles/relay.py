# SPDX-License-Identifier: EUPL-1.2
"""A service's outbox as a process: events go out to Kafka. A second one waits and takes over."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.kafka.client import log_as_ours
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.relay import relay_to_kafka
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.watch import KafkaWatch
from kernel.roles.process import CannotRun, Check, Surroundings, beside, database_answers
from kernel.store import engine_of


class Relay:
    def __init__(self, given: Surroundings) -> None:
        url = given.settings.relay_database_url.get_secret_value()
        if not url:
            raise CannotRun("the relay has a role of its own in the database: set …_RELAY_DATABASE_URL")
        self.given, settings = given, KafkaSettings()
        self._engine = engine_of(url, pool_size=2)
        self._publisher, self._watch = KafkaPublisher(settings), KafkaWatch(settings)

    def checks(self) -> Mapping[str, Check]:
        return {"database": database_answers(self._engine), "kafka": self._watch.answers}

    def run(self) -> None:
        log_as_ours()
        watching = beside("kafka watch", self._watch.run, self.given.stopped)
        relay_to_kafka(self.given.stopped, self._engine, self._publisher.publish_all, self.given.service.name)
        self._publisher.close()
        watching.join(5)
