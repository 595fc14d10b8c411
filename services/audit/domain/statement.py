# SPDX-License-Identifier: EUPL-1.2
"""How machine support was used in a case: counted from the case's entries in the log, and from nothing else.

Every count says which entry it is taken from, so that whoever reads the statement can check it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

DRAFTING = "underlag.drafting.v1."
WRITTEN = ("SectionProposed", "SectionEdited", "SectionApproved")
TOLD = {*WRITTEN, "SectionMadeStale", "SourceAdded", "SentenceResolved", "ManualHandlingChosen", "DecisionRecorded"}


@dataclass(frozen=True)
class Sentences:
    """How many sentences were written by a machine and stand unchanged, were changed by a human, or are a human's."""

    machine: int = 0
    machine_edited: int = 0
    human: int = 0

    @property
    def all(self) -> int:
        return self.machine + self.machine_edited + self.human

    def __add__(self, other: Sentences) -> Sentences:
        return Sentences(
            self.machine + other.machine, self.machine_edited + other.machine_edited, self.human + other.human
        )


@dataclass(frozen=True)
class SectionShare:
    """A heading as it stands; `entry` is the index of the entry that its counts are from."""

    key: str
    sentences: Sentences
    is_approved: bool
    entry: int


@dataclass(frozen=True)
class Writer:
    """What wrote a proposal. `kind`: extractive, model, or generated (from law data)."""

    name: str
    kind: str
    prompt_version: str
    digest: str


@dataclass(frozen=True)
class Statement:
    """`rests_on`: the indices of all entries that were counted. `decided_at` is empty before the decision."""

    sections: Sequence[SectionShare]
    proposals: Mapping[Writer, int]
    sources: Mapping[str, int]
    resolved_by_human: int
    supports_by_hand: int
    is_all_by_hand: bool
    decided_at: str
    rests_on: Sequence[int]

    @property
    def total(self) -> Sentences:
        return sum((each.sentences for each in self.sections), Sentences())


@dataclass(frozen=True)
class _Told:
    """An entry about drafting, with the short name of its type. Numbers that are absent count as nothing."""

    name: str
    index: int
    details: Mapping[str, Any]
    digests: Mapping[str, Any]

    def text(self, detail: str) -> str:
        return str(self.details.get(detail, ""))

    def sentences(self) -> Sentences:
        origins = ("machine", "machine_edited", "human")
        return Sentences(*(int(self.details.get(f"sentences_{origin}", 0)) for origin in origins))


def statement_from(entries: Iterable[Mapping[str, Any]]) -> Statement:
    """Count over the entries of one case, oldest first. Entries that say nothing about machine support are passed."""
    told = [
        _Told(name, each["index"], each["details"], each["digests"])
        for each in entries
        if str(each["type"]).startswith(DRAFTING) and (name := str(each["type"]).removeprefix(DRAFTING)) in TOLD
    ]
    by_hand = [bool(each.details.get("whole_case")) for each in told if each.name == "ManualHandlingChosen"]
    decisions = [each.text("decided_at") for each in told if each.name == "DecisionRecorded"]
    return Statement(
        sections=_sections(told),
        proposals=Counter(_writer(each) for each in told if each.name == "SectionProposed"),
        sources=Counter(each.text("kind") for each in told if each.name == "SourceAdded"),
        resolved_by_human=sum(each.name == "SentenceResolved" for each in told),
        supports_by_hand=by_hand.count(False),
        is_all_by_hand=any(by_hand),
        decided_at=decisions[-1] if decisions else "",
        rests_on=[each.index for each in told],
    )


def _sections(told: Sequence[_Told]) -> list[SectionShare]:
    sections: dict[str, SectionShare] = {}
    for each in told:
        key = each.text("section_key")
        if each.name in WRITTEN:
            sections[key] = SectionShare(key, each.sentences(), each.name == "SectionApproved", each.index)
        elif each.name == "SectionMadeStale" and key in sections:
            sections[key] = replace(sections[key], is_approved=False)
    return list(sections.values())


def _writer(proposed: _Told) -> Writer:
    digest = str(proposed.digests.get("writer_digest", ""))
    return Writer(proposed.text("writer_name"), proposed.text("writer_kind"), proposed.text("prompt_version"), digest)
