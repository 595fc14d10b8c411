# SPDX-License-Identifier: EUPL-1.2
"""With passwords and TLS: who knows both gets in, and who does not is told what to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.servers.kafka import KafkaBroker, locked_door
from kernel.kafka.__main__ import main
from kernel.kafka.settings import KafkaSettings
from tests.conftest import Database
from tests.integration.kafka.certificates import write_certificates
from tests.integration.kafka.conftest import EventPath, new_message, wait_until


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
