# SPDX-License-Identifier: EUPL-1.2
"""Builders for meetings: lines of talk become material, all of it invented."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kernel.texts import Texts
from services.drafting.domain.checks import examine
from services.drafting.domain.material import Material, Part, Person, SourceKind
from services.drafting.domain.sentences import Check, CheckKind, Citation, Origin, Sentence, Verdict
from services.drafting.domain.templates import SectionKind, Template, TemplateSection

TEXTS = Texts.load(Path(__file__).parents[3] / "services" / "drafting" / "texts")
MET_ON = date(2026, 10, 14)
PEOPLE = (
    Person("H", "caseworker", "Siv Lund"),
    Person("A", "applicant", "Aina Berggren"),
    Person("K", "relative", "Karl Berggren"),
)
DANES = (
    Person("S", "caseworker", "Lone Holm"),
    Person("B", "applicant", "Egon Friis"),
    Person("D", "relative", "Tove Friis"),
)
TEMPLATE = Template(
    "sv-test",
    "Utredning",
    "sv",
    "SE",
    ("SoL (2025:400)",),
    (
        TemplateSection("application", "Ansökan", SectionKind.FACTS, cues=("ansök", "städ")),
        TemplateSection("d4", "Förflyttning", SectionKind.FACTS, cues=("trapp", "ramla", "rollator")),
        TemplateSection("d6", "Hemliv", SectionKind.FACTS, cues=("städ", "dammsug", "golv", "handla")),
        TemplateSection("goals", "Mål", SectionKind.FACTS, cues=("bo kvar",), mandatory=False),
        TemplateSection("assessment", "Bedömning", SectionKind.ASSESSMENT, depends_on=("d4", "d6")),
        TemplateSection("proposal", "Förslag", SectionKind.DECISION, depends_on=("assessment",)),
        TemplateSection("appeal", "Överklagande", SectionKind.DECISION, generated=True),
    ),
)


def a_meeting(*lines: str, people: tuple[Person, ...] = PEOPLE) -> Material:
    """Each line is `speaker: what was said`; the first is u1."""
    parts = []
    for number, line in enumerate(lines, 1):
        speaker, _, text = line.partition(": ")
        parts.append(Part(SourceKind.TRANSCRIPT, "t1", f"u{number}", text, speaker))
    return Material(tuple(parts), people, MET_ON)


def citing(material: Material, *part_ids: str) -> tuple[Citation, ...]:
    found = (part for part in material.parts if part.part_id in part_ids)
    return tuple(Citation(part.source, part.source_id, part.part_id, part.text) for part in found)


def checks_of(text: str, material: Material, *part_ids: str, language: str = "sv") -> dict[CheckKind, Check]:
    cited = citing(material, *(part_ids or ("u1",)))
    checks = examine(text, cited, material, language=language, texts=TEXTS, law=None, on=MET_ON)
    return {check.check: check for check in checks}


def flags(text: str, material: Material, *part_ids: str, language: str = "sv") -> set[CheckKind]:
    """The checks that say something against the sentence."""
    checks = checks_of(text, material, *part_ids, language=language)
    return {kind for kind, check in checks.items() if check.verdict is not Verdict.OK}


def a_sentence(text: str, *citations: Citation, id: str = "s1") -> Sentence:
    return Sentence(id, text, Origin.HUMAN, tuple(citations))


def section(key: str) -> TemplateSection:
    found = TEMPLATE.section(key)
    assert found is not None
    return found
