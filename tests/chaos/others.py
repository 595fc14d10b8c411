# SPDX-License-Identifier: EUPL-1.2
"""Troubles of their own kind: consumers that come and go, deliveries doubled, tokens out of time, full disks."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from joserfc import jwt

from deploy.cluster.nursery import ROOT
from deploy.cluster.processes import RoleProcess
from deploy.servers.postgres import free_port
from kernel.identity import ALGORITHM, TenantId, new_id
from kernel.kafka.publisher import KafkaPublisher
from kernel.kafka.wire import Outgoing
from tests.chaos.stage import Stage, is_ready
from tests.chaos.story import CASE_STEPS, CASEWORK, Tale
from tests.chaos.troubles import Run
from tests.end_to_end.home_visit import TRANSCRIPTION, a_transcript
from tests.topics import records_on, topics_of_events

TOGETHER_SECONDS = 6
READY_SECONDS = END_SECONDS = 60
FULL_SECONDS = 10
BATCH = 200
MOST_SENT_AGAIN = 1000
# Seconds until it was over, and what was seen. It is given the folder of the small disk that it may fill.
Trouble = Callable[[Run, Path], tuple[float, str]]


# -- consumers that come and go ------------------------------------------------------------------------------------


def rebalance(run: Run, _disk: Path) -> tuple[float, str]:
    """A second consumer joins and leaves in order; a third joins and is killed."""
    begun, stage = time.monotonic(), run.stage
    for killed in (False, True):
        seconds = [_second(stage, name) for name in ("drafting consumer", "audit consumer")]
        deadline = time.monotonic() + READY_SECONDS
        while not all(is_ready(each.address) for each in seconds):
            assert time.monotonic() < deadline, f"not ready: {', '.join(str(each.log) for each in seconds)}"
            time.sleep(0.2)
        time.sleep(TOGETHER_SECONDS)
        for each in seconds:
            if killed:
                os.kill(each.pid, signal.SIGKILL)
            else:
                each.ask_to_end()
        in_order = [each.wait(time.monotonic() + END_SECONDS) for each in seconds]
        assert all(in_order) is not killed, (
            f"the second {' or '.join(each.name for each in seconds)} did not end in order"
        )
    return time.monotonic() - begun, "two joined and left, two joined and were killed"


def _second(stage: Stage, name: str) -> RoleProcess:
    first = stage.process(name)
    log = first.log.with_name(f"second-{first.log.name}")
    second = replace(first, log=log, port=free_port(), starts=0, _process=None, _ended_at=None)
    stage.processes.do(second.start)
    return second


# -- deliveries ----------------------------------------------------------------------------------------------------


def send_again(run: Run, _disk: Path) -> tuple[float, str]:
    """What lies on every topic once more, shuffled, so that it comes out of order too."""
    begun = time.monotonic()
    settings, sent = run.stage.kafka, 0
    publisher = KafkaPublisher(settings)
    try:
        for topic in topics_of_events(settings):
            lying = records_on(settings, topic)
            chosen = run.teller.chance.sample(lying, min(MOST_SENT_AGAIN, len(lying)))
            for at in range(0, len(chosen), BATCH):
                publisher.send_all([_copy(each) for each in chosen[at : at + BATCH]])
            sent += len(chosen)
    finally:
        publisher.close()
    return time.monotonic() - begun, f"{sent} events sent again, shuffled"


def _copy(record: Any) -> Outgoing:
    return Outgoing(record.topic, record.key, record.value, list(record.headers))


def replay_a_topic(run: Run, _disk: Path) -> tuple[float, str]:
    """The operator's command, with the service's consumer stopped as it asks for."""
    begun = time.monotonic()
    consumer_, topic = run.stage.process("drafting consumer"), "underlag.transcription.v1"
    asked = ["replay", topic, "--service", "drafting", "--since", "2020-01-01T00:00:00+00:00", "--by", "operator:chaos"]

    def replay() -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **consumer_.environment}
        command = [sys.executable, "-m", "deploy.kafka", *asked]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    done = run.stage.without(consumer_, replay)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - begun, done.stdout.strip()


# -- clocks --------------------------------------------------------------------------------------------------------


def clocks_jump(run: Run, _disk: Path) -> tuple[float, str]:
    """A token that has expired and ones from the future are refused and change nothing; a fresh one goes on."""
    begun, who = time.monotonic(), run.teller.caller("caseworker", CASEWORK)
    transcript = who.post(f"{TRANSCRIPTION}/transcripts", a_transcript())["id"]
    run.teller.book.append(Tale("clocks", ("transcript approval",), transcript=transcript))
    path, now, told = f"{TRANSCRIPTION}/transcripts/{transcript}", int(time.time()), []
    for issued, expires in ((now - 7200, now - 3600), (now + 3600, now + 7200), (now - 60, now - 45)):
        who.token = _token(run.stage, issued, expires)
        answer = who.once("POST", f"{path}/approval", {"Idempotency-Key": new_id()})
        assert answer is not None
        told.append(f"{answer.status_code} {answer.json()['type']}")
        who.token = ""
        assert who.get(path)["state"] != "approved", "a refused request changes nothing"
    assert set(told) == {"401 /problems/unauthenticated"}, told
    who.post(f"{path}/approval")
    assert who.get(path)["state"] == "approved"
    return time.monotonic() - begun, told[0]


def _token(stage: Stage, issued: int, expires: int) -> str:
    """Signed by the municipality's own issuer, whose clock is elsewhere."""
    keyring = stage.site.keyring
    tenant = TenantId(CASEWORK)
    signer = keyring.local_signer(keyring.municipalities.of(tenant))
    claims = {
        "iss": signer.issuer,
        "aud": keyring.audience(tenant),
        "sub": f"caseworker@{CASEWORK}",
        "tenant": CASEWORK,
        "roles": ["caseworker"],
        "iat": issued,
        "exp": expires,
    }
    return jwt.encode({"alg": ALGORITHM, "kid": signer.key.kid or ""}, claims, signer.key)


# -- full disks ----------------------------------------------------------------------------------------------------


def mounted(folder: Path, size: str) -> bool:
    """A small disk of its own for the folder. False where this user may not mount."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "underlag-chaos", str(folder)]
    with suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def unmounted(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=False)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Nothing more fits on the folder's disk until the end of the block."""
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 20))
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(512))
        assert shutil.disk_usage(folder).free < 1 << 16
        yield
    finally:
        filler.unlink(missing_ok=True)


def recordings_do_not_fit(run: Run, disk: Path) -> tuple[float, str]:
    teller = run.teller
    who = teller.caller("caseworker", CASEWORK)
    key, path = {"Idempotency-Key": new_id()}, f"{TRANSCRIPTION}/recordings"
    given: dict[str, Any] = {"data": {"language": "sv"}, "files": {"file": ("visit.wav", teller.sound)}}
    with full(disk):
        answer = who.once("POST", path, key, **given)
        assert answer is not None
        told = f"{answer.status_code} {answer.json()['type']}"
        assert answer.status_code in (503, 507), told
    begun, tale = time.monotonic(), Tale("disk full: recordings", ("upload",))
    teller.book.append(tale)
    tale.recording = who.ask("POST", path, 202, headers=key, **given).json()["id"]
    took = time.monotonic() - begun
    teller._heard(who, tale)
    return took, told


def server_is_full(row: str, run: Run, disk: Path) -> tuple[float, str]:
    """Full for a while, with stories going on; then room is made, and nothing else is done."""
    server, before = run.servers()[row], run.teller.judge.told.copy()
    former = server.pid
    with full(disk):
        time.sleep(FULL_SECONDS)
        said = run.readiness()
    begun = time.monotonic()
    tale = run.tale("after the full disk", CASE_STEPS)
    assert not tale.trouble, tale.trouble
    told = ", ".join(sorted(run.teller.judge.told - before))
    how = "it stayed" if server.pid == former else "it ended and was started again"
    return time.monotonic() - begun, "; ".join(filter(None, (how, said, told)))


def all_of_them(recordings: str) -> list[dict[str, tuple[str, Trouble]]]:
    """Each row's trouble, and the folder whose disk it fills; those of one group do not touch each other."""
    return [
        {
            "consumers rebalanced": ("", rebalance),
            "deliveries doubled": ("", send_again),
            "clocks": ("", clocks_jump),
        },
        {"topic replayed": ("", replay_a_topic), "disk full: recordings": (recordings, recordings_do_not_fit)},
        {"disk full: PostgreSQL": ("postgres", partial(server_is_full, "PostgreSQL"))},
        {"disk full: Kafka": ("kafka", partial(server_is_full, "Kafka"))},
    ]
