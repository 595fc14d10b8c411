# SPDX-License-Identifier: EUPL-1.2
"""Running the checks: every sentence that is kept has been through all of them, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.drafting.domain.casetext import CaseText
from services.drafting.domain.checks import examine
from services.drafting.domain.law import LawBook
from services.drafting.domain.material import Material, Part, SourceKind
from services.drafting.domain.omissions import find_omissions
from services.drafting.domain.section import Section
from services.drafting.domain.sentences import Check, Omission, Sentence
from services.drafting.domain.sources import Source
from services.drafting.domain.templates import SectionKind, TemplateSection
from services.drafting.domain.wording import Texts
from services.drafting.ports import Sources


@dataclass(frozen=True)
class Examiner:
    """What the checks need besides the text: the words to say it in, and the law in force `on` the day that counts."""

    texts: Texts
    law: LawBook | None
    on: date

    def examined(self, sentences: Sequence[Sentence], material: Material, language: str) -> tuple[Sentence, ...]:
        return tuple(replace(each, checks=self._checks(each, material, language)) for each in sentences)

    def omissions(
        self, sentences: Sequence[Sentence], heading: TemplateSection, material: Material, text: CaseText
    ) -> tuple[Omission, ...]:
        """What was said, belongs under the heading and is missing. Only facts can be left out of what was said."""
        if heading.kind is not SectionKind.FACTS:
            return ()
        return find_omissions(
            tuple(sentences), heading, material, template=text.template, language=text.case.language, texts=self.texts
        )

    def _checks(self, sentence: Sentence, material: Material, language: str) -> tuple[Check, ...]:
        return examine(
            sentence.text,
            sentence.citations,
            material,
            language=language,
            texts=self.texts,
            law=self.law,
            on=self.on,
        )


def material_of(case_id: str, sources: Sources) -> Material:
    """Everything the case's sources say, in the order they were added."""
    return joined(sources.of(case_id))


def joined(kept: Iterable[Source]) -> Material:
    """Of a person named in two sources the first word counts, and the first meeting is the one spoken of."""
    each_source = tuple(kept)
    people = {each.speaker: each for source in reversed(each_source) for each in source.material.people}
    met_on = next((each.material.met_on for each in each_source if each.material.met_on), None)
    return Material(tuple(part for each in each_source for part in each.material.parts), tuple(people.values()), met_on)


def parts_of_section(section: Section, heading: TemplateSection) -> tuple[Part, ...]:
    """A heading's sentences as parts that later headings may cite."""
    return tuple(
        Part(SourceKind.SECTION, section.key, each.id, each.text, heading=heading.title) for each in section.sentences
    )


def citable(text: CaseText, key: str, sources: Sources) -> Material:
    """All that a human may cite under the heading: sources, passages that were found, and every other heading."""
    others = [each for each in text.template.sections if each.key != key]
    earlier = [part for each in others for part in parts_of_section(text.section(each.key), each)]
    return material_of(text.case.id, sources).joined_with([*sources.passages(text.case.id), *earlier])
