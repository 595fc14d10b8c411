# SPDX-License-Identifier: EUPL-1.2
"""A broker that is killed in the middle loses nothing, doubles nothing and changes no order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from deploy.servers.kafka import KafkaBroker
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.watch import KafkaWatch
from tests.background import beside, wait_until
from tests.conftest import Database
from tests.integration.kafka.conftest import EventPath, new_message

KEYS = [f"case-{number}" for number in range(6)]
EVENTS = 40


@pytest.fixture(scope="module")
def mortal(new_broker: Callable[..., KafkaBroker]) -> KafkaBroker:
    """A broker that only this file kills."""
    return new_broker()


@pytest.fixture
def mortal_path(mortal: KafkaBroker, database: Callable[[str], Database]) -> EventPath:
    settings = KafkaSettings(servers=mortal.address, partitions=4, session_seconds=2, acknowledged_seconds=2)
    return EventPath(settings, new_message(), database("audit"), database("audit"))


def test_events_take_effect_once_and_in_order_though_the_broker_is_killed_while_they_flow(
    mortal: KafkaBroker, mortal_path: EventPath
) -> None:
    """The second time it stays away for longer than a batch may take to be acknowledged."""
    watch = KafkaWatch(mortal_path.settings)

    def write() -> None:
        for number in range(EVENTS):
            for key in KEYS:
                mortal_path.announce(key, str(number))
            time.sleep(0.1)

    with mortal_path.flowing(), beside(watch.run):
        writing = threading.Thread(target=write)
        writing.start()
        for away_seconds in (0.0, 1.5 * mortal_path.settings.acknowledged_seconds):
            before = len(mortal_path.effects())
            wait_until(lambda before=before: len(mortal_path.effects()) > before and watch.answers())  # type: ignore[misc] # a default is how a loop's value is bound
            mortal.kill()
            time.sleep(away_seconds)
            if away_seconds:
                wait_until(lambda: not watch.answers())
            mortal.start()
        writing.join()
        wait_until(lambda: len(mortal_path.effects()) >= EVENTS * len(KEYS), 60)
        wait_until(watch.answers)

    found = {key: mortal_path.effects(key) for key in KEYS}
    assert found == {key: [str(number) for number in range(EVENTS)] for key in KEYS}
