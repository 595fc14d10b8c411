# SPDX-License-Identifier: EUPL-1.2
"""What is announced arrives: at least once from the outbox, once in effect, in order for each key."""

import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update

from kernel.errors import Undeliverable
from kernel.events import Delivery
from kernel.handlers import Handlers
from kernel.identity import TenantId
from kernel.inbox import receive
from kernel.relay import relay_once
from kernel.store import outbox
from tests.conftest import Database

EKHAMRA = TenantId("ekhamra")
TYPE = "underlag.google.protobuf.StringValue"


def announce(own: Database, key: str, *values: str) -> None:
    transactions = own.transactions
    for value in values:
        with transactions(EKHAMRA) as work:
            work.announce(StringValue(value=value), key=key)


def value_of(delivery: Delivery) -> str:
    return StringValue.FromString(delivery.data).value


def every_row_is_due(own: Database) -> None:
    with own.engine("relay_database_url").begin() as connection:
        connection.execute(update(outbox).values(next_attempt_at=text("now() - interval '1 second'")))


def test_what_was_rolled_back_is_not_published(own: Database) -> None:
    with pytest.raises(ZeroDivisionError), own.transactions(EKHAMRA) as work:
        work.announce(StringValue(value="a"), key="k")
        raise ZeroDivisionError

    assert relay_once(own.engine("relay_database_url"), lambda _delivery: None) == 0


def test_an_event_that_is_not_handed_over_holds_back_its_key_only(own: Database) -> None:
    announce(own, "one", "a", "b")
    announce(own, "two", "c")
    seen: list[str] = []

    def publish(delivery: Delivery) -> None:
        if value_of(delivery) == "a" and not seen.count("c"):
            raise ConnectionError
        seen.append(value_of(delivery))

    relay = own.engine("relay_database_url")
    relay_once(relay, publish)
    assert seen == ["c"]
    relay_once(relay, publish)
    assert seen == ["c"], "the key waits for its next attempt"
    every_row_is_due(own)
    relay_once(relay, publish)

    assert seen == ["c", "a", "b"]


@given(
    fails=st.lists(st.booleans(), max_size=30),
    keys=st.lists(st.sampled_from("abc"), min_size=1, max_size=15),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_holds_for_each_key_whatever_fails(own: Database, fails: list[bool], keys: list[str]) -> None:
    chances = iter(fails)
    seen: dict[str, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        announce(own, key, str(number))

    def publish(delivery: Delivery) -> None:
        if next(chances, False):
            raise ConnectionError
        seen[delivery.key].append(int(value_of(delivery)))

    relay = own.engine("relay_database_url")
    for _ in range(len(fails) + 2):
        relay_once(relay, publish)
        every_row_is_due(own)

    assert {key: [n for n, k in enumerate(keys) if k == key] for key in set(keys)} == seen


def test_several_relays_at_once_keep_the_order_and_double_nothing(own: Database) -> None:
    for number in range(60):
        announce(own, "abc"[number % 3], str(number))
    seen: dict[str, list[int]] = defaultdict(list)
    lock = threading.Lock()

    def publish(delivery: Delivery) -> None:
        with lock:
            seen[delivery.key].append(int(value_of(delivery)))

    relay = own.engine("relay_database_url")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: [relay_once(relay, publish) for _ in range(5)], range(4)))

    assert {key: list(range(at, 60, 3)) for at, key in enumerate("abc")} == seen


def a_delivery(id: str = "e1", value: str = "a", tenant: str = "ekhamra") -> Delivery:
    data = StringValue(value=value).SerializeToString()
    return Delivery(id, TYPE, "/test", "s", datetime(2026, 3, 2, tzinfo=UTC), TenantId(tenant), "k", data)


def test_an_event_takes_effect_once_however_often_it_comes(own: Database) -> None:
    handlers, seen, transactions = Handlers(), list[str](), own.transactions

    @handlers.on(StringValue)
    def keep(event: StringValue, work: Any, tools: Any) -> None:
        seen.append(event.value)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _n: receive(a_delivery(), handlers, transactions, None), range(8)))

    assert seen == ["a"]


def test_an_event_whose_handler_failed_comes_again(own: Database) -> None:
    handlers, seen, transactions = Handlers(), list[str](), own.transactions

    @handlers.on(StringValue)
    def keep(event: StringValue, work: Any, tools: Any) -> None:
        seen.append(event.value)
        if len(seen) == 1:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        receive(a_delivery(), handlers, transactions, None)
    receive(a_delivery(), handlers, transactions, None)

    assert seen == ["a", "a"]


@pytest.mark.parametrize("is_refused", [True, False])
def test_what_can_never_be_handled_is_a_dead_letter(own: Database, is_refused: bool) -> None:
    handlers, transactions = Handlers(), own.transactions

    @handlers.on(StringValue)
    def refuse(event: StringValue, work: Any, tools: Any) -> None:
        raise Undeliverable("unknown transcript")

    delivery = a_delivery()
    if not is_refused:
        delivery = Delivery(**{**delivery.__dict__, "data": b"\xff\xff"})
    receive(delivery, handlers, transactions, None)

    with transactions(EKHAMRA) as work:
        rows = work.connection.execute(text("SELECT event_id FROM dead_letters")).all()
    assert [row.event_id for row in rows] == ["e1"]
