# SPDX-License-Identifier: EUPL-1.2
"""A sentence under examination, beside the parts that it cites."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from services.drafting.domain.language.attribution import Attribution, attributions_in
from services.drafting.domain.language.reading import Reading, Token, read
from services.drafting.domain.material import Material, Part, Person
from services.drafting.domain.sentences import Check, CheckKind, Citation, Verdict
from services.drafting.domain.wording import Texts


@dataclass(frozen=True)
class Claim:
    text: str
    citations: tuple[Citation, ...]
    material: Material
    language: str
    texts: Texts

    @cached_property
    def reading(self) -> Reading:
        return read(self.text, self.language)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The cited parts that exist, each once."""
        found = (self.material.part(c.source, c.source_id, c.part_id) for c in self.citations)
        return tuple(dict.fromkeys(part for part in found if part is not None))

    @cached_property
    def unknown(self) -> tuple[Citation, ...]:
        return tuple(c for c in self.citations if self.material.part(c.source, c.source_id, c.part_id) is None)

    @cached_property
    def sources(self) -> tuple[Reading, ...]:
        return tuple(read(part.text, self.language) for part in self.parts)

    @cached_property
    def source_words(self) -> frozenset[str]:
        return frozenset().union(*(source.words for source in self.sources))

    @cached_property
    def attributions(self) -> tuple[Attribution, ...]:
        return attributions_in(self.reading)

    @cached_property
    def content(self) -> tuple[Token, ...]:
        """The words of the statement itself, without the frame that says whose word it is."""
        frames = [(each.start, each.end) for each in self.attributions]
        return tuple(t for t in self.reading.tokens if not any(start <= t.start < end for start, end in frames))

    @cached_property
    def speakers(self) -> tuple[Person, ...]:
        """The people who said what is cited."""
        found = (self.material.person(part.speaker) for part in self.parts)
        return tuple(dict.fromkeys(person for person in found if person is not None))

    def verdict(self, check: CheckKind, verdict: Verdict, key: str, **values: object) -> Check:
        return Check(check, verdict, self.texts.say(f"checks.{key}", self.language, **values))


def words_of_name(name: str, language: str) -> frozenset[str]:
    return read(name, language).words
