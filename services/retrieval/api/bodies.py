# SPDX-License-Identifier: EUPL-1.2
"""What comes in and what goes out, as JSON."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from kernel.web import Body, Line
from services.retrieval.domain.guidelines import Level, Passage, Placed, State, Version
from services.retrieval.usecases import Found

PASSAGES = 20_000


def _iso(value: object) -> object:
    """A number is no date, though it could be read as seconds since 1970."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("must be a date such as 2025-07-01")
    if not isinstance(value, str | date | None):
        # pydantic turns only a ValueError into a refusal of the field.
        raise ValueError(  # noqa: TRY004
            "must be a date as text, such as 2025-07-01"
        )
    return value


Day = Annotated[date, BeforeValidator(_iso)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Heading = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
LanguageCode = Literal["sv", "da", "nb", "en"]


class NewPassage(Body):
    key: Line | None = Field(
        default=None, description="The caller's own key, unique in the version; returned as given."
    )
    heading: Heading = ""
    text: Prose


class NewVersion(Body):
    valid_from: Day
    valid_to: Day | None = None
    title: Line | None = Field(default=None, description="Left out: the title of the version before.")
    reference: Line | None = None
    passages: list[NewPassage] = Field(min_length=1, max_length=PASSAGES)


class NewGuideline(NewVersion):
    title: Line
    level: Level
    language: LanguageCode | None = Field(default=None, description="Left out: the municipality's.")


class UploadedVersion(Body):
    """The fields beside the file."""

    valid_from: Day
    valid_to: Day | None = None
    title: Line | None = None
    reference: Line | None = None


class UploadedGuideline(UploadedVersion):
    title: Line
    level: Level
    language: LanguageCode | None = None


class Search(Body):
    query: Words
    top_k: int = Field(default=5, ge=1, le=50)
    as_of: Day | None = Field(default=None, description="The day whose text is meant. Left out: today.")
    levels: list[Level] | None = Field(default=None, min_length=1, description="Left out: all.")


class Question(Body):
    question: Words
    as_of: Day | None = Field(default=None, description="The day whose text is meant. Left out: today.")


class VersionView(BaseModel):
    """A guideline in one of its versions. `id` is the guideline's; `state` tells whether searches find it yet."""

    id: str
    version_id: str
    version: int
    title: str
    level: Level
    language: str
    reference: str | None
    valid_from: date
    valid_to: date | None
    state: State
    passages: int
    digest: str
    published_at: datetime

    @classmethod
    def of(cls, version: Version) -> Self:
        return cls(
            id=version.guideline.id,
            version_id=version.id,
            version=version.number,
            title=version.title,
            level=version.guideline.level,
            language=version.guideline.language,
            reference=version.reference,
            valid_from=version.validity.since,
            valid_to=version.validity.until,
            state=version.state,
            passages=version.passages,
            digest=version.digest,
            published_at=version.published_at,
        )


class PassageView(BaseModel):
    """A passage with what a citation of it needs. `anchor` is where a reader finds it in the document."""

    passage_id: str
    key: str | None
    guideline_id: str
    version: int
    title: str
    level: Level
    reference: str | None
    heading: str
    anchor: str
    text: str
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, passage: Passage, version: Version) -> Self:
        return cls(**_told(passage, version))


class FoundView(PassageView):
    score: float

    @classmethod
    def of_found(cls, found: Found) -> Self:
        return cls(**_told(found.placed.passage, found.placed.version), score=round(found.hit.score, 6))


class FoundPassages(BaseModel):
    passages: list[FoundView]


class CitationView(BaseModel):
    passage_id: str
    key: str | None
    guideline_id: str
    quote: str
    anchor: str
    title: str

    @classmethod
    def of(cls, placed: Placed, quote: str) -> Self:
        passage, version = placed.passage, placed.version
        return cls(
            passage_id=passage.id,
            key=passage.key,
            guideline_id=version.guideline.id,
            quote=quote,
            anchor=passage.anchor,
            title=version.title,
        )


class AnswerView(BaseModel):
    """`answer` is the guideline's own words, and null when it does not say; `nearest` may be worth reading anyway."""

    answered: bool
    answer: str | None
    citations: list[CitationView]
    not_answered_because: str | None
    nearest: list[FoundView]
    as_of: date


def _told(passage: Passage, version: Version) -> dict[str, object]:
    return {
        "passage_id": passage.id,
        "key": passage.key,
        "guideline_id": version.guideline.id,
        "version": version.number,
        "title": version.title,
        "level": version.guideline.level,
        "reference": version.reference,
        "heading": passage.heading,
        "anchor": passage.anchor,
        "text": passage.text,
        "valid_from": version.validity.since,
        "valid_to": version.validity.until,
    }
