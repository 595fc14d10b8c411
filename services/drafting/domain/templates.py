# SPDX-License-Identifier: EUPL-1.2
"""A template: the headings of a decision basis in order, and what each one is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SectionKind(StrEnum):
    FACTS = "facts"
    ASSESSMENT = "assessment"
    DECISION = "decision"


@dataclass(frozen=True)
class TemplateSection:
    """`areas` are life-area codes; `cues` are stems and words (lower case, in the template's language) that tell
    that something said belongs here; `depends_on` are keys of sections that must be approved first;
    `generated` means that the text comes from the law data and never from a writer.
    """

    key: str
    title: str
    kind: SectionKind
    areas: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    question: str = ""
    generated: bool = False
    mandatory: bool = True


@dataclass(frozen=True)
class Template:
    key: str
    title: str
    language: str
    country: str
    law: tuple[str, ...]
    sections: tuple[TemplateSection, ...]

    def section(self, key: str) -> TemplateSection | None:
        return next((each for each in self.sections if each.key == key), None)
