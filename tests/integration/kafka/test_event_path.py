# SPDX-License-Identifier: EUPL-1.2
"""An event fares the same whether it is handed over within one process or travels through Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from sqlalchemy import select, text, update

from deploy.servers.kafka import KafkaBroker
from kernel.errors import Undeliverable
from kernel.events import Delivery
from kernel.inbox import receive
from kernel.kafka.letters import waiting_letters
from kernel.kafka.settings import KafkaSettings
from kernel.relay import relay_once
from kernel.store import Work, dead_letters, outbox
from tests.background import beside, wait_until
from tests.conftest import Database
from tests.integration.kafka.conftest import BERGVIK, EKHAMRA, EventPath, new_broker, new_message, records_on, republish

__all__ = ["new_broker"]


class Way(Protocol):
    """How events get from one outbox to one service's handlers."""

    path: EventPath

    def until(self, holds: Callable[[], bool]) -> None:
        """Let events flow until it holds, and a little longer, so that what should not come had the time to."""

    def twice(self) -> None:
        """Deliver everything that was announced so far once more."""

    def dead(self) -> list[tuple[str, str]]:
        """Type and reason of each dead letter."""


@dataclass
class HandedOver:
    """As in the embedded platform: the relay calls the listener."""

    path: EventPath
    seen: list[Delivery] = field(default_factory=list)

    def until(self, holds: Callable[[], bool]) -> None:
        engine = self.path.sender.engine("relay_database_url")

        def relay_until_told(stopped: Any) -> None:
            while not stopped.is_set():
                with engine.begin() as connection:
                    connection.execute(update(outbox).values(next_attempt_at=text("now() - interval '1 second'")))
                relay_once(engine, self._publish)
                time.sleep(0.02)

        with beside(relay_until_told):
            wait_until(holds)
            time.sleep(0.2)

    def twice(self) -> None:
        for each in self.seen:
            self._publish(each)

    def dead(self) -> list[tuple[str, str]]:
        with self.path.transactions(EKHAMRA) as work:
            rows = work.connection.execute(select(dead_letters)).all()
        return [(row.type, row.reason) for row in rows]

    def _publish(self, delivery: Delivery) -> None:
        if delivery not in self.seen:
            self.seen.append(delivery)
        receive(delivery, self.path.handlers, self.path.transactions, None)


@dataclass
class ThroughKafka:
    """As in a cluster: the relay sends to a topic, a consumer reads it."""

    path: EventPath

    def until(self, holds: Callable[[], bool]) -> None:
        with self.path.flowing():
            wait_until(holds)
            time.sleep(0.5)

    def twice(self) -> None:
        republish(self.path, records_on(self.path))

    def dead(self) -> list[tuple[str, str]]:
        return [(each.type, each.reason) for each in waiting_letters(self.path.settings, self.path.topic)]


@pytest.fixture(scope="module")
def broker(new_broker: Callable[..., KafkaBroker]) -> KafkaBroker:
    return new_broker()


@pytest.fixture(params=["handed over", "through Kafka"])
def way(request: pytest.FixtureRequest, database: Callable[[str], Database]) -> Iterator[Way]:
    if request.param == "handed over":
        yield HandedOver(EventPath(KafkaSettings(), new_message(), database("audit"), database("audit"), topics=False))
        return
    broker: KafkaBroker = request.getfixturevalue("broker")
    settings = KafkaSettings(servers=broker.address, partitions=2, session_seconds=2, acknowledged_seconds=4)
    yield ThroughKafka(EventPath(settings, new_message(), database("audit"), database("audit")))


def test_events_of_a_key_take_effect_in_the_order_in_which_they_were_announced(way: Way) -> None:
    for number in range(20):
        way.path.announce("abc"[number % 3], str(number))

    way.until(lambda: len(way.path.effects()) == 20)

    found = {key: way.path.effects(key) for key in "abc"}
    assert found == {key: [str(number) for number in range(at, 20, 3)] for at, key in enumerate("abc")}


def test_an_event_delivered_twice_takes_effect_once(way: Way) -> None:
    way.path.announce("k", "a", "b")
    way.until(lambda: way.path.effects() == ["a", "b"])

    way.twice()
    way.path.announce("k", "c")
    way.until(lambda: "c" in way.path.effects())

    assert way.path.effects() == ["a", "b", "c"]


def test_what_was_rolled_back_is_never_delivered(way: Way) -> None:
    with pytest.raises(ZeroDivisionError), way.path.sender.transactions(EKHAMRA) as work:
        work.announce(way.path.noted(value="never"), key="k")
        raise ZeroDivisionError
    way.path.announce("k", "a")

    way.until(lambda: way.path.effects() == ["a"])

    assert way.path.effects() == ["a"]


def test_an_event_whose_handler_fails_is_tried_again_before_later_ones_of_its_key(way: Way) -> None:
    failures = [ConnectionError(), ConnectionError()]

    @way.path.handlers.on(way.path.noted)
    def keep_later(event: Any, work: Work, tools: object) -> None:
        way.path.keep(event, work, tools)
        if event.value == "a" and failures:
            raise failures.pop()

    way.path.announce("k", "a", "b")
    way.until(lambda: len(way.path.effects()) == 2)

    assert way.path.effects() == ["a", "b"]
    assert failures == []


def test_an_undeliverable_event_is_a_dead_letter_with_its_reason_and_holds_nothing_back(way: Way) -> None:
    @way.path.handlers.on(way.path.noted)
    def keep_some(event: Any, work: Work, tools: object) -> None:
        way.path.keep(event, work, tools)
        if event.value == "bad":
            raise Undeliverable("unknown transcript")

    way.path.announce("k", "a", "bad", "c")
    way.until(lambda: way.path.effects() == ["a", "c"])

    assert way.path.effects() == ["a", "c"], "what an undeliverable event had begun is rolled back"
    assert way.dead() == [(f"{way.path.topic}.Noted", "unknown transcript")]


def test_each_event_is_handled_as_its_own_tenant(way: Way) -> None:
    @way.path.handlers.on(way.path.noted)
    def keep_tenant(event: Any, work: Work, tools: object) -> None:
        setting = work.connection.execute(text("SELECT current_setting('app.tenant')")).scalar()
        way.path.keep(way.path.noted(value=f"{event.value} in {work.tenant_id}, {setting}"), work, tools)

    way.path.announce("k", "a", tenant=EKHAMRA)
    way.path.announce("k", "b", tenant=BERGVIK)
    way.until(lambda: len(way.path.effects()) == 2)

    assert sorted(way.path.effects()) == ["a in ekhamra, ekhamra", "b in bergvik, bergvik"]


def test_a_handler_is_told_where_its_event_comes_from(way: Way) -> None:
    told: list[Delivery] = []

    @way.path.handlers.on(way.path.noted)
    def keep_delivery(event: Any, work: Work, tools: object) -> None:
        way.path.keep(event, work, tools)
        if work.delivery:
            told.append(work.delivery)

    way.path.announce("case-1", "å")
    with way.path.sender.engine("relay_database_url").connect() as connection:
        row = connection.execute(select(outbox)).one()
    way.until(lambda: bool(told))

    assert told == [
        Delivery(row.id, row.type, "/audit", "case-1", row.time, EKHAMRA, "case-1", bytes(row.data), row.traceparent)
    ]
