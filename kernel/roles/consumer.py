# SPDX-License-Identifier: EUPL-1.2
"""A service's handlers as a process: events of other services come in from Kafka."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.identity import TenantId
from kernel.kafka.client import log_as_ours
from kernel.kafka.consumer import KafkaConsumerLoop, listens_to_all
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.watch import KafkaWatch
from kernel.municipalities import Municipalities
from kernel.roles.process import CannotRun, Check, Surroundings, beside, database_answers, wanted_by


class Consumer:
    def __init__(self, given: Surroundings) -> None:
        """Raise `CannotRun` for a service that listens to nothing."""
        handlers = given.service.handlers
        if not listens_to_all(handlers) and not list(handlers.topics()):
            raise CannotRun(f"{given.service.name} listens to no events: it needs no consumer")
        self.given, settings = given, KafkaSettings()
        self._watch = KafkaWatch(settings)
        self._municipalities = Municipalities.load(given.settings.municipalities_folder)
        self._loop = KafkaConsumerLoop(handlers, given.tools.transaction, given.tools, settings, self._serves)

    def checks(self) -> Mapping[str, Check]:
        return {
            "database": database_answers(self.given.tools.transaction.engine),
            "kafka": self._watch.answers,
            "consumer": lambda: not self._loop.stopped_because,
        }

    def wanted(self) -> Mapping[str, Check]:
        return wanted_by(self.given.tools)

    def run(self) -> None:
        """Stopped by too many dead letters, the process stays and is not ready, so that somebody looks."""
        log_as_ours()
        watching = beside("kafka watch", self._watch.run, self.given.stopped)
        self._loop.run(self.given.stopped)
        self.given.stopped.wait()
        watching.join(5)

    def _serves(self, tenant_id: TenantId) -> bool:
        """A municipality added since the start is found without a restart."""
        if tenant_id not in self._municipalities.by_id:
            self._municipalities = Municipalities.load(self.given.settings.municipalities_folder)
        return tenant_id in self._municipalities.by_id
