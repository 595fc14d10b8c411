# SPDX-License-Identifier: EUPL-1.2
"""What a service has for others, as a process: its events go out to Kafka, and tickets for its jobs to Redis.

A second one waits with the events until the first is gone; tickets are sent by both, which does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from sqlalchemy import Engine

from kernel.dispatch.settings import RedisSettings
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
        self._redis, self._jobs = RedisSettings(), self._engine_of_jobs()

    def checks(self) -> Mapping[str, Check]:
        checks = {"database": database_answers(self._engine), "kafka": self._watch.answers}
        if self._jobs is not None:
            checks["jobs"] = database_answers(self._jobs)
        if self._jobs is not None and self._redis.url:
            from kernel.dispatch.broker import redis_answers  # noqa: PLC0415 — a site without Redis needs no Celery

            checks["redis"] = redis_answers(self._redis)
        return checks

    def wanted(self) -> Mapping[str, Check]:
        return {}

    def run(self) -> None:
        log_as_ours()
        watching = [beside("kafka watch", self._watch.run, self.given.stopped)]
        if self._jobs is not None:
            watching.append(beside("dispatch", self._dispatch, self._jobs, self.given.stopped))
        relay_to_kafka(self.given.stopped, self._engine, self._publisher.publish_all, self.given.service.name)
        self._publisher.close()
        for each in watching:
            each.join(5)

    def _engine_of_jobs(self) -> Engine | None:
        """None for a service that has none. Raise `CannotRun` when tickets are wanted and the jobs cannot be seen."""
        if not self.given.service.tasks.by_kind:
            return None
        url = self.given.settings.dispatch_database_url.get_secret_value()
        if not url and self._redis.url:
            raise CannotRun("tickets are sent for jobs that a role of its own sees: set …_DISPATCH_DATABASE_URL")
        return engine_of(url, pool_size=2) if url else None

    def _dispatch(self, jobs: Engine, stopped: threading.Event) -> None:
        from kernel.dispatch.dispatcher import dispatcher_for  # noqa: PLC0415 — as above

        dispatcher_for(self.given.service.name, self.given.service.tasks, jobs, self._redis).run(stopped)
