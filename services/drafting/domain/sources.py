# SPDX-License-Identifier: EUPL-1.2
"""A source of a case: a copy of an approved transcript or a note, kept as it was when it was added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.errors import Conflict
from services.drafting.domain.language.reading import sentences_of
from services.drafting.domain.material import Material, Part, SourceKind


class TranscriptNotApproved(Conflict):
    """Only what a caseworker has approved may become case text. Word of an approval may take a moment to arrive."""


class TranscriptDiffers(Conflict):
    """The transcript does not read as it did when it was approved: it may not become case text."""


@dataclass(frozen=True)
class Source:
    """`external_id` is the transcript's id with its owner, empty for a note; `digest` covers what was copied."""

    id: str
    case_id: str
    kind: SourceKind
    external_id: str
    digest: str
    added_by: str
    added_at: datetime
    material: Material


@dataclass(frozen=True)
class Note:
    """What somebody wrote down. `said_by` is who said it, when the note is of what another person said."""

    text: str
    author: str
    noted_at: datetime
    said_by: str = ""


def parts_of_note(note: Note, source_id: str, language: str) -> tuple[Part, ...]:
    """One part for each sentence of the note, numbered from `n001` in the order they stand."""
    speaker = note.said_by or note.author
    spans = sentences_of(note.text, language)
    return tuple(
        Part(SourceKind.NOTE, source_id, f"n{at:03d}", note.text[start:end].strip(), speaker)
        for at, (start, end) in enumerate(spans, start=1)
    )
