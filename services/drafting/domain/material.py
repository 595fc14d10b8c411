# SPDX-License-Identifier: EUPL-1.2
"""What a case text is built from: parts of sources, each with an id that a sentence can cite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property


class SourceKind(StrEnum):
    TRANSCRIPT = "transcript"
    NOTE = "note"
    GUIDELINE = "guideline"
    SECTION = "section"


@dataclass(frozen=True)
class Person:
    """Somebody who took part. `speaker` is the label in the transcript; `name` is empty when it was never given."""

    speaker: str
    role: str
    name: str = ""


@dataclass(frozen=True)
class Part:
    """The smallest thing that can be cited: an utterance, a passage, a sentence of a note or of an earlier heading.

    `part_id` is the source's own id and unique within the source; a quote of the part occurs verbatim in `text`.
    `speaker` is the label of who said or wrote it, empty for a guideline.
    """

    source: SourceKind
    source_id: str
    part_id: str
    text: str
    speaker: str = ""
    heading: str = ""


@dataclass(frozen=True)
class Material:
    """Everything a sentence of one case may rest on, in the order it was said and added."""

    parts: tuple[Part, ...] = ()
    people: tuple[Person, ...] = ()
    met_on: date | None = None

    @cached_property
    def _by_id(self) -> dict[tuple[SourceKind, str, str], Part]:
        return {(part.source, part.source_id, part.part_id): part for part in self.parts}

    @cached_property
    def _by_speaker(self) -> dict[str, Person]:
        return {person.speaker: person for person in self.people}

    def part(self, source: SourceKind, source_id: str, part_id: str) -> Part | None:
        return self._by_id.get((source, source_id, part_id))

    def person(self, speaker: str) -> Person | None:
        return self._by_speaker.get(speaker)

    def of(self, *kinds: SourceKind) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.source in kinds)

    def joined_with(self, parts: Iterable[Part]) -> Material:
        return Material((*self.parts, *parts), self.people, self.met_on)


@dataclass(frozen=True)
class Application:
    """What was applied for, by whom it was received when. `requested` maps a support's key to its label."""

    text: str
    received_on: date
    requested: dict[str, str] = field(default_factory=dict)
