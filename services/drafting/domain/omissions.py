# SPDX-License-Identifier: EUPL-1.2
"""What was said, belongs under a heading, and is missing from its text."""

from __future__ import annotations

from collections.abc import Sequence

from services.drafting.domain.dialogue import Statement
from services.drafting.domain.extracts import is_worth_keeping, worth_telling
from services.drafting.domain.material import Material
from services.drafting.domain.sentences import Citation, Omission, Sentence
from services.drafting.domain.templates import SectionKind, Template, TemplateSection
from services.drafting.domain.topics import place
from services.drafting.domain.wording import Texts


def find_omissions(
    sentences: Sequence[Sentence],
    section: TemplateSection,
    material: Material,
    *,
    template: Template,
    language: str,
    texts: Texts,
) -> tuple[Omission, ...]:
    """The parts whose best heading this is and that no sentence of it cites, in the order they were said."""
    if section.kind is not SectionKind.FACTS:
        return ()
    cited = {(c.source, c.source_id, c.part_id) for sentence in sentences for c in sentence.citations}
    missing: dict[tuple[object, str, str], Statement] = {}
    for placed in worth_telling(place(material, template, language), material):
        statement, part = placed.statement, placed.statement.part
        address = (part.source, part.source_id, part.part_id)
        if placed.homes[0] == section.key and address not in cited and is_worth_keeping(statement):
            missing.setdefault(address, statement)
    return tuple(_omission(statement, section, material, language, texts) for statement in missing.values())


def _omission(
    statement: Statement, section: TemplateSection, material: Material, language: str, texts: Texts
) -> Omission:
    part, person = statement.part, material.person(statement.part.speaker)
    who = (person.name if person else "") or part.speaker or texts.say("extract.roles.other", language)
    why = texts.say("omissions.not_told", language, who=who, heading=section.title)
    return Omission(Citation(part.source, part.source_id, part.part_id, statement.quote.text), why)
