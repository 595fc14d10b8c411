# SPDX-License-Identifier: EUPL-1.2
"""What must be true in the end, whatever has died: nothing lost, nothing doubled, order kept, the log whole.

Each check returns what is wrong, as lines; none means that it holds.
"""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from deploy.services import SERVICES
from embedded.rest import Person, wait_for
from kernel.kafka.letters import waiting_letters
from services.audit.verify import Note, consistency_holds, inclusion_holds, leaf_hash
from tests.chaos.stage import Stage
from tests.chaos.story import CASEWORK, FURTHER, MANAGEMENT, WORKED_ON, Tale
from tests.end_to_end.home_visit import AUDIT, DRAFTING, RETRIEVAL, TRANSCRIPTION, entries_of
from tests.end_to_end.test_forecast import FORECASTING
from tests.end_to_end.test_kills import verify
from tests.topics import topics_of_events

# In a case's log, no entry of a kind comes before the first one of the kind it needs.
NEEDS = {
    "SourceAdded": "CaseOpened",
    "SectionProposed": "SourceAdded",
    "SectionEdited": "SectionProposed",
    "SectionApproved": "SectionEdited",
    "CaseCommunicated": "SectionApproved",
    "DecisionRecorded": "CaseCommunicated",
}
OUTBOX_EMPTY_SECONDS = 90


@dataclass
class Ledger:
    """What the platform says in the end, read once."""

    stage: Stage
    tales: Sequence[Tale]
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    earlier: dict[str, Note] = field(default_factory=dict)

    def read(self) -> None:
        self.settle()
        for tenant in (CASEWORK, MANAGEMENT):
            self.entries[tenant] = all_entries(self.person("auditor", tenant))

    def person(self, role: str, tenant: str) -> Person:
        return Person.signed_in(self.stage.base, f"{role}@{tenant}")

    def settle(self) -> None:
        """Wait until nothing is on its way: outboxes empty, and a fact told now is recorded after all before."""
        wait_for(lambda: self.rows("SELECT count(*) FROM outbox"), lambda seen: sum(seen.values()) == 0, 90)
        wanted = [(each.case, each.counts["DecisionRecorded"]) for each in self.tales if each.case]
        auditor = self.person("auditor", CASEWORK)
        for case, decided in wanted[-3:]:
            if decided:
                wait_for(partial(entries_of, auditor, case), lambda seen: "DecisionRecorded" in str(seen), 90)
        time.sleep(2)

    def rows(self, counting: str) -> dict[str, int]:
        """A count from each service's database."""
        url = self.stage.site.servers.postgres.admin_url.replace("+psycopg", "").removesuffix("/postgres")
        found = {}
        for each in SERVICES:
            with psycopg.connect(f"{url}/{each.name}") as connection:
                found[each.name] = int(connection.execute(counting).fetchall()[0][0])
        return found

    # -- each promise ----------------------------------------------------------------------------------------------

    def lost(self) -> Iterator[str]:
        """Everything that was accepted is read again."""
        caseworker, manager = self.person("caseworker", CASEWORK), self.person("manager", MANAGEMENT)
        for tale in self.tales:
            for path, state, wanted in _promised(tale):
                who = caseworker if tale.tenant == CASEWORK else manager
                answer = who.ask("GET", path)
                if answer.status_code != 200 or answer.json().get(state) != wanted:
                    yield f"{tale.name}: {path} is {answer.status_code} {answer.json().get(state)!r}, not {wanted!r}"

    def doubled(self) -> Iterator[str]:
        """Every counted fact stands in the log as often as it was accepted; one case, one transcript for each."""
        by_case: dict[str, Counter[str]] = defaultdict(Counter)
        for each in self.entries[CASEWORK]:
            by_case[each.get("case_id") or ""][kind_of(each)] += 1
        for tale in self.tales:
            if tale.case and not tale.trouble:
                there = {kind: by_case[tale.case][kind] for kind in tale.counts}
                if there != dict(tale.counts):
                    yield f"{tale.name}: {there} in the log, {dict(tale.counts)} accepted"
        yield from self._doubled_management()
        yield from self._doubled_cases()
        yield from self._doubled_transcripts()
        yield from self._doubled_sentences()

    def _doubled_management(self) -> Iterator[str]:
        there = Counter(kind_of(each) for each in self.entries[MANAGEMENT])
        told = [each for each in self.tales if each.tenant == MANAGEMENT]
        accepted = sum((each.counts for each in told), Counter[str]())
        if not any(each.trouble for each in told):
            for kind, times in accepted.items():
                if there[kind] != times:
                    yield f"{kind}: {there[kind]} in the log, {times} accepted"

    def _doubled_cases(self) -> Iterator[str]:
        named = Counter(each["external_reference"] for each in self._all(f"{DRAFTING}/cases"))
        yield from (f"{times} cases for {name}" for name, times in named.items() if times > 1)

    def _doubled_transcripts(self) -> Iterator[str]:
        there = len(self._all(f"{TRANSCRIPTION}/transcripts"))
        accepted = sum(bool(each.transcript) + bool(each.recording) for each in self.tales)
        if there != accepted and not any(each.trouble for each in self.tales):
            yield f"{there} transcripts, {accepted} accepted"

    def _doubled_sentences(self) -> Iterator[str]:
        caseworker = self.person("caseworker", CASEWORK)
        for tale in self.tales:
            for key in WORKED_ON if tale.counts["SectionEdited"] else ():
                said = caseworker.get(f"{DRAFTING}/cases/{tale.case}/sections/{key}")["sentences"]
                texts = Counter(each["text"] for each in said)
                yield from (f"{tale.name} {key}: {n}× {text!r}" for text, n in texts.items() if n > 1)

    def out_of_order(self) -> Iterator[str]:
        """Entries of a case stand in the order of its facts, and no look at a heading saw it go backwards."""
        by_case: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in self.entries[CASEWORK]:
            if each.get("case_id") and ".drafting." in each["type"]:
                by_case[each["case_id"]].append(each)
        for tale in self.tales:
            entries = by_case[tale.case] if tale.case else []
            yield from (f"{tale.name}: {wrong}" for wrong in order_of(entries))
            for key, seen in tale.seen.items():
                if seen != sorted(seen):
                    yield f"{tale.name}: {key} went {' → '.join(f'{FURTHER[state]}@{n}' for state, n in seen)}"

    def damaged(self, folder: Path) -> Iterator[str]:
        """The whole log by the offline verifier, and proofs against what was signed before the first blow."""
        for tenant in (CASEWORK, MANAGEMENT):
            auditor = self.person("auditor", tenant)
            try:
                verify(auditor, folder)
            except AssertionError as damage:
                yield f"{tenant}: {damage}"
            yield from (f"{tenant}: {wrong}" for wrong in self._unproven(auditor, self.earlier[tenant]))

    def _unproven(self, auditor: Person, earlier: Note) -> Iterator[str]:
        now = note_of(auditor)
        between = auditor.get(f"{AUDIT}/consistency-proof?from={earlier.size}&to={now.size}")["hashes"]
        if not consistency_holds(earlier.size, earlier.root, now.size, now.root, _decoded(between)):
            yield f"the log of {now.size} does not begin as the one of {earlier.size}"
        for index in range(0, now.size, max(1, now.size // 40)):
            entry = auditor.download(f"{AUDIT}/entries/{index}", "*/*")
            proof = auditor.get(f"{AUDIT}/entries/{index}/inclusion-proof?size={now.size}")["hashes"]
            if not inclusion_holds(leaf_hash(entry), index, now.size, _decoded(proof), now.root):
                yield f"entry {index} is not in the tree of {now.size}"

    def kept_quiet(self) -> Iterator[str]:
        """A heading that the model did not write says why."""
        for tale in self.tales:
            yield from (
                f"{tale.name}: written without the model, and no word of it"
                for each in tale.told
                if each == "extractive: "
            )

    def left_over(self) -> Iterator[str]:
        """Dead letters, jobs given up, jobs that nobody does."""
        for topic in topics_of_events(self.stage.kafka):
            for each in waiting_letters(self.stage.kafka, topic, replayed_too=True):
                yield f"dead letter on {topic} of {each.group}: {each.type} {each.reason}"
        for what, counting in LEFT_OVER.items():
            yield from (f"{n} {what} in {service}" for service, n in self.rows(counting).items() if n)

    def _all(self, path: str) -> list[dict[str, Any]]:
        caseworker = self.person("caseworker", CASEWORK)
        found: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            page = caseworker.get(f"{path}?limit=200" + (f"&after={after}" if after else ""))
            found, after = found + page["items"], page["next"]
        return found


LEFT_OVER = {
    "dead jobs": "SELECT count(*) FROM jobs WHERE state = 'dead'",
    "jobs under way": "SELECT count(*) FROM jobs WHERE state IN ('waiting', 'running')",
    "dead letters": "SELECT count(*) FROM dead_letters",
}


def _promised(tale: Tale) -> Iterator[tuple[str, str, str]]:
    """Where each accepted thing is read, and what it must say."""
    if tale.transcript and tale.counts["SourceAdded"]:
        yield f"{TRANSCRIPTION}/transcripts/{tale.transcript}", "state", "approved"
    elif tale.transcript:
        yield f"{TRANSCRIPTION}/transcripts/{tale.transcript}", "id", tale.transcript
    if tale.recording:
        yield f"{TRANSCRIPTION}/recordings/{tale.recording}", "state", "done"
    if tale.case:
        state = "decided" if tale.counts["DecisionRecorded"] else "open"
        yield f"{DRAFTING}/cases/{tale.case}", "state", state
    if tale.counts["SectionApproved"] == len(WORKED_ON):
        for key in WORKED_ON:
            yield f"{DRAFTING}/cases/{tale.case}/sections/{key}", "state", "approved"
    if tale.guideline:
        yield f"{RETRIEVAL}/guidelines/{tale.guideline}", "state", "ready"
    if tale.forecast:
        yield f"{FORECASTING}/forecast-requests/{tale.forecast}", "state", "done"


def order_of(entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    before = ""
    for each in entries:
        kind = kind_of(each)
        if kind in NEEDS and NEEDS[kind] not in seen:
            yield f"entry {each['index']}: {kind} before any {NEEDS[kind]}"
        if kind in NEEDS and each["occurred_at"] < before:
            yield f"entry {each['index']}: {kind} of {each['occurred_at']} after one of {before}"
        before = max(before, each["occurred_at"])
        seen.add(kind)


def kind_of(entry: dict[str, Any]) -> str:
    return str(entry["type"]).rpartition(".")[2]


def all_entries(auditor: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = auditor.get(f"{AUDIT}/entries?limit=500" + (f"&after={after}" if after else ""))
        found, after = found + page["items"], page["next"]
    return found


def note_of(auditor: Person) -> Note:
    return Note.read(auditor.download(f"{AUDIT}/checkpoint", "text/plain").decode())


def _decoded(hashes: Sequence[str]) -> list[bytes]:
    return [b64decode(each) for each in json.loads(json.dumps(hashes))]
