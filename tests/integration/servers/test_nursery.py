# SPDX-License-Identifier: EUPL-1.2
"""Role processes forked from one that has read the code: what they are, how they end, and what is told of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from deploy.cluster.nursery import Forked
from deploy.servers.postgres import free_port
from tests.background import START_SECONDS, wait_until
from tests.conftest import MUNICIPALITIES


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.fixture
def role(tmp_path: Path) -> Iterator[Forked]:
    """An interface that lives, though its database is nowhere."""
    port = free_port()
    environment = {
        "AUDIT_DATABASE_URL": f"postgresql+psycopg://audit:x@127.0.0.1:{free_port()}/audit",
        "AUDIT_STATE_FOLDER": str(tmp_path),
        "AUDIT_KEYS_FOLDER": str(tmp_path / "keys"),
        "AUDIT_MUNICIPALITIES_FOLDER": str(MUNICIPALITIES),
    }
    started = Forked(["audit", "api", "--port", str(port)], environment, tmp_path / "api.log")
    wait_until(lambda: answers(port), START_SECONDS)
    yield started
    started.kill()


def nursery_of(child: Forked) -> int:
    return int(Path(f"/proc/{child.pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])


def test_a_child_has_a_name_a_session_and_an_environment_of_its_own(role: Forked) -> None:
    assert Path(f"/proc/{role.pid}/comm").read_text("utf-8") == "audit api\n"
    assert os.getsid(role.pid) == role.pid
    assert role.status() is None
    assert "AUDIT_DATABASE_URL" not in os.environ


def test_a_child_that_is_asked_to_end_ends_in_order(role: Forked) -> None:
    role.terminate()

    assert role.wait(30) == 0
    assert role.status() == 0


def test_a_killed_child_is_told_by_its_signal(role: Forked) -> None:
    os.kill(role.pid, signal.SIGKILL)

    assert role.wait(10) == -signal.SIGKILL


def test_a_child_that_cannot_do_its_work_says_so_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "role.log"

    assert Forked(["nowhere", "api"], {}, log).wait(START_SECONDS) == 1
    assert "nowhere api cannot run: there is no such service" in log.read_text("utf-8")


def test_a_killed_nursery_takes_its_children_along_and_there_is_a_new_one(role: Forked, tmp_path: Path) -> None:
    former = nursery_of(role)
    os.kill(former, signal.SIGKILL)

    assert role.wait(30) is not None
    assert not Path(f"/proc/{role.pid}").exists()
    assert Forked(["nowhere", "api"], {}, tmp_path / "next.log").wait(START_SECONDS) == 1
