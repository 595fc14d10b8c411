# SPDX-License-Identifier: EUPL-1.2
"""The JSON that goes out about a section: its sentences with what they rest on, and what is still open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Self

from pydantic import BaseModel

from kernel.texts import Texts
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.material import Material
from services.drafting.domain.section import Section
from services.drafting.domain.sentences import Citation, Sentence


class CitationView(BaseModel):
    source: str
    source_id: str
    part_id: str
    quote: str

    @classmethod
    def of(cls, citation: Citation) -> Self:
        return cls.model_validate({**vars(citation), "source": citation.source.value})


class CheckView(BaseModel):
    check: str
    verdict: str
    detail: str


class ResolutionView(BaseModel):
    reason: str
    by: str
    at: datetime


class SentenceView(BaseModel):
    id: str
    text: str
    origin: str
    citations: list[CitationView]
    said_by: str | None
    checks: list[CheckView]
    supported: bool
    resolution: ResolutionView | None

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        answered = sentence.resolution
        return cls(
            id=sentence.id,
            text=sentence.text,
            origin=sentence.origin,
            citations=[CitationView.of(each) for each in sentence.citations],
            said_by=sentence.said_by or None,
            checks=[CheckView(check=c.check, verdict=c.verdict, detail=c.detail) for c in sentence.checks],
            supported=sentence.supported,
            resolution=ResolutionView(**vars(answered)) if answered else None,
        )


class OmissionView(BaseModel):
    source: str
    source_id: str
    part_id: str
    text: str
    why: str


class StaleReasonView(BaseModel):
    section: str
    cause: str
    sentence_ids: list[str]
    reason: str


class WriterView(BaseModel):
    """`kind` is extractive, model, or generated for text that comes from law data alone."""

    name: str
    kind: str
    prompt_version: str | None
    digest: str | None


class PartView(BaseModel):
    """A part that the section cites, so that a reader need not fetch every source."""

    source: str
    source_id: str
    part_id: str
    text: str
    speaker: str | None
    role: str | None
    heading: str | None


class SectionView(BaseModel):
    key: str
    title: str
    kind: str
    state: str
    stale: bool
    stale_because: list[StaleReasonView]
    set_aside: bool
    revision: int
    sentences: list[SentenceView]
    omissions: list[OmissionView]
    parts: list[PartView]
    writer: WriterView | None
    manifest_id: str | None
    approved_by: str | None
    approved_at: datetime | None
    problem: str | None

    @classmethod
    def of(cls, text: CaseText, key: str, material: Material, texts: Texts) -> Self:
        section, heading = text.section(key), text.heading(key)
        return cls(
            key=key,
            title=heading.title,
            kind=heading.kind,
            state=section.state,
            stale=section.stale,
            stale_because=list(_stale_because(text, section, texts)),
            set_aside=section.set_aside,
            revision=section.revision,
            sentences=[SentenceView.of(each) for each in section.sentences],
            omissions=list(_omissions(section, material)),
            parts=list(_parts(section, material)),
            writer=_writer(section),
            manifest_id=section.manifest.id if section.manifest else None,
            approved_by=section.approved_by or None,
            approved_at=section.approved_at,
            problem=section.problem or None,
        )


def _stale_because(text: CaseText, section: Section, texts: Texts) -> Iterator[StaleReasonView]:
    for each in section.stale_because:
        title = text.heading(each.section).title
        yield StaleReasonView(
            section=each.section,
            cause=each.cause,
            sentence_ids=list(each.sentence_ids),
            reason=texts.say(f"notice.stale.{each.cause}", text.case.language, title=title),
        )


def _omissions(section: Section, material: Material) -> Iterator[OmissionView]:
    for each in section.omissions:
        part = material.part(each.part.source, each.part.source_id, each.part.part_id)
        said = part.text if part else each.part.quote
        yield OmissionView(
            **{**CitationView.of(each.part).model_dump(exclude={"quote"}), "text": said, "why": each.why}
        )


def _parts(section: Section, material: Material) -> Iterator[PartView]:
    cited = dict.fromkeys((c.source, c.source_id, c.part_id) for s in section.sentences for c in s.citations)
    for address in cited:
        part = material.part(*address)
        if part is not None:
            person = material.person(part.speaker)
            yield PartView(
                source=part.source,
                source_id=part.source_id,
                part_id=part.part_id,
                text=part.text,
                speaker=part.speaker or None,
                role=person.role if person else None,
                heading=part.heading or None,
            )


def _writer(section: Section) -> WriterView | None:
    manifest = section.manifest
    if manifest is None:
        return None
    return WriterView(
        name=manifest.writer,
        kind=manifest.kind,
        prompt_version=manifest.prompt_version or None,
        digest=manifest.writer_digest or None,
    )
