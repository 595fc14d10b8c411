# SPDX-License-Identifier: EUPL-1.2
"""What an assessment or a proposal rests on: sentences of approved headings and passages of guidelines, as they stand.

Nothing here judges a person or says what is to be decided, and what a human handles alone is left out.
"""

from __future__ import annotations

from typing import Protocol

from services.drafting.domain.language.reading import read
from services.drafting.domain.language.words import is_content, is_kin, stem
from services.drafting.domain.material import Application, Material, Part, SourceKind
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

MOST_FACTS, MOST_FACTS_OF_A_HEADING, MOST_PASSAGES = 20, 3, 3
SHORTEST_PART_OF_COMPOUND = 4


class Task(Protocol):
    @property
    def template(self) -> Template: ...
    @property
    def section(self) -> TemplateSection: ...
    @property
    def language(self) -> str: ...
    @property
    def application(self) -> Application: ...
    @property
    def material(self) -> Material: ...
    @property
    def manual_supports(self) -> frozenset[str]: ...


def basis_for(task: Task) -> tuple[Part, ...]:
    """The facts in the template's order, then what the guidelines say about what is applied for."""
    manual = [task.application.requested.get(key, key) for key in sorted(task.manual_supports)]
    allowed = [part for part in task.material.parts if not concerns_any(part.text, manual, task.language)]
    facts = _facts(task, [part for part in allowed if part.source is SourceKind.SECTION])
    return (*facts, *_passages(task, [part for part in allowed if part.source is SourceKind.GUIDELINE]))


def concerns_any(text: str, labels: list[str], language: str) -> bool:
    return any(concerns(text, label, language) for label in labels)


def concerns(text: str, label: str, language: str) -> bool:
    """Whether the text has a word of the label, in any form, or a word that is half of one in it: `skotta` of
    `snöskottning`. Rather once too often, for what is left to a human is left to a human.
    """
    sought, reading = read(label, language), read(text, language)
    stems = [stem(t.word, language) for t in sought.tokens if is_content(t.word, sought.lexicon)]
    longest = max(sought.tokens, key=lambda token: len(token.word), default=None)
    if longest is not None and any(token.word.startswith(longest.word) for token in reading.tokens):
        return True
    return any(_is_half_of(own, each) for own in reading.stems for each in stems)


def _is_half_of(own: str, label: str) -> bool:
    return is_kin(own, label) or (len(own) >= SHORTEST_PART_OF_COMPOUND and own in label)


def _facts(task: Task, parts: list[Part]) -> list[Part]:
    """Those that bear on what is applied for first, a few of each heading, in the order of the template."""
    kinds = {section.key: section.kind for section in task.template.sections}
    known = [part for part in parts if kinds.get(part.source_id, SectionKind.FACTS) is SectionKind.FACTS]
    labels = [label for key, label in task.application.requested.items() if key not in task.manual_supports]
    chosen: list[Part] = []
    for heading in dict.fromkeys(part.source_id for part in known):
        own = [part for part in known if part.source_id == heading]
        own.sort(key=lambda part: -_weight(part, labels, task))
        chosen += own[:MOST_FACTS_OF_A_HEADING]
    chosen.sort(key=lambda part: -_weight(part, labels, task))
    kept = set(chosen[:MOST_FACTS])
    return [part for part in known if part in kept]


def _weight(part: Part, labels: list[str], task: Task) -> float:
    """What is applied for weighs most, then what is denied or cannot be done, then what the heading asks about."""
    reading = read(part.text, task.language)
    asked = sum(cue in reading.plain for cue in task.section.cues)
    return 2.0 * concerns_any(part.text, labels, task.language) + reading.is_negated + 0.5 * min(asked, 2)


def _passages(task: Task, parts: list[Part]) -> list[Part]:
    labels = [label for key, label in task.application.requested.items() if key not in task.manual_supports]
    return [part for part in parts if concerns_any(f"{part.heading} {part.text}", labels, task.language)][:MOST_PASSAGES]

