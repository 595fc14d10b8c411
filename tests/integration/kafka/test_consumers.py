# SPDX-License-Identifier: EUPL-1.2
"""Several consumers share the work, and one that dies in the middle leaves no gap and no double."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel.events import event_type
from tests.background import beside, wait_until
from tests.integration.kafka.conftest import EventPath, records_on, republish

ROOT = Path(__file__).parents[3]
CONSUMER = Path(__file__).with_name("one_consumer.py")
KEYS = [f"case-{number}" for number in range(8)]
EVENTS = 20


@contextmanager
def consumer_process(path: EventPath) -> Iterator[subprocess.Popen[bytes]]:
    given = [path.receiver.settings["database_url"], event_type(path.noted), path.settings.servers]
    process = subprocess.Popen(
        [sys.executable, CONSUMER, *given], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(20) in {0, -9}, "it ends in order, unless it was killed"


def test_a_killed_consumers_events_are_handled_by_the_others(path: EventPath) -> None:
    with path.relaying(), consumer_process(path), consumer_process(path) as unlucky, consumer_process(path):
        for number in range(EVENTS):
            for key in KEYS:
                path.announce(key, str(number))
            if number == EVENTS // 3:
                wait_until(lambda: len(path.effects()) > len(KEYS))
                unlucky.kill()
        wait_until(lambda: len(path.effects()) >= EVENTS * len(KEYS))

    found = {key: path.effects(key) for key in KEYS}
    assert found == {key: [str(number) for number in range(EVENTS)] for key in KEYS}


def test_what_was_published_twice_takes_effect_once(path: EventPath) -> None:
    with path.flowing() as first, beside(path.consumer().run):
        path.announce("k", "a", "b")
        wait_until(lambda: path.effects() == ["a", "b"])
        published = records_on(path)
        republish(path, published)
        path.announce("k", "c")
        wait_until(lambda: "c" in path.effects())

    assert path.effects() == ["a", "b", "c"]
    assert not first.stopped_because


def test_the_attributes_of_an_event_arrive_as_they_were_sent(path: EventPath) -> None:
    path.announce("case-1", "å ä ö")
    with path.relaying():
        wait_until(lambda: len(records_on(path)) == 1)

    (record,) = records_on(path)
    headers = {name: value.decode() for name, value in record.headers}
    assert record.key == b"ekhamra/case-1"
    assert path.noted.FromString(record.value) == path.noted(value="å ä ö")
    assert headers["content-type"] == "application/protobuf"
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_type"] == event_type(path.noted)
    assert headers["ce_source"] == "/audit"
    assert headers["ce_subject"] == "case-1"
    assert headers["tenant"] == "ekhamra"
    assert len(headers["ce_id"]) == 36
    assert headers["ce_time"].endswith("+00:00")
