# SPDX-License-Identifier: EUPL-1.2
"""From Kafka to the handlers: each event takes effect once, in order for each partition, and none is skipped.

What one poll brings takes effect in one transaction for each municipality, and offsets are committed after it. Where
that fails, its events are taken one by one. A handler that fails holds its partition back until it succeeds; an event
that can never be handled goes to the dead letters; too many of those stop the consumer.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from prometheus_client import Gauge, Histogram

from kernel.errors import Undeliverable
from kernel.events import Delivery
from kernel.handlers import Handlers
from kernel.identity import TenantId
from kernel.inbox import handle_once, handle_together
from kernel.kafka.client import (
    CommitFailedError,
    ConsumerRebalanceListener,
    KafkaError,
    OffsetAndMetadata,
    UnknownTopicOrPartitionError,
    consumer,
)
from kernel.kafka.letters import DeadLetterLimit, TooManyDeadLetters, dead_letter
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import EVERY_TOPIC
from kernel.kafka.wire import Unreadable, to_delivery
from kernel.store import Transactions
from kernel.telemetry import DEAD_LETTERS, EVENTS_HANDLED, logger, span

log = logger(__name__)
# A partition, and an offset in it.
Place = tuple[Any, int]
LONGEST_WAIT_SECONDS = 30
POLL_MS = 200
# A consumer to whom the group gives nothing for so long joins anew.
REJOIN_SECONDS = 60
BATCH = 100
DELAY = Histogram(
    "underlag_event_delay_seconds",
    "From the fact to its effect in a consumer",
    ["service"],
    buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 3600),
)
LAG = Gauge("underlag_consumer_lag", "Events published and not yet settled by this consumer", ["service"])
STOPPED = Gauge("underlag_consumer_stopped", "1 when too many dead letters have stopped the consumer", ["service"])


def group_of(service: str) -> str:
    return f"underlag.{service}"


def listens_to_all(handlers: Handlers) -> bool:
    """Whether events of every service are asked for, of those not yet written too."""
    return handlers.listen_to("")


@dataclass
class Held:
    """A partition whose next event could not be handled yet."""

    attempts: int
    until: float


@dataclass
class KafkaConsumerLoop:
    """One consumer of one service. `serves` says whether a tenant is known here; asked before any query."""

    handlers: Handlers
    transaction: Transactions
    tools: Any
    settings: KafkaSettings
    serves: Callable[[TenantId], bool]
    stopped_because: str = ""
    _consumer: Any = None
    _well: float = 0.0
    _held: dict[Any, Held] = field(default_factory=dict)
    _settled: dict[Any, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.service = self.transaction.source
        self._dead = KafkaPublisher(self.settings)
        self._limit = DeadLetterLimit(self.settings.dead_letter_limit, self.settings.dead_letter_seconds)
        STOPPED.labels(self.service).set(0)

    def run(self, stopped: threading.Event) -> None:
        """Consume until told to stop: the event in hand is finished, offsets are committed, the group is left."""
        try:
            while not stopped.is_set():
                try:
                    self._turn(stopped)
                except KafkaError as trouble:
                    log.warning("kafka cannot be reached", service=self.service, cause=type(trouble).__name__)
                    stopped.wait(1)
        except TooManyDeadLetters as reason:
            self.stopped_because = f"too many dead letters: {reason}"
            STOPPED.labels(self.service).set(1)
            log.error("consumer stopped", service=self.service, cause=self.stopped_because)
        finally:
            self._part()
            self._dead.close()

    def _turn(self, stopped: threading.Event) -> None:
        if self._consumer is None:
            self._join()
        self._let_go()
        polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=BATCH)
        try:
            done = self._take_together(polled)
            for partition, records in polled.items():
                self._take(partition, records, done, stopped)
        finally:
            committed = self._commit()
        self._measure()
        if committed and self._consumer.assignment():
            self._well = time.monotonic()
        elif time.monotonic() - self._well > REJOIN_SECONDS:
            log.warning("the group gives this consumer nothing; it joins anew", service=self.service)
            self._part()

    def _join(self) -> None:
        """Raise `KafkaError` while no topic is there.

        The client must know its topics before it joins: the leader of a group that assigns without knowing them and
        learns of them meanwhile never ends its next assignment (kafka-python 3.0.12, seen 2 times of 3).
        """
        self._consumer, self._well = consumer(self.settings, group_of(self.service)), time.monotonic()
        try:
            self._subscribe(self._consumer, _Forget(self._held, self._settled))
        except KafkaError:
            self._part()
            raise

    def _subscribe(self, client: Any, listener: ConsumerRebalanceListener) -> None:
        topics = list(self.handlers.topics())
        if listens_to_all(self.handlers):
            client.subscribe(pattern=EVERY_TOPIC, listener=listener)
            known = bool(client.topics())
        else:
            client.subscribe(topics=topics, listener=listener)
            known = all(client.partitions_for_topic(each) for each in topics)
        if not known:
            raise UnknownTopicOrPartitionError(f"not all of {', '.join(topics) or EVERY_TOPIC} are there")

    def _take_together(self, polled: Mapping[Any, Sequence[Any]]) -> set[Place]:
        """Where the events stood that took effect with others of their municipality, or had before.

        An attempt that may fail: what is not in the answer is taken one by one, and what the trouble is shows there.
        """
        waiting: dict[TenantId, list[tuple[Place, Delivery]]] = defaultdict(list)
        for partition, records in polled.items():
            for record in records:
                if (delivery := self._for_us(record)) is not None:
                    waiting[delivery.tenant_id].append(((partition, record.offset), delivery))
        done: set[Place] = set()
        for batch in waiting.values():
            if len(batch) > 1 and self._took_effect([delivery for _, delivery in batch]):
                done.update(place for place, _ in batch)
        return done

    def _for_us(self, record: Any) -> Delivery | None:
        """None for what needs a look of its own: it cannot be read, or concerns nobody here."""
        try:
            delivery = to_delivery(record.key, record.value, record.headers)
        except Unreadable:
            return None
        return delivery if self.handlers.listen_to(delivery.type) and self.serves(delivery.tenant_id) else None

    def _took_effect(self, deliveries: Sequence[Delivery]) -> bool:
        try:
            with ExitStack() as spans:
                for each in deliveries:
                    spans.enter_context(span(f"{self.service} receives {each.type}", parent=each.traceparent))
                handled = handle_together(deliveries, self.handlers, self.transaction, self.tools)
        except Exception as trouble:  # noqa: BLE001 — each event is tried by itself next, and says what is wrong
            log.info("events will be taken one by one", service=self.service, cause=type(trouble).__name__)
            return False
        for each in handled:
            self._count(each)
        return True

    def _take(self, partition: Any, records: Sequence[Any], done: Collection[Place], stopped: threading.Event) -> None:
        for record in records:
            if stopped.is_set():
                return
            if (partition, record.offset) not in done and not self._is_settled(record):
                self._hold(partition, record.offset)
                return
            self._held.pop(partition, None)
            self._settled[partition] = record.offset + 1

    def _is_settled(self, record: Any) -> bool:
        """Whether the event needs no further attempt: it took effect, concerns nobody here, or is a dead letter."""
        try:
            try:
                self._handle(record)
            except (Unreadable, Undeliverable) as reason:
                self._bury(record, str(reason))
        except TooManyDeadLetters:
            raise
        except Exception as trouble:
            # Whatever the trouble is, the event is kept and tried again.
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            log.warning("event will be tried again", service=self.service, exc_info=trouble, **place)
            return False
        return True

    def _handle(self, record: Any) -> None:
        delivery = to_delivery(record.key, record.value, record.headers)
        if not self.handlers.listen_to(delivery.type):
            return
        if not self.serves(delivery.tenant_id):
            raise Undeliverable("no such municipality here")
        with span(f"{self.service} receives {delivery.type}", parent=delivery.traceparent):
            if handle_once(delivery, self.handlers, self.transaction, self.tools):
                self._count(delivery)

    def _count(self, delivery: Delivery) -> None:
        EVENTS_HANDLED.labels(self.service, delivery.type).inc()
        DELAY.labels(self.service).observe(max(0.0, (datetime.now(UTC) - delivery.time).total_seconds()))

    def _bury(self, record: Any, reason: str) -> None:
        self._limit.require_room()
        self._dead.send_all([dead_letter(record, group_of(self.service), reason, datetime.now(UTC))])
        self._limit.count()
        DEAD_LETTERS.labels(self.service, record.topic).inc()
        log.error("dead letter", service=self.service, topic=record.topic, offset=record.offset)

    def _hold(self, partition: Any, offset: int) -> None:
        """Come back to this event later, and to none after it before."""
        held = self._held.get(partition)
        attempts = held.attempts + 1 if held else 1
        wait = min(LONGEST_WAIT_SECONDS, 0.1 * 2 ** min(attempts, 10))
        if partition in self._consumer.assignment():
            self._consumer.seek(partition, offset)
            self._consumer.pause(partition)
            self._held[partition] = Held(attempts, time.monotonic() + wait)

    def _let_go(self) -> None:
        paused = self._consumer.paused()
        for partition in list(paused):
            held = self._held.get(partition)
            if held is None or held.until <= time.monotonic():
                self._consumer.resume(partition)

    def _commit(self) -> bool:
        """What cannot be committed is delivered again, and sorted out by the inbox. False when we lost our place."""
        mine = self._consumer.assignment()
        settled = {each: OffsetAndMetadata(offset, "", -1) for each, offset in self._settled.items() if each in mine}
        self._settled.clear()
        if settled:
            try:
                self._consumer.commit(settled, timeout_ms=5000)
            except CommitFailedError:
                log.info("partitions have moved to another consumer", service=self.service)
                return False
        return True

    def _measure(self) -> None:
        lag = 0
        for each in self._consumer.assignment():
            end, position = self._consumer.highwater(each), self._consumer.position(each, timeout_ms=0)
            lag += max(0, end - position) if end is not None and position is not None else 0
        LAG.labels(self.service).set(lag)

    def _part(self) -> None:
        client, self._consumer = self._consumer, None
        try:
            if client is not None:
                client.close(autocommit=False, timeout_ms=5000)
        except KafkaError as trouble:
            log.warning("the group was not left in order", service=self.service, cause=type(trouble).__name__)


class _Forget(ConsumerRebalanceListener):  # type: ignore[misc] # kafka-python ships no types
    """A partition that goes to another consumer takes its waiting time with it. Runs on the client's own thread."""

    def __init__(self, *kept: dict[Any, Any]) -> None:
        self._kept = kept

    def on_partitions_revoked(self, revoked: Any) -> None:
        for each in revoked:
            for kept in self._kept:
                kept.pop(each, None)

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Nothing: a partition comes as its last owner committed it."""
