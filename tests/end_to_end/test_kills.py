# SPDX-License-Identifier: EUPL-1.2
"""The platform is killed at random moments while a caseworker works: what was accepted is there, once.

The caseworker's program does what a good client does: it sends a request again, with the same key, until it gets an
answer. `KILLS` says how often to kill; the moments are drawn from `SEED`.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.servers.postgres import free_port
from embedded.process import PlatformProcess
from embedded.rest import Person, wait_for
from kernel.identity import new_id
from tests.end_to_end.home_visit import AUDIT, DRAFTING, TRANSCRIPTION, a_transcript, an_application, entries_of
from tests.sound import first_seconds

KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("SEED", str(random.randrange(10**6))))
SECONDS_OF_SOUND = 8
WORKED_ON = ("health", "d5")


@dataclass
class Tally:
    """What was accepted for one case, to be compared with what is there in the end."""

    case: str
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Diligent:
    """Takes the steps of case after case, and asks again until it gets an answer."""

    base: str
    sound: bytes
    enough: threading.Event
    tallies: list[Tally] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    transcripts: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def work(self) -> None:
        try:
            while not self.enough.is_set():
                self.one_case()
        except Exception as trouble:  # noqa: BLE001 — told by the main thread
            self.troubles.append(f"{type(trouble).__name__}: {trouble}")

    def ask(self, method: str, path: str, *accepted: int, **given: Any) -> httpx2.Response:
        headers = {"Idempotency-Key": new_id(), **given.pop("headers", {})}
        while True:
            try:
                person = Person.signed_in(self.base, "caseworker@ekhamra")
                answer = person.ask(method, path, headers=headers, **given)
            except (httpx2.TransportError, OSError):
                time.sleep(0.1)
                continue
            if answer.status_code in (503, 500):
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            if answer.status_code not in accepted:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            return answer

    def one_case(self) -> None:
        files = {"file": ("visit.wav", self.sound)}
        sent = self.ask("POST", f"{TRANSCRIPTION}/recordings", 202, data={"language": "sv"}, files=files)
        self.recordings.append(sent.json()["id"])
        transcript = self.ask("POST", f"{TRANSCRIPTION}/transcripts", 201, json=a_transcript()).json()["id"]
        self.transcripts.append(transcript)
        self.ask("POST", f"{TRANSCRIPTION}/transcripts/{transcript}/approval", 201)
        case = self.ask("POST", f"{DRAFTING}/cases", 201, json=an_application()).json()["id"]
        tally = Tally(case, Counter(CaseOpened=1))
        self.tallies.append(tally)
        self.add_source(case, transcript)
        tally.counts["SourceAdded"] += 1
        for key in WORKED_ON:
            self.write(tally, key)

    def add_source(self, case: str, transcript: str) -> None:
        path, body = f"{DRAFTING}/cases/{case}/sources", {"transcript_id": transcript}
        wait_for(lambda: self.ask("POST", path, 201, 409, json=body).status_code, lambda seen: seen == 201, 60)

    def write(self, tally: Tally, key: str) -> None:
        path = f"{DRAFTING}/cases/{tally.case}/sections/{key}"
        self.ask("POST", f"{path}/proposal", 202)
        section = wait_for(lambda: self.ask("GET", path, 200), lambda seen: seen.json()["state"] != "pending", 120)
        assert section.json()["state"] == "proposed", section.text
        tally.counts["SectionProposed"] += 1
        said = [{"id": each["id"], "text": each["text"]} for each in section.json()["sentences"]]
        said.append({"text": "Handläggaren har läst samtalet."})
        # A PUT whose answer was lost is told by 412: it took effect the first time.
        self.ask("PUT", path, 200, 412, json={"sentences": said}, headers={"If-Match": section.headers["ETag"]})
        tally.counts["SectionEdited"] += 1
        for each in self.ask("GET", path, 200).json()["sentences"]:
            if not each["supported"]:
                body = {"reason": "Läst och bedömd."}
                self.ask("POST", f"{path}/sentences/{each['id']}/resolution", 200, 201, json=body)
                tally.counts["SentenceResolved"] += 1
        self.ask("POST", f"{path}/approval", 201)
        tally.counts["SectionApproved"] += 1


@pytest.fixture(scope="module")
def sound() -> bytes:
    return first_seconds(SECONDS_OF_SOUND)


@pytest.mark.kills
def test_killed_at_any_moment_nothing_is_lost_and_nothing_doubled(new_state: Callable[[], Path], sound: bytes) -> None:
    chance = random.Random(SEED)
    platform = PlatformProcess(new_state(), port=free_port())
    platform.start()
    caseworker = Diligent(platform.base, sound, threading.Event())
    working = threading.Thread(target=caseworker.work, daemon=True)
    working.start()
    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 5))
            platform.kill()
            time.sleep(chance.uniform(0, 0.5))
            platform.start()
        caseworker.enough.set()
        working.join(180)
        assert (caseworker.troubles, working.is_alive()) == ([], False), f"seed {SEED}"
        told = check(platform.base, caseworker, new_state().parent)
    finally:
        caseworker.enough.set()
        platform.stop()
    sys.stdout.write(f"{KILLS} kills, seed {SEED}: {told}\n")


def check(base: str, caseworker: Diligent, folder: Path) -> str:
    person, auditor = Person.signed_in(base, "caseworker@ekhamra"), Person.signed_in(base, "auditor@ekhamra")
    for recording in caseworker.recordings:
        ended = end_of(person, recording)
        assert (ended["state"], ended["problem"]) == ("done", None)
    for tally in caseworker.tallies:
        assert logged(auditor, tally) == tally.counts
    kept = person.get(f"{TRANSCRIPTION}/transcripts?limit=500")["items"]
    assert len(kept) == len(caseworker.recordings) + len(caseworker.transcripts), "one transcript for each"
    verify(auditor, folder)
    cases, sounds = len(caseworker.tallies), len(caseworker.recordings)
    return f"{cases} cases and {sounds} recordings, 0 lost, 0 doubled, log whole"


def end_of(person: Person, recording: str) -> dict[str, Any]:
    seen: dict[str, Any] = wait_for(
        lambda: person.get(f"{TRANSCRIPTION}/recordings/{recording}"),
        lambda each: each["state"] in ("done", "failed"),
        240,
    )
    return seen


def logged(auditor: Person, tally: Tally) -> Counter[str]:
    """How often each kind that was counted stands in the log, once nothing is on its way any more."""
    there = wait_for(lambda: counts_of(auditor, tally.case), lambda seen: seen >= tally.counts, 60)
    return Counter({kind: there[kind] for kind in tally.counts})


def counts_of(auditor: Person, case: str) -> Counter[str]:
    return Counter(each["type"].rpartition(".")[2] for each in entries_of(auditor, case))


def verify(auditor: Person, folder: Path) -> None:
    """No gap, no double: every index once, every event once, and the tree is what was signed."""
    export = folder / "export"
    export.write_bytes(auditor.download(f"{AUDIT}/export", "*/*"))
    key = auditor.download(f"{AUDIT}/verification-key", "text/plain").decode().strip()
    verifier = [sys.executable, "-m", "services.audit.verify", "--export", str(export), "--key", key]
    verified = subprocess.run(verifier, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout
    entries: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = auditor.get(f"{AUDIT}/entries?limit=500" + (f"&after={after}" if after else ""))
        entries, after = entries + page["items"], page["next"]
    assert [each["index"] for each in entries] == list(range(len(entries)))
    assert max(Counter(each["event_id"] for each in entries).values()) == 1
