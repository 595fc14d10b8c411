# SPDX-License-Identifier: EUPL-1.2
"""With passwords, TLS and rights: who knows both gets in, as far as the file of rights lets them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka.errors import AuthorizationError  # type: ignore[import-untyped] # no hints
from pydantic import SecretStr

from deploy.kafka.__main__ import main
from deploy.servers.kafka import KafkaBroker, locked_door
from kernel.kafka.client import KafkaError, consumer, discard, producer
from kernel.kafka.settings import KafkaSettings
from tests.background import wait_until
from tests.conftest import Database
from tests.integration.kafka.certificates import write_certificates
from tests.integration.kafka.conftest import EventPath, new_message

RIGHTS = Path(__file__).parents[3] / "deploy" / "cluster" / "kafka_rights.yaml"
USERS = ("drafting", "audit", "retrieval", "operator", "admin")
PASSWORD = "only-for-tests"
# Who may join has joined by then, on a busy machine too. Of who may not, some are told so and some hear nothing.
JOINED_SECONDS, NOT_JOINED_SECONDS = 60, 5
# A broker that asks for rights. Its own listeners, on this machine alone, ask for no password and may do everything.
AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:admin;User:ANONYMOUS",
}


@pytest.fixture
def locked(new_broker: Callable[..., KafkaBroker], tmp_path: Path) -> KafkaSettings:
    trusted, keystore = write_certificates(tmp_path)
    broker = new_broker(door=locked_door({"drafting": "only-for-tests"}, keystore))
    return KafkaSettings(
        servers=broker.address,
        protocol="SASL_SSL",
        username="drafting",
        password=SecretStr("only-for-tests"),
        ca_file=trusted,
        partitions=2,
    )


def test_events_flow_for_who_knows_the_password_and_nobody_else_gets_in(
    locked: KafkaSettings,
    database: Callable[[str], Database],
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = EventPath(locked, new_message(), database("audit"), database("audit"))
    path.announce("k", "a")

    with path.flowing():
        wait_until(lambda: path.effects() == ["a"])

    refused = locked.model_copy(update={"password": SecretStr("wrong-password")})
    assert main(["topics"], refused) == 1
    said = capsys.readouterr().err
    assert "password" in said
    assert "wrong-password" not in said


@pytest.fixture(scope="module")
def with_rights(
    new_broker: Callable[..., KafkaBroker], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], KafkaSettings]:
    """The settings with which each user comes in, at a broker where the file of rights is in force."""
    folder = tmp_path_factory.mktemp("authority")
    trusted, keystore = write_certificates(folder)
    door = locked_door(dict.fromkeys(USERS, PASSWORD), keystore)
    broker = new_broker(door=replace(door, settings={**door.settings, **AUTHORIZER}))

    def settings_of(user: str) -> KafkaSettings:
        return KafkaSettings(
            servers=broker.address,
            protocol="SASL_SSL",
            username=user,
            password=SecretStr(PASSWORD),
            ca_file=trusted,
            partitions=1,
        )

    assert main(["rights", str(RIGHTS)], settings_of("admin")) == 0
    assert main(["topics"], settings_of("operator")) == 0
    return settings_of


@contextmanager
def sending(settings: KafkaSettings) -> Iterator[Any]:
    made = producer(settings)
    try:
        yield made
    finally:
        discard(made)


def may_send(settings: KafkaSettings, topic: str) -> bool:
    with sending(settings) as made, suppress(KafkaError):
        made.send(topic, b"-").get(timeout=10)
        return True
    return False


def may_read(settings: KafkaSettings, topic: str, group: str, seconds: float) -> bool:
    reading = consumer(settings, group)
    try:
        reading.subscribe([topic])
        with suppress(AuthorizationError):
            # As the platform's own consumer does, and for the same reason: it knows its topic before it joins.
            reading.partitions_for_topic(topic)
            deadline = time.monotonic() + seconds
            while not reading.assignment() and time.monotonic() < deadline:
                reading.poll(timeout_ms=200)
            return bool(reading.assignment())
        return False
    finally:
        reading.close(timeout_ms=2000)


@pytest.mark.parametrize(
    ("user", "topic", "allowed"),
    [
        ("drafting", "underlag.drafting.v1", True),
        ("drafting", "underlag.transcription.v1.dead", True),
        ("drafting", "underlag.audit.v1", False),
        ("drafting", "underlag.transcription.v1", False),
        ("audit", "underlag.drafting.v1", False),
        ("retrieval", "underlag.drafting.v1.dead", False),
    ],
)
def test_a_service_sends_its_own_events_and_no_others(
    with_rights: Callable[[str], KafkaSettings], user: str, topic: str, allowed: bool
) -> None:
    assert may_send(with_rights(user), topic) is allowed


@pytest.mark.parametrize(
    ("user", "topic", "group", "allowed"),
    [
        ("drafting", "underlag.transcription.v1", "underlag.drafting", True),
        ("audit", "underlag.forecasting.v1", "underlag.audit", True),
        ("drafting", "underlag.audit.v1", "underlag.drafting", False),
        ("drafting", "underlag.transcription.v1", "underlag.audit", False),
        ("retrieval", "underlag.drafting.v1", "underlag.retrieval", False),
    ],
)
def test_a_service_reads_what_it_listens_to_in_its_own_name(
    with_rights: Callable[[str], KafkaSettings], user: str, topic: str, group: str, allowed: bool
) -> None:
    seconds = JOINED_SECONDS if allowed else NOT_JOINED_SECONDS
    assert may_read(with_rights(user), topic, group, seconds) is allowed


def test_rights_that_the_file_no_longer_names_are_taken_away(
    with_rights: Callable[[str], KafkaSettings], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fewer = tmp_path / "fewer.yaml"
    fewer.write_text("retrieval: {reads: [underlag.audit.v1]}\n")

    assert main(["rights", str(fewer)], with_rights("admin")) == 0
    assert "taken away: retrieval WRITE TOPIC underlag.retrieval.v1" in capsys.readouterr().out
    assert not may_send(with_rights("retrieval"), "underlag.retrieval.v1")
    assert main(["rights", str(RIGHTS)], with_rights("admin")) == 0
    assert may_send(with_rights("retrieval"), "underlag.retrieval.v1")


def test_who_manages_nothing_gives_no_rights(
    with_rights: Callable[[str], KafkaSettings], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rights", str(RIGHTS)], with_rights("drafting")) == 1
    assert "nothing was done" in capsys.readouterr().err
