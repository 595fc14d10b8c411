# SPDX-License-Identifier: EUPL-1.2
"""What can never be handled is kept with its reason, stops nothing else, and can be replayed."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.errors import Undeliverable
from kernel.handlers import Handlers
from kernel.identity import TenantId
from kernel.kafka.letters import waiting_letters
from kernel.kafka.replay import CannotReplay, Replay, replay_letters
from kernel.store import Work
from tests.background import beside, wait_until
from tests.integration.kafka.conftest import EKHAMRA, EventPath, put, records_on

NOBODY = TenantId("nowhere")


def refusing(path: EventPath, *values: str) -> Handlers:
    """As the path's own handler, but for these values, which it can never handle."""
    handlers = Handlers()

    @handlers.on(path.noted)
    def keep_some(event: Any, work: Work, tools: object) -> None:
        if event.value in values:
            raise Undeliverable("unknown transcript")
        path.keep(event, work, tools)

    return handlers


def test_an_undeliverable_event_is_put_aside_with_its_reason_and_the_next_one_goes_on(path: EventPath) -> None:
    path.announce("k", "a", "bad", "c")

    with path.relaying(), beside(path.consumer(refusing(path, "bad")).run):
        wait_until(lambda: path.effects() == ["a", "c"])

    (letter,) = waiting_letters(path.settings, path.topic)
    assert (letter.reason, letter.group, letter.tenant) == (
        "unknown transcript",
        f"underlag.{path.transactions.source}",
        "ekhamra",
    )
    assert path.noted.FromString(letter.record.value) == path.noted(value="bad")


def test_records_that_are_no_events_of_ours_are_put_aside_each_with_what_is_wrong(path: EventPath) -> None:
    path.announce("k", "good")
    path.announce("k", "whose?", tenant=NOBODY)
    good = [("content-type", b"application/protobuf"), ("ce_id", b"1"), ("ce_source", b"/x"), ("tenant", b"ekhamra")]
    good += [("ce_type", f"{path.topic}.Noted".encode()), ("ce_time", b"2026-03-02T12:00:00+00:00")]
    put(path, b"ekhamra/k", b"\xff\xff", good)
    put(path, b"ekhamra/k", b"", [])
    put(path, b"ekhamra/k", b"", [("tenant", b"\xff")])
    put(path, b"bergvik/k", b"", good)
    put(path, b"ekhamra/k", b"", [*good[:-1], ("ce_time", b"yesterday")])

    with path.flowing():
        wait_until(lambda: len(waiting_letters(path.settings, path.topic)) == 6)
        wait_until(lambda: path.effects() == ["good"])

    reasons = sorted(each.reason for each in waiting_letters(path.settings, path.topic))
    assert reasons == [
        "ce_time is no time",
        "key or headers are not UTF-8",
        "no such municipality here",
        f"the body is no {path.topic}.Noted: Error parsing message with type '{path.noted.DESCRIPTOR.full_name}'",
        "the key does not begin with the tenant of the headers",
        "without ce_id, ce_type, ce_source, ce_time, tenant",
    ]


def test_replayed_dead_letters_take_effect_once_and_the_audit_log_is_told_first(path: EventPath) -> None:
    path.announce("k", "a", "bad", "worse")
    with path.relaying(), beside(path.consumer(refusing(path, "bad", "worse")).run):
        wait_until(lambda: len(waiting_letters(path.settings, path.topic)) == 2)
    told: list[Replay] = []

    replayed = replay_letters(path.settings, path.topic, told.append)
    with beside(path.consumer().run):
        wait_until(lambda: len(path.effects()) == 3)

    assert path.effects() == ["a", "bad", "worse"]
    assert told == [Replay(path.topic, frozenset({EKHAMRA}), event_ids=tuple(each.event_id for each in replayed))]
    assert waiting_letters(path.settings, path.topic) == []
    assert len(waiting_letters(path.settings, path.topic, replayed_too=True)) == 2


def test_one_dead_letter_can_be_replayed_alone_and_an_unknown_one_is_refused(path: EventPath) -> None:
    path.announce("k", "bad", "worse")
    with path.relaying(), beside(path.consumer(refusing(path, "bad", "worse")).run):
        wait_until(lambda: len(waiting_letters(path.settings, path.topic)) == 2)
    second = waiting_letters(path.settings, path.topic)[1]

    replay_letters(path.settings, path.topic, lambda _replay: None, second.event_id)
    with pytest.raises(CannotReplay):
        replay_letters(path.settings, path.topic, lambda _replay: None, "no such id")
    with beside(path.consumer().run):
        wait_until(lambda: path.effects() == ["worse"])


def test_too_many_dead_letters_stop_the_consumer_before_it_buries_the_next(path: EventPath) -> None:
    path.settings = path.settings.model_copy(update={"dead_letter_limit": 3})
    path.announce("k", "a", "b", "c", "d", "e")
    loop = path.consumer(refusing(path, *"abcde"))

    with path.relaying(), beside(loop.run):
        wait_until(lambda: bool(loop.stopped_because))

    assert len(waiting_letters(path.settings, path.topic)) == 3
    with beside(path.consumer().run):
        wait_until(lambda: path.effects() == ["d", "e"])


def test_an_event_too_large_for_kafka_holds_back_its_key_only(path: EventPath) -> None:
    path.announce("large", "x" * 3_000_000, "after")
    path.announce("other", "b")

    with path.flowing():
        wait_until(lambda: path.effects() == ["b"])

    assert [path.noted.FromString(each.value) for each in records_on(path)] == [path.noted(value="b")]


def test_a_failing_handler_holds_its_partition_back_until_it_succeeds(path: EventPath) -> None:
    failures = [ConnectionError(), ConnectionError()]
    handlers = Handlers()

    @handlers.on(path.noted)
    def keep_later(event: Any, work: Work, tools: object) -> None:
        path.keep(event, work, tools)
        if event.value == "a" and failures:
            raise failures.pop()

    path.announce("k", "a", "b")
    with path.relaying(), beside(path.consumer(handlers).run):
        wait_until(lambda: len(path.effects()) == 2)

    assert path.effects() == ["a", "b"]
    assert failures == []
