# SPDX-License-Identifier: EUPL-1.2
"""What a caseworker does with a heading: write, answer for a sentence, approve, take it from the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from kernel.identity import Actor, new_id
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.checks import quote_for
from services.drafting.domain.editing import CitedPart, TypedSentence, merge
from services.drafting.domain.material import Material
from services.drafting.domain.sentences import Resolution
from services.drafting.ports import Cases, Sources
from services.drafting.usecases.examining import Examiner, citable


def edit_section(
    before: CaseText,
    key: str,
    typed: Sequence[TypedSentence],
    actor: Actor,
    examiner: Examiner,
    cases: Cases,
    sources: Sources,
) -> CaseText:
    """Put the human's text in place, all checks run again. `before` is locked, its revision compared already.

    Raise `Unacceptable` with pointers for ids and parts that are not there.
    """
    material = citable(before, key, sources)
    section, heading = before.section(key), before.heading(key)
    earlier = {each.id: each for each in section.sentences}
    if any(each.id and each.id not in earlier for each in typed):
        earlier = {**cases.earlier_sentences(before.case.id, key), **earlier}
    merged = merge(typed, earlier, material, _quote_from(material), [new_id() for _ in typed])
    sentences = examiner.examined(merged, material, before.case.language)
    omissions = examiner.omissions(sentences, heading, material, before)
    after, happened = before.edit(key, sentences, omissions, actor)
    cases.save(before, after, happened)
    return after


def resolve_sentence(
    case_id: str, key: str, sentence_id: str, resolution: Resolution, actor: Actor, cases: Cases
) -> CaseText:
    before = cases.locked(case_id)
    after, happened = before.resolve(key, sentence_id, resolution, actor)
    cases.save(before, after, happened)
    return after


def approve_section(
    case_id: str, key: str, actor: Actor, now: datetime, cases: Cases, *, as_empty: bool = False
) -> CaseText:
    before = cases.locked(case_id)
    after, happened = before.approve(key, now, actor, as_empty=as_empty)
    cases.save(before, after, happened)
    return after


def choose_manual_handling(
    case_id: str, support: str | None, reason: str, actor: Actor, now: datetime, cases: Cases
) -> CaseText:
    """From now on no machine writes about the support, or with None about anything that is to be assessed."""
    before = cases.locked(case_id)
    after, happened = before.handle_manually(support, reason, now, actor)
    cases.save(before, after, happened)
    return after


def _quote_from(material: Material) -> Callable[[str, CitedPart], str]:
    def quote(text: str, cited: CitedPart) -> str:
        part = material.part(cited.source, cited.source_id, cited.part_id)
        return quote_for(text, part) if part is not None else ""

    return quote
