# SPDX-License-Identifier: EUPL-1.2
"""A real Kafka broker for the tests of one run, and for each test a topic, a sender and a receiver of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import select

from deploy.servers.kafka import KafkaBroker
from kernel.events import event_type, topic_of
from kernel.handlers import Handlers
from kernel.identity import TenantId
from kernel.kafka.consumer import KafkaConsumerLoop
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.relay import relay_to_kafka
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import create, declared
from kernel.kafka.wire import Outgoing
from kernel.store import Transactions, Work, outbox
from tests import topics
from tests.background import beside
from tests.conftest import Database
from tests.real_servers import started

EKHAMRA, BERGVIK = TenantId("ekhamra"), TenantId("bergvik")
NUMBERS = count(1)


@pytest.fixture(scope="session")
def new_broker() -> Iterator[Callable[..., KafkaBroker]]:
    """Makes brokers that end with the run."""
    made: list[KafkaBroker] = []
    with tempfile.TemporaryDirectory(prefix="underlag-kafka-") as folder:

        def make(**given: Any) -> KafkaBroker:
            made.append(KafkaBroker(Path(folder) / str(len(made)), **given))
            return started(made[-1])

        yield make
        for each in made:
            each.stop()


@pytest.fixture(scope="session")
def broker(new_broker: Callable[..., KafkaBroker]) -> KafkaBroker:
    return new_broker()


@pytest.fixture
def kafka(broker: KafkaBroker) -> KafkaSettings:
    return KafkaSettings(servers=broker.address, partitions=4, session_seconds=2, acknowledged_seconds=4)


def new_message() -> type[Message]:
    """A message `test<n>.v1.Noted {string value}` that nobody has used, so that its topic is nobody else's."""
    package = f"test{next(NUMBERS)}.v1"
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    field_ = file.message_type.add(name="Noted").field.add(name="value", number=1)
    field_.type, field_.label = field_.TYPE_STRING, field_.LABEL_OPTIONAL
    found = descriptor_pool.DescriptorPool()
    found.Add(file)
    return message_factory.GetMessageClass(found.FindMessageTypeByName(f"{package}.Noted"))


@dataclass
class EventPath:
    """One sender with its outbox, one topic, one receiver with its inbox. What took effect stands in `effects`."""

    settings: KafkaSettings
    noted: type[Message]
    sender: Database
    receiver: Database
    handlers: Handlers = field(default_factory=Handlers)
    serves: frozenset[TenantId] = frozenset({EKHAMRA, BERGVIK})
    topics: bool = True

    def __post_init__(self) -> None:
        # A group is named by its service, so each receiver has a name of its own.
        self.transactions = Transactions(self.receiver.engine(), self.topic.split(".")[1])
        self._sending = self.sender.transactions
        self._looking = self.receiver.engine("relay_database_url")
        if self.topics:
            create(declared([self.topic.removeprefix("underlag.")], self.settings), self.settings)
        self.handlers.on(self.noted)(self.keep)

    @property
    def topic(self) -> str:
        return topic_of(event_type(self.noted))

    def keep(self, event: Any, work: Work, _tools: object) -> None:
        """An effect that commits with the event, and shows in which order effects came about."""
        work.announce(StringValue(value=event.value), key=work.delivery.key if work.delivery else "")

    def announce(self, key: str, *values: str, tenant: TenantId = EKHAMRA) -> None:
        with self._sending(tenant) as work:
            for value in values:
                work.announce(self.noted(value=value), key=key)

    def effects(self, key: str | None = None) -> list[str]:
        with self._looking.connect() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.position)).all()
        return [StringValue.FromString(row.data).value for row in rows if key in {None, row.key}]

    def consumer(self, handlers: Handlers | None = None) -> KafkaConsumerLoop:
        served = self.serves.__contains__
        return KafkaConsumerLoop(handlers or self.handlers, self.transactions, None, self.settings, served)

    @contextmanager
    def relaying(self) -> Iterator[None]:
        publisher = KafkaPublisher(self.settings)
        engine = self.sender.engine("relay_database_url")
        with beside(lambda stopped: relay_to_kafka(stopped, engine, publisher.publish_all, "test")):
            yield
        publisher.close()

    @contextmanager
    def flowing(self) -> Iterator[KafkaConsumerLoop]:
        loop = self.consumer()
        with self.relaying(), beside(loop.run):
            yield loop


@pytest.fixture
def path(kafka: KafkaSettings, database: Callable[[str], Database]) -> EventPath:
    return EventPath(kafka, new_message(), database("audit"), database("audit"))


def records_on(path: EventPath, topic: str = "") -> list[Any]:
    return topics.records_on(path.settings, topic or path.topic)


def put(path: EventPath, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
    """Straight to the topic, past every outbox."""
    publisher = KafkaPublisher(path.settings)
    publisher.send_all([Outgoing(path.topic, key, value, headers)])
    publisher.close()


def republish(path: EventPath, records: list[Any]) -> None:
    for each in records:
        put(path, each.key, each.value, list(each.headers))
