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

MOST_FACTS, MOST_FACTS_OF_A_HEADING, MOST_FACTS_OF_A_DECISION, MOST_PASSAGES = 20, 3, 8, 3
BEARS_ON_IT = 2.0
FOLLOW_UP, AHEAD = "follow_up", ("goals", "wishes")
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
    """The facts, then what the guidelines say about what is applied for."""
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
    """For an assessment a few of each heading; for what is built on it only what bears on the supports, or what looks
    ahead where the heading does. In the order of the template, nothing twice.
    """
    kinds = {section.key: section.kind for section in task.template.sections}
    known = [part for part in parts if kinds.get(part.source_id, SectionKind.FACTS) is SectionKind.FACTS]
    known = list({part.text: part for part in reversed(known)}.values())[::-1]
    weighed = {part: _weight(part, task) for part in known}
    ranked = sorted(known, key=lambda part: -weighed[part])
    if task.section.kind is SectionKind.ASSESSMENT:
        by_heading = {part.source_id: [p for p in ranked if p.source_id == part.source_id] for part in known}
        few = {part for own in by_heading.values() for part in own[:MOST_FACTS_OF_A_HEADING] if weighed[part] > 0}
        kept = set([part for part in ranked if part in few][:MOST_FACTS])
    else:
        kept = set([part for part in ranked if weighed[part] >= BEARS_ON_IT][:MOST_FACTS_OF_A_DECISION])
    return [part for part in known if part in (kept or set(ranked[:MOST_FACTS_OF_A_HEADING]))]


def _weight(part: Part, task: Task) -> float:
    """What is applied for weighs most, what looks ahead as much under a heading that does, then what is denied."""
    reading = read(part.text, task.language)
    if task.section.key == FOLLOW_UP:
        return 2.0 * (part.source_id in AHEAD) + reading.has_phrase(task.section.cues)
    return 2.0 * concerns_any(part.text, _labels(task), task.language) + reading.is_negated


def _labels(task: Task) -> list[str]:
    return [label for key, label in task.application.requested.items() if key not in task.manual_supports]


def _passages(task: Task, parts: list[Part]) -> list[Part]:
    if task.section.key == FOLLOW_UP:
        return []
    return [p for p in parts if concerns_any(f"{p.heading} {p.text}", _labels(task), task.language)][:MOST_PASSAGES]
