# SPDX-License-Identifier: EUPL-1.2
"""The writer that is always there: it chooses among the sources' own words, says whose they are, and adds none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kernel.identity import TenantId
from services.drafting.domain.basis import basis_for
from services.drafting.domain.dialogue import CASEWORKER, Quote
from services.drafting.domain.extracts import Extract, Remark, extracts_for
from services.drafting.domain.material import Part
from services.drafting.domain.templates import SectionKind
from services.drafting.domain.wording import Texts
from services.drafting.ports import ProposedSentence, WriterIdentity, WritingTask, Written

NAME, KIND, EDITION = "extractive", "extractive", "1"
DOMAIN = Path(__file__).parents[1] / "domain"


@dataclass(frozen=True)
class ExtractiveWriter:
    """Deterministic: the same task gives the same sentences. Needs no model and no network."""

    texts: Texts

    def identity(self, tenant_id: TenantId, template_key: str) -> WriterIdentity:  # the same for all
        return WriterIdentity(NAME, KIND, prompt_version=EDITION, digest=digest_of_code())

    def write(self, task: WritingTask) -> Written:
        identity = self.identity(task.tenant_id, task.template.key)
        if task.section.kind is SectionKind.FACTS:
            found = extracts_for(task.section, task.template, task.material, task.language)
            sentences = tuple(self._told(extract, task) for extract in found)
        else:
            sentences = tuple(self._restated(part, task) for part in basis_for(task))
        problem = "" if sentences else self.texts.say("extract.nothing", task.language)
        return Written(sentences, identity, problem)

    def _told(self, extract: Extract, task: WritingTask) -> ProposedSentence:
        sides = [self._remark(remark, task) for remark in extract.remarks]
        opening = [self.texts.say("extract.differ", task.language)] if extract.differ else []
        quotes = [quote for remark in extract.remarks for quote in _quotes_of(remark)]
        cited = tuple(dict.fromkeys((q.part.source.value, q.part.source_id, q.part.part_id, q.text) for q in quotes))
        said_by = extract.remarks[0].part.speaker if len({r.part.speaker for r in extract.remarks}) == 1 else ""
        return ProposedSentence(" ".join([*opening, *sides]), cited, said_by)

    def _remark(self, remark: Remark, task: WritingTask) -> str:
        said = f" {self.texts.say('extract.and', task.language)} ".join(_quoted(quote.text) for quote in remark.quotes)
        who = self._named(remark, task)
        if remark.question is None:
            key = "extract.noted" if remark.statements[0].role == CASEWORKER else "extract.told"
            return self.texts.say(key, task.language, who=who, said=said)
        asked = _quoted(remark.question.text)
        return self.texts.say("extract.answered", task.language, who=who, said=said, asked=asked)

    def _named(self, remark: Remark, task: WritingTask) -> str:
        person = task.material.person(remark.part.speaker)
        if person is None:
            return remark.part.speaker or self.texts.say("extract.roles.other", task.language)
        return person.name or self.texts.say(f"extract.roles.{person.role}", task.language)

    def _restated(self, part: Part, task: WritingTask) -> ProposedSentence:
        """A sentence of an approved heading as it stands, or a guideline's own words."""
        kind = part.source.value
        said = part.text if kind == "section" else _quoted(part.text)
        text = self.texts.say(f"basis.{kind}", task.language, heading=part.heading, said=said)
        return ProposedSentence(text, ((kind, part.source_id, part.part_id, part.text),), part.speaker)


def _quotes_of(remark: Remark) -> Iterable[Quote]:
    return (remark.question, *remark.quotes) if remark.question else remark.quotes


def _quoted(text: str) -> str:
    """In quotation marks that the words themselves do not hold."""
    return f"»{text}«" if '"' in text else f'"{text}"'


@cache
def digest_of_code() -> str:
    """Changes when anything that decides the text does: this file, the domain's rules and its words."""
    digest = hashlib.sha256()
    files = [Path(__file__), *DOMAIN.rglob("*.py"), *DOMAIN.rglob("*.toml")]
    for file in sorted(files, key=lambda each: each.name):
        digest.update(file.read_bytes())
    return digest.hexdigest()
