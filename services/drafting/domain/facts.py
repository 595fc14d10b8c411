# SPDX-License-Identifier: EUPL-1.2
"""What has happened, in the past tense. `events.py` turns each into what others may know: ids, counts, digests."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.identity import Actor
from services.drafting.domain.case import Case
from services.drafting.domain.decision import Communication, Decision
from services.drafting.domain.section import Section
from services.drafting.domain.sources import Source


@dataclass(frozen=True)
class CaseOpened:
    case: Case
    actor: Actor


@dataclass(frozen=True)
class ScopeChecked:
    """The check's own verdict, before any human's."""

    case: Case
    actor: Actor


@dataclass(frozen=True)
class ScopeDecided:
    """A caseworker's word stands over the check's."""

    case: Case
    actor: Actor


@dataclass(frozen=True)
class SourceAdded:
    source: Source
    actor: Actor


@dataclass(frozen=True)
class SectionProposed:
    """`actor` is who asked; the words are the writer's, named in the section's manifest."""

    section: Section
    actor: Actor


@dataclass(frozen=True)
class SectionEdited:
    section: Section
    actor: Actor


@dataclass(frozen=True)
class SentenceResolved:
    section: Section
    sentence_id: str
    actor: Actor


@dataclass(frozen=True)
class SectionApproved:
    section: Section
    actor: Actor


@dataclass(frozen=True)
class SectionMadeStale:
    """`changed` is the heading whose change made this one stale; `actor` is whoever changed it."""

    section: Section
    changed: str
    actor: Actor


@dataclass(frozen=True)
class ManualHandlingChosen:
    """`support` is empty when the whole case was taken from the machine."""

    case: Case
    support: str
    actor: Actor


@dataclass(frozen=True)
class CaseReviewed:
    case_id: str
    review_id: str
    findings: dict[str, int]
    actor: Actor


@dataclass(frozen=True)
class CaseCommunicated:
    case_id: str
    communication: Communication
    actor: Actor


@dataclass(frozen=True)
class DecisionRecorded:
    case_id: str
    decision: Decision
    actor: Actor


@dataclass(frozen=True)
class DocumentIssued:
    """`content` is the document as handed out; only its digest leaves the service."""

    case_id: str
    media_type: str
    content: bytes
    state: str
    actor: Actor


@dataclass(frozen=True)
class DraftReplayed:
    case_id: str
    identical: int
    differing: int
    actor: Actor


Fact = (
    CaseOpened
    | ScopeChecked
    | ScopeDecided
    | SourceAdded
    | SectionProposed
    | SectionEdited
    | SentenceResolved
    | SectionApproved
    | SectionMadeStale
    | ManualHandlingChosen
    | CaseReviewed
    | CaseCommunicated
    | DecisionRecorded
    | DocumentIssued
    | DraftReplayed
)
