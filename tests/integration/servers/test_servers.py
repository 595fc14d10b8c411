# SPDX-License-Identifier: EUPL-1.2
"""The real servers come up and go down by command, keep their data, and say why when they cannot start."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.cache import DiffersFromRecipe, check_files, into_cache
from deploy.servers.kafka import Door, KafkaBroker
from deploy.servers.kafka.jars import HERE, bring_jars
from deploy.servers.processes import is_running
from deploy.servers.server import ServerDidNotStart

ROOT = Path(__file__).parents[3]


@pytest.fixture
def state() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="underlag-servers-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "state"
        said(Path(folder) / "state", "down")


def said(state: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "deploy.servers", *arguments, "--state", str(state)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return f"{finished.returncode} {finished.stdout}{finished.stderr}"


@pytest.fixture(scope="module", autouse=True)
def _java() -> None:
    if shutil.which("java") is None and os.environ.get("CI") != "true":
        pytest.skip("Kafka needs Java, and there is no `java` on the PATH")


def test_servers_stay_after_the_command_and_end_by_another(state: Path) -> None:
    up = said(state, "up", "kafka", "postgres")
    assert up.startswith("0 kafka at 127.0.0.1:")
    assert "postgres at 127.0.0.1:" in up
    assert said(state, "status") == up
    assert "run already" in said(state, "up")

    assert said(state, "down") == "0 ended\n"

    assert said(state, "status") == "0 nothing runs\n"
    broker = int((state / "kafka" / "server.pid").read_text())
    assert not is_running(broker, str(state))


def test_programs_are_brought_and_nothing_is_started(state: Path) -> None:
    assert said(state, "bring", "redis", "postgres") == "0 "
    assert said(state, "status") == "0 nothing runs\n"


def test_status_names_a_server_that_is_away_and_passwords_are_for_the_owner_alone(state: Path) -> None:
    assert said(state, "up", "redis", "postgres").startswith("0 ")
    assert (state / "secrets.json").stat().st_mode & 0o077 == 0

    os.kill(int((state / "redis" / "server.pid").read_text()), signal.SIGKILL)

    told = said(state, "status")
    assert told.startswith("1 ")
    assert f"does not answer (log: {state / 'redis' / 'server.log'})" in told
    assert "postgres at 127.0.0.1:" in told
    assert told.count(" answers\n") == 1


def test_a_broker_does_not_outlive_the_process_that_holds_it(state: Path) -> None:
    assert said(state, "up", "kafka").startswith("0")
    broker = int((state / "kafka" / "server.pid").read_text())
    assert is_running(broker, str(state))

    os.kill(int((state / "keeper.pid").read_text()), signal.SIGKILL)

    deadline = time.monotonic() + 20
    while is_running(broker, str(state)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_broker_that_cannot_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    broker = KafkaBroker(tmp_path / "kafka", door=Door(settings={"log.dirs": "/proc/nowhere"}))

    with pytest.raises(ServerDidNotStart, match="nowhere"):
        broker.start()


def test_jars_are_those_that_the_recipe_names_and_others_are_refused(tmp_path: Path) -> None:
    jars = bring_jars()
    expected = {name: digest for digest, name in (line.split() for line in (HERE / "jars.sha256").open())}
    assert {each.name for each in jars} == set(expected)
    check_files(jars[0].parent, expected)

    (tmp_path / "kafka_2.13-4.3.1.jar").write_bytes(b"another one")
    with pytest.raises(DiffersFromRecipe):
        check_files(tmp_path, expected)


def test_what_failed_half_way_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    def fail(fresh: Path) -> None:
        (fresh / "half").touch()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        into_cache(tmp_path, "thing", fail)

    assert into_cache(tmp_path, "thing", lambda fresh: (fresh / "whole").touch()) == tmp_path / "thing"
    assert [each.name for each in (tmp_path / "thing").iterdir()] == ["whole"]
