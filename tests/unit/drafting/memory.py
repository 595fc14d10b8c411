# SPDX-License-Identifier: EUPL-1.2
"""Drafting's collections in memory. `tests/contract/test_cases.py` holds them to the behaviour of the real ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kernel.errors import NotFound, Unavailable
from kernel.identity import TenantId
from services.drafting.domain.case import Case
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision
from services.drafting.domain.facts import Fact
from services.drafting.domain.material import Material, Part, SourceKind
from services.drafting.domain.records import Review
from services.drafting.domain.sentences import Sentence
from services.drafting.domain.sources import Source, TranscriptNotApproved
from services.drafting.ports import ProposedSentence, WriterIdentity, WritingTask, Written


@dataclass
class MemoryCases:
    kept: dict[str, CaseText] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)
    announced: list[Fact] = field(default_factory=list)
    revisions: dict[tuple[str, str], dict[int, tuple[Sentence, ...]]] = field(default_factory=lambda: defaultdict(dict))

    def open(self, text: CaseText, key: bytes, happened: Sequence[Fact]) -> None:
        self.kept[text.case.id], self.keys[text.case.id] = text, key
        self.announced += happened

    def get(self, case_id: str) -> CaseText:
        if case_id not in self.kept:
            raise NotFound("no such case")
        return self.kept[case_id]

    def locked(self, case_id: str) -> CaseText:
        return self.get(case_id)

    def save(self, before: CaseText, after: CaseText, happened: Sequence[Fact]) -> None:
        for each in after.changed_since(before):
            earlier = before.section(each.key)
            if (each.sentences, each.state) != (earlier.sentences, earlier.state):
                self.revisions[each.case_id, each.key][each.revision] = each.sentences
        self.kept[after.case.id] = after
        self.announced += happened

    def announce(self, case_id: str, happened: Sequence[Fact]) -> None:
        self.get(case_id)
        self.announced += happened

    def key(self, case_id: str) -> bytes:
        return self.keys[case_id]

    def listed(self, after: str | None, limit: int, state: str | None) -> tuple[Case, ...]:
        newest = sorted((each.case for each in self.kept.values()), key=lambda case: case.id, reverse=True)
        wanted = [c for c in newest if (after is None or c.id < after) and (state is None or c.state == state)]
        return tuple(wanted[:limit])

    def earlier_sentences(self, case_id: str, section_key: str) -> Mapping[str, Sentence]:
        kept = sorted(self.revisions[case_id, section_key].items())
        return {each.id: each for _, sentences in kept for each in sentences}

    def sentences_at(self, case_id: str, section_key: str, revision: int) -> tuple[Sentence, ...] | None:
        return self.revisions[case_id, section_key].get(revision)


@dataclass
class MemorySources:
    kept: list[Source] = field(default_factory=list)
    found: dict[str, dict[tuple[str, str], Part]] = field(default_factory=lambda: defaultdict(dict))
    approved: dict[str, str] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        self.kept.append(source)

    def of(self, case_id: str) -> tuple[Source, ...]:
        return tuple(each for each in self.kept if each.case_id == case_id)

    def keep_passages(self, case_id: str, passages: Material) -> None:
        for each in passages.of(SourceKind.GUIDELINE):
            self.found[case_id].setdefault((each.source_id, each.part_id), each)

    def passages(self, case_id: str) -> tuple[Part, ...]:
        return tuple(part for _, part in sorted(self.found[case_id].items()))

    def note_approval(self, transcript_id: str, digest: str, approved_at: datetime) -> None:
        self.approved.setdefault(transcript_id, digest)

    def approved_digest(self, transcript_id: str) -> str:
        if transcript_id not in self.approved:
            raise TranscriptNotApproved("no approved transcript with this id is known here")
        return self.approved[transcript_id]


@dataclass
class MemoryRecords:
    told: dict[str, list[Communication]] = field(default_factory=lambda: defaultdict(list))
    decided: dict[str, Decision] = field(default_factory=dict)
    reviewed: dict[str, list[Review]] = field(default_factory=lambda: defaultdict(list))

    def add_communication(self, case_id: str, communication: Communication) -> None:
        self.told[case_id].append(communication)

    def communications(self, case_id: str) -> tuple[Communication, ...]:
        return tuple(sorted(self.told[case_id], key=lambda each: each.id))

    def add_decision(self, case_id: str, decision: Decision) -> None:
        self.decided[case_id] = decision

    def decision(self, case_id: str) -> Decision | None:
        return self.decided.get(case_id)

    def add_review(self, case_id: str, review: Review) -> None:
        self.reviewed[case_id].append(review)


@dataclass
class ScriptedWriter:
    """Says every part it was given that holds one of `words`, or what `says` has for the heading."""

    words: tuple[str, ...] = ("",)
    says: dict[str, tuple[ProposedSentence, ...]] = field(default_factory=dict)
    edition: str = "1"
    away: bool = False
    asked: list[WritingTask] = field(default_factory=list)

    def identity(self, tenant_id: TenantId, template_key: str) -> WriterIdentity:
        return WriterIdentity("scripted", "extractive", self.edition, f"digest-{self.edition}")

    def write(self, task: WritingTask) -> Written:
        if self.away:
            raise Unavailable("the writer is away")
        self.asked.append(task)
        said = self.says.get(task.section.key)
        if said is None:
            said = tuple(
                ProposedSentence(each.text, ((each.source.value, each.source_id, each.part_id, each.text),))
                for each in task.material.parts
                if any(word in each.text for word in self.words)
            )
        return Written(said, self.identity(task.tenant_id, task.template.key))


@dataclass
class ScriptedGuidelines:
    passages: tuple[Part, ...] = ()
    away: bool = False
    asked: list[tuple[str, date]] = field(default_factory=list)

    def search(self, tenant_id: TenantId, query: str, as_of: date, top_k: int) -> Material:
        if self.away:
            raise Unavailable("retrieval cannot be reached")
        self.asked.append((query, as_of))
        return Material(self.passages[:top_k])
