# SPDX-License-Identifier: EUPL-1.2
"""Topics are what is declared, no less and no more; a service can begin again at a time."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from deploy.servers.kafka.broker import KafkaBroker
from kernel.events import Delivery
from kernel.identity import new_id
from kernel.kafka.client import administrator
from kernel.kafka.publisher import BrokerAway, KafkaPublisher
from kernel.kafka.replay import CannotReplay, Replay, replay_since
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import EVERY_TOPIC, TopicDiffers, create, declared, packages_with_events
from kernel.store import inbox
from tests.background import beside, wait_until
from tests.integration.kafka.conftest import EKHAMRA, NUMBERS, EventPath
from tests.real_servers import started

ROOT = Path(__file__).parents[3]


def test_each_service_with_events_has_a_topic_and_one_for_its_dead_letters() -> None:
    packages = packages_with_events(ROOT / "contracts")

    names = [each.name for each in declared(packages, KafkaSettings())]

    protos = {f"{each.parents[1].name}.{each.parent.name}" for each in (ROOT / "proto").glob("*/v*/events.proto")}
    assert set(names) == {f"underlag.{each}{end}" for each in protos for end in ("", ".dead")}
    assert len(protos) >= 5


def test_a_topic_is_made_once_as_declared_and_other_partitions_are_refused(kafka: KafkaSettings) -> None:
    package = f"topics{next(NUMBERS)}.v1"

    made = create(declared([package], kafka), kafka)

    assert made == [f"underlag.{package}", f"underlag.{package}.dead"]
    assert create(declared([package], kafka), kafka) == []
    with pytest.raises(TopicDiffers, match="has 4 partitions, 7 are declared"):
        create(declared([package], kafka.model_copy(update={"partitions": 7})), kafka)


def test_a_misspelt_topic_is_an_error_and_no_new_topic(kafka: KafkaSettings) -> None:
    publisher = KafkaPublisher(kafka)
    stray = Delivery(new_id(), "underlag.darfting.v1.X", "/x", "s", datetime.now(UTC), EKHAMRA, "k", b"")

    with pytest.raises(BrokerAway):
        publisher(stray)
    publisher.close()

    client = administrator(kafka)
    assert "underlag.darfting.v1" not in client.list_topics()
    client.close()


def test_a_stopped_service_begins_again_at_a_time_and_its_inbox_sorts_out_what_it_has_seen(path: EventPath) -> None:
    path.announce("k", "before")
    with path.flowing():
        wait_until(lambda: path.effects() == ["before"])
        middle = datetime.now(UTC)
        path.announce("k", "a", "b")
        wait_until(lambda: len(path.effects()) == 3)
        told: list[Replay] = []
        with pytest.raises(CannotReplay, match="stop the consumers"):
            replay_since(path.settings, path.transactions.source, path.topic, middle, frozenset({EKHAMRA}), told.append)
    with path.transactions(EKHAMRA) as work:
        # As after a restore of the database to an earlier time: of three events, two have not been seen.
        seen = work.connection.execute(delete(inbox).where(inbox.c.tenant_id == EKHAMRA).returning(inbox.c.event_id))
        first = min(row.event_id for row in seen)
        work.connection.execute(inbox.insert().values(tenant_id=EKHAMRA, event_id=first))

    replay_since(path.settings, path.transactions.source, path.topic, middle, frozenset({EKHAMRA}), told.append)
    with beside(path.consumer().run):
        wait_until(lambda: len(path.effects()) == 5)

    assert path.effects() == ["before", "a", "b", "a", "b"]
    assert [each.since for each in told] == [middle]


def test_who_reads_every_topic_reads_no_dead_letters() -> None:
    assert re.match(EVERY_TOPIC, "underlag.drafting.v1")
    assert re.match(EVERY_TOPIC, "underlag.case_mail.v12")
    assert not re.match(EVERY_TOPIC, "underlag.drafting.v1.dead")
    assert not re.match(EVERY_TOPIC, "other.drafting.v1")


def test_a_cluster_whose_id_begins_with_a_dash_starts(tmp_path: Path) -> None:
    """One random id in 64 does."""
    broker = started(KafkaBroker(tmp_path / "kafka", cluster="-4L6g3nShT-eMCtK--X86s"))

    broker.stop()
