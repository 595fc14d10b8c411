# SPDX-License-Identifier: EUPL-1.2
"""Events that name another municipality: an effect in the one that is named, or a dead letter, and nothing else.

The handlers are drafting's and the audit log's own; events are handed over as in the embedded platform and sent
through a real broker as in a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from contracts.transcription.v1 import RecordingReceived, TranscriptApproved
from kernel.events import Delivery, event_type
from kernel.identity import TenantId, new_id
from kernel.inbox import receive
from kernel.kafka.consumer import KafkaConsumerLoop
from kernel.kafka.letters import waiting_letters
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import create, declared
from kernel.kafka.wire import Outgoing, to_record
from kernel.store import Transactions
from services.audit.service import SERVICE as AUDIT
from services.drafting.service import SERVICE as DRAFTING
from tests.background import beside, wait_until
from tests.conftest import Database
from tests.integration.isolation.attacks import attack
from tests.integration.isolation.conftest import BERGVIK, EKHAMRA

NOON = datetime(2026, 10, 14, 12, tzinfo=UTC)
TOPIC = "underlag.transcription.v1"
SERVED = frozenset({EKHAMRA, BERGVIK})
HANDED_OVER, THROUGH_KAFKA = (
    "Events that name another tenant, handed over",
    "Events that name another tenant, through Kafka",
)


def approval(transcript: str, tenant: str = EKHAMRA, **changed: Any) -> Delivery:
    message = TranscriptApproved(case_id="c", transcript_id=transcript, digest="d")
    given = {"id": new_id(), "type": event_type(message), "source": "/transcription", "subject": transcript}
    whole = {**given, "time": NOON, "key": transcript, "data": message.SerializeToString(), **changed}
    return Delivery(tenant_id=TenantId(tenant), **whole)


@dataclass
class Receivers:
    """Drafting and the audit log, each with a database of its own."""

    drafting: Database
    audit: Database
    tools: Any = field(default_factory=lambda: SimpleNamespace(now=lambda: NOON))

    def approved(self, tenant: str) -> set[str]:
        return self._of(self.drafting, tenant, "SELECT transcript_id FROM approved_transcripts")

    def logged(self, tenant: str) -> set[str]:
        return self._of(self.audit, tenant, "SELECT event_id FROM entries")

    def dead(self, tenant: str) -> set[str]:
        return self._of(self.drafting, tenant, "SELECT event_id FROM dead_letters")

    def hand_over(self, delivery: Delivery) -> None:
        for database, service in ((self.drafting, DRAFTING), (self.audit, AUDIT)):
            receive(delivery, service.handlers, Transactions(database.engine(), service.name), self.tools)

    def _of(self, database: Database, tenant: str, question: str) -> set[str]:
        with database.transactions(TenantId(tenant)) as work:
            return set(work.connection.execute(text(question)).scalars())


@pytest.fixture
def receivers(database: Callable[[str], Database]) -> Receivers:
    return Receivers(database("drafting"), database("audit"))


def test_an_id_of_another_tenant_has_its_effect_in_the_named_one_alone(receivers: Receivers) -> None:
    with attack(HANDED_OVER) as tries:
        receivers.hand_over(approval("theirs", EKHAMRA))
        receivers.hand_over(approval("theirs", BERGVIK))
        receivers.hand_over(approval("only-here", BERGVIK, key="theirs", subject="theirs"))

        assert (receivers.approved(EKHAMRA), receivers.approved(BERGVIK)) == ({"theirs"}, {"theirs", "only-here"})
        assert receivers.logged(EKHAMRA) & receivers.logged(BERGVIK) == set()
        tries.tried(2)


def test_an_event_with_anothers_event_id_hides_nothing_from_the_other(receivers: Receivers) -> None:
    """The inbox sorts out repeated ids for each tenant alone; otherwise one could make another's event vanish."""
    with attack(HANDED_OVER) as tries:
        mine = approval("first", BERGVIK)
        theirs = approval("second", EKHAMRA, id=mine.id)
        receivers.hand_over(mine)
        receivers.hand_over(theirs)

        assert (receivers.approved(EKHAMRA), receivers.approved(BERGVIK)) == ({"second"}, {"first"})
        assert (receivers.logged(EKHAMRA), receivers.logged(BERGVIK)) == ({mine.id}, {mine.id})
        tries.tried()


@pytest.mark.parametrize("tenant", ["EKHAMRA", "ekhamra ", "ekhamra/x", "{ekhamra}", "nowhere"])
def test_a_tenant_that_there_is_not_changes_nothing_of_those_there_are(receivers: Receivers, tenant: str) -> None:
    with attack(HANDED_OVER) as tries:
        receivers.hand_over(approval("a", tenant))

        for served in SERVED:
            assert receivers.approved(served) == receivers.logged(served) == receivers.dead(served) == set()
        tries.tried()


def test_an_event_without_a_tenant_has_no_effect(receivers: Receivers) -> None:
    with attack(HANDED_OVER) as tries:
        with pytest.raises(Exception):  # noqa: B017, PT011 — however it says no
            receivers.hand_over(approval("a", ""))

        for served in SERVED:
            assert receivers.approved(served) == receivers.logged(served) == set()
        tries.tried()


def test_a_body_that_is_another_ones_or_none_is_a_dead_letter_of_the_named_tenant(receivers: Receivers) -> None:
    with attack(HANDED_OVER) as tries:
        for data in (b"\xff\xff\xff", b"", RecordingReceived(recording_id="r").SerializeToString()):
            sent = approval("a", BERGVIK, data=data)
            receive(sent, DRAFTING.handlers, receivers.drafting.transactions, None)
            assert sent.id in receivers.dead(BERGVIK)
            assert receivers.dead(EKHAMRA) == receivers.approved(BERGVIK) == receivers.approved(EKHAMRA) == set()
            tries.tried()


@pytest.fixture
def consuming(kafka: KafkaSettings, receivers: Receivers) -> Iterator[Callable[..., object]]:
    """Sends records past every outbox to drafting's own consumer."""
    settings = kafka.model_copy(update={"dead_letter_limit": 1000})
    create(declared(["transcription.v1"], settings), settings)
    loop = KafkaConsumerLoop(DRAFTING.handlers, receivers.drafting.transactions, None, settings, SERVED.__contains__)
    publisher = KafkaPublisher(settings)
    with beside(loop.run):
        yield lambda *records: publisher.send_all(list(records))
    publisher.close()


def bent(delivery: Delivery, key: bytes | None = None, **headers: str | None) -> Outgoing:
    """The record of an event with other headers; None leaves one out."""
    made = to_record(delivery)
    shown = {name: value for name, value in made.headers if name not in headers}
    shown |= {name: value.encode() for name, value in headers.items() if value is not None}
    return Outgoing(made.topic, made.key if key is None else key, made.value, list(shown.items()))


def test_through_kafka_no_header_key_or_body_reaches_another_tenant(
    kafka: KafkaSettings, receivers: Receivers, consuming: Callable[..., object]
) -> None:
    """Each of them is a dead letter, and has no effect in any tenant."""
    bad = [
        bent(approval("x1"), tenant=BERGVIK),
        bent(approval("x2"), b"bergvik/k"),
        bent(approval("x3"), tenant=None),
        bent(approval("x4"), tenant=""),
        bent(approval("x5"), b""),
        bent(approval("x6"), b"/k", tenant=""),
        bent(approval("x7"), b"ekhamra"),
        bent(approval("x8"), b"nowhere/k", tenant="nowhere"),
        bent(approval("x9"), b"EKHAMRA/k", tenant="EKHAMRA"),
        bent(approval("x10"), b"ekhamra /k", tenant="ekhamra "),
        bent(approval("x11"), b"ekhamra\x00/k", tenant="ekhamra\x00"),
        bent(approval("x12"), b"\xff\xfe/k"),
        bent(approval("x13"), ce_id=None),
        bent(approval("x14"), ce_type=None),
        bent(approval("x15"), ce_time="yesterday"),
        bent(approval("x16"), None, **{"content-type": "application/json"}),
    ]
    doubled = to_record(approval("x17"))
    bad.append(Outgoing(doubled.topic, doubled.key, doubled.value, [*doubled.headers, ("tenant", b"bergvik")]))
    good = to_record(approval("own", BERGVIK))
    with attack(THROUGH_KAFKA) as tries:
        consuming(*bad, good)
        wait_until(
            lambda: len(list(waiting_letters(kafka, TOPIC))) == len(bad) and receivers.approved(BERGVIK) != set()
        )

        assert receivers.approved(BERGVIK) == {"own"}
        for tenant in (EKHAMRA, "nowhere"):
            assert receivers.approved(tenant) == set()
        tries.tried(len(bad))


def test_through_kafka_the_same_event_id_of_two_tenants_is_two_events(
    receivers: Receivers, consuming: Callable[..., object]
) -> None:
    with attack(THROUGH_KAFKA) as tries:
        mine = approval("same", BERGVIK)
        consuming(to_record(mine), to_record(approval("same", EKHAMRA, id=mine.id)))
        wait_until(lambda: "same" in receivers.approved(BERGVIK) & receivers.approved(EKHAMRA))
        tries.tried()
