# SPDX-License-Identifier: EUPL-1.2
"""Each role of a service as its own process: it tells what it misses, and ends in order when asked to."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.servers.postgres import free_port
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import create, declared, packages_with_events
from tests.background import START_SECONDS, wait_until
from tests.conftest import MUNICIPALITIES, ROOT, Database


@pytest.fixture
def environment(kafka: KafkaSettings, database: Callable[[str], Database], tmp_path: Path) -> dict[str, str]:
    create(declared(packages_with_events(ROOT / "contracts"), kafka), kafka)
    own = {
        **database("audit").settings,
        "state_folder": tmp_path,
        "keys_folder": tmp_path / "keys",
        "municipalities_folder": MUNICIPALITIES,
    }
    return {"KAFKA_SERVERS": kafka.servers, **{f"AUDIT_{name.upper()}": str(value) for name, value in own.items()}}


@contextmanager
def process(role: str, environment: dict[str, str]) -> Iterator[str]:
    """Its address; at the end it is asked to end, and must do so in order."""
    port = free_port()
    command = [sys.executable, "-m", "kernel.run", "audit", role, "--port", str(port)]
    running = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(port), START_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        assert running.wait(30) == 0, "it ends in order when asked to"


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def readiness(address: str) -> tuple[int, Any]:
    answer = httpx2.get(f"{address}/readyz", timeout=5)
    return answer.status_code, answer.json()


def becomes(address: str, expected: tuple[int, Any]) -> None:
    wait_until(lambda: readiness(address) == expected)


def test_a_consumer_and_a_relay_are_ready_when_database_and_kafka_answer(environment: dict[str, str]) -> None:
    with process("consumer", environment) as consumer, process("relay", environment) as relay:
        for each in (consumer, relay):
            becomes(each, (200, {"ready": True, "away": []}))
            assert httpx2.get(f"{each}/healthz").json() == {"state": "alive"}
        assert "underlag_outbox_oldest_seconds" in httpx2.get(f"{relay}/metrics").text
        assert 'underlag_consumer_stopped{service="audit"} 0.0' in httpx2.get(f"{consumer}/metrics").text


def test_a_relay_without_kafka_says_that_it_is_kafka(environment: dict[str, str]) -> None:
    nowhere = {**environment, "KAFKA_SERVERS": f"127.0.0.1:{free_port()}"}

    with process("relay", nowhere) as relay:
        becomes(relay, (503, {"ready": False, "away": ["kafka"]}))


def test_a_process_without_its_database_says_that_it_is_the_database(environment: dict[str, str]) -> None:
    nowhere = {**environment, "AUDIT_DATABASE_URL": f"postgresql+psycopg://audit:x@127.0.0.1:{free_port()}/audit"}

    with process("api", nowhere) as api:
        becomes(api, (503, {"ready": False, "away": ["database"]}))
        assert httpx2.get(f"{api}/healthz").status_code == 200


def test_the_interface_answers_under_the_services_path(environment: dict[str, str]) -> None:
    with process("api", environment) as api:
        becomes(api, (200, {"ready": True, "away": []}))
        assert httpx2.get(f"{api}/audit/v1/checkpoint").status_code == 401
        assert "/checkpoint" in httpx2.get(f"{api}/audit/v1/openapi.json").json()["paths"]


@pytest.mark.parametrize(
    ("service", "role", "reason"),
    [
        ("nowhere", "api", "there is no such service"),
        ("audit", "worker", "has no jobs"),
        ("retrieval", "consumer", "setting database_url"),
    ],
)
def test_a_process_that_has_nothing_to_do_says_so_and_ends(
    environment: dict[str, str], service: str, role: str, reason: str
) -> None:
    command = [sys.executable, "-m", "kernel.run", service, role, "--port", "0"]

    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr
