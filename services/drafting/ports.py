# SPDX-License-Identifier: EUPL-1.2
"""What drafting needs from the outside world, said in drafting's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from kernel.identity import TenantId
from services.drafting.domain.case import Case
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision
from services.drafting.domain.facts import Fact
from services.drafting.domain.law import LawBook
from services.drafting.domain.material import Application, Material, Part
from services.drafting.domain.records import Edition, Review
from services.drafting.domain.scope import Department
from services.drafting.domain.sentences import Sentence
from services.drafting.domain.sources import Source
from services.drafting.domain.templates import Template, TemplateSection


@dataclass(frozen=True)
class WriterIdentity:
    """Which writer wrote: enough to call it again. `kind` is `extractive` or `model`; `digest` covers code, prompt and
    settings, so that a changed digest explains a changed text.
    """

    name: str
    kind: str
    prompt_version: str = ""
    digest: str = ""


@dataclass(frozen=True)
class WritingTask:
    """One heading to write. `material` holds every part that may be cited, earlier headings included (kind SECTION).

    `manual_supports` are keys of requested supports that a human handles: nothing may be written about them.
    """

    tenant_id: TenantId
    template: Template
    section: TemplateSection
    language: str
    application: Application
    material: Material
    manual_supports: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ProposedSentence:
    """`quotes` pairs (source kind value, source id, part id, verbatim quote)."""

    text: str
    quotes: tuple[tuple[str, str, str, str], ...]
    said_by: str = ""


@dataclass(frozen=True)
class Written:
    """What a writer proposes. Untrusted: every sentence still goes through the checks. `problem` tells the caseworker,
    in the case's language, why there is less than hoped for (model away, answer unusable), else empty.
    """

    sentences: tuple[ProposedSentence, ...]
    writer: WriterIdentity
    problem: str = ""


class Writer(Protocol):
    """Writes one heading. May be slow (seconds to a minute) and may be wrong; raises `kernel.errors.Unavailable`
    when it cannot be reached, which is retried.
    """

    def write(self, task: WritingTask) -> Written: ...

    def identity(self, tenant_id: TenantId, template_key: str) -> WriterIdentity: ...


@dataclass(frozen=True)
class ApprovedTranscript:
    """A transcript as its owner hands it out after approval."""

    transcript_id: str
    digest: str
    language: str
    material: Material


class Transcripts(Protocol):
    def approved(self, tenant_id: TenantId, transcript_id: str) -> ApprovedTranscript:
        """Raise `NotFound`, `Conflict` (not approved) or `Unavailable`."""


class Guidelines(Protocol):
    def search(self, tenant_id: TenantId, query: str, as_of: date, top_k: int) -> Material:
        """The passages in force on `as_of` that fit best, best first, as parts of kind GUIDELINE.
        Raise `Unavailable` when retrieval is away.
        """


class Cases(Protocol):
    """The cases of one tenant, within one transaction. What is saved and what is announced commit together."""

    def open(self, text: CaseText, key: bytes, happened: Sequence[Fact]) -> None:
        """Keep a new case. `key` seals its digests and is kept beside it, to be erased with it."""

    def get(self, case_id: str) -> CaseText:
        """Raise `NotFound` when this tenant has no such case."""

    def locked(self, case_id: str) -> CaseText:
        """As `get`, and nobody else writes in the case until this transaction ends."""

    def save(self, before: CaseText, after: CaseText, happened: Sequence[Fact]) -> None:
        """Keep what differs, each changed section also as a revision, and announce what happened. Needs `locked`."""

    def announce(self, case_id: str, happened: Sequence[Fact]) -> None:
        """Tell of what changed nothing in the case's own text."""

    def key(self, case_id: str) -> bytes: ...

    def listed(self, after: str | None, limit: int, state: str | None) -> tuple[Case, ...]:
        """Newest first, those opened before `after`."""

    def earlier_sentences(self, case_id: str, section_key: str) -> Mapping[str, Sentence]:
        """Every sentence that ever stood in the section, by id, as it last stood."""

    def sentences_at(self, case_id: str, section_key: str, revision: int) -> tuple[Sentence, ...] | None:
        """The section's sentences at a revision; None when it is not kept."""


class Sources(Protocol):
    """What the cases of one tenant rest on, within one transaction."""

    def add(self, source: Source) -> None: ...

    def of(self, case_id: str) -> tuple[Source, ...]:
        """In the order in which they were added."""

    def keep_passages(self, case_id: str, passages: Material) -> None:
        """Keep the guideline passages that a writer was given, as they read then."""

    def passages(self, case_id: str) -> tuple[Part, ...]: ...

    def note_approval(self, transcript_id: str, digest: str, approved_at: datetime) -> None:
        """A transcript may be a source from now on. Safe to repeat."""

    def approved_digest(self, transcript_id: str) -> str:
        """The digest of what was approved. Raise `TranscriptNotApproved` when no word of an approval has come."""


class Records(Protocol):
    """What was recorded about a case beside its text."""

    def add_communication(self, case_id: str, communication: Communication) -> None: ...

    def communications(self, case_id: str) -> tuple[Communication, ...]: ...

    def add_decision(self, case_id: str, decision: Decision) -> None: ...

    def decision(self, case_id: str) -> Decision | None: ...

    def add_review(self, case_id: str, review: Review) -> None: ...


class Templates(Protocol):
    """The templates of one tenant as they are now: what is shipped, and what the municipality put in its place."""

    def all(self) -> tuple[Edition, ...]: ...

    def current(self, key: str) -> Edition:
        """Raise `NotFound` for a key that is not shipped."""

    def replace(self, edition: Edition, by: str, at: datetime) -> None:
        """Put an edition in place; the earlier ones stay, and open cases keep the one they were opened with."""


class Configuration(Protocol):
    """What is laid down for a municipality in files."""

    def of(self, tenant_id: TenantId) -> Mapping[str, Template]: ...

    def departments(self, tenant_id: TenantId) -> tuple[Department, ...]: ...


class LawBooks(Protocol):
    """The law data that counts for a municipality."""

    def law_book(self, tenant_id: TenantId) -> LawBook: ...


@dataclass(frozen=True)
class Prompt:
    """What a model is told before it writes. `version` names the text exactly: the same version, the same text."""

    name: str
    version: str
    text: str


class Prompts(Protocol):
    def current(self, tenant_id: TenantId, template_key: str) -> Prompt:
        """The prompt in use for the template. Never raises for an outage: it falls back to an older text."""
