# SPDX-License-Identifier: EUPL-1.2
"""The end of a case: a review of the whole, telling the party, the human's decision, the document."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from kernel.errors import FieldError
from kernel.identity import Actor, new_id
from services.drafting.domain import facts
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.decision import Communication, Decision, LegalReference
from services.drafting.domain.document import DocumentView, Setting, document_of
from services.drafting.domain.law import LawBook
from services.drafting.domain.material import Material
from services.drafting.domain.records import Review, ReviewFinding
from services.drafting.domain.review import ReviewedSection, review
from services.drafting.domain.wording import Texts
from services.drafting.ports import Cases, Records, Sources
from services.drafting.usecases.examining import material_of, parts_of_section


def review_case(
    case_id: str, actor: Actor, now: datetime, texts: Texts, cases: Cases, sources: Sources, records: Records
) -> Review:
    """Look over the whole, for the caseworker's own judgement. Changes nothing in the text."""
    text = cases.locked(case_id)
    earlier = [part for each in text.template.sections for part in parts_of_section(text.section(each.key), each)]
    material = material_of(case_id, sources).joined_with([*sources.passages(case_id), *earlier])
    found = review(reviewed(text), text.template, material, language=text.case.language, texts=texts)
    findings = tuple(
        ReviewFinding(str(each.kind), str(each.severity), tuple(each.sections), tuple(each.sentence_ids), each.text)
        for each in found
    )
    made = Review(new_id(), now, actor.id, findings)
    records.add_review(case_id, made)
    kinds = dict(Counter(each.kind for each in findings))
    cases.announce(case_id, [facts.CaseReviewed(case_id, made.id, kinds, actor)])
    return made


def reviewed(text: CaseText) -> tuple[ReviewedSection, ...]:
    """The headings as the review reads them, in the template's order."""
    return tuple(
        ReviewedSection(
            key=heading.key,
            title=heading.title,
            kind=heading.kind,
            state=section.state.value,
            stale=section.stale,
            sentences=section.sentences,
            set_aside=section.set_aside,
        )
        for heading in text.template.sections
        for section in [text.section(heading.key)]
    )


def communicate(case_id: str, told: Communication, actor: Actor, cases: Cases, records: Records) -> Communication:
    before = cases.locked(case_id)
    after, happened = before.communicate(told, actor)
    records.add_communication(case_id, told)
    cases.save(before, after, happened)
    return told


def record_decision(
    case_id: str, decision: Decision, actor: Actor, law: LawBook, on: date, cases: Cases, records: Records
) -> Decision:
    """Write down what a human has decided. `on` is the day of the decision where the municipality is.

    Raise `NotCommunicated`, `RefusalIsManual`, `LegalReference`, `AlreadyDecided` or `Unacceptable`.
    """
    before = cases.locked(case_id)
    after, happened = before.decide(decision, actor)
    refuse_repealed(decision, law, on, before.case.language)
    records.add_decision(case_id, decision)
    cases.save(before, after, happened)
    return decision


def refuse_repealed(decision: Decision, law: LawBook, on: date, language: str) -> None:
    """Raise `LegalReference`, naming the paragraph in force, when a ground was not law on the day of the decision."""
    found = [(at, law.check_basis(each.legal_basis, on)) for at, each in enumerate(decision.outcomes)]
    wrong = [
        FieldError(f"/outcomes/{at}/legal_basis", finding.message(language))
        for at, finding in found
        if finding is not None
    ]
    if wrong:
        raise LegalReference("a ground that is named was not law on the day of the decision", errors=wrong)


def document(
    text: CaseText, setting: Setting, law: LawBook, on: date, sources: Sources, records: Records
) -> DocumentView:
    """The case as one document. How to appeal is by the day of the decision, or by today before there is one."""
    case_id = text.case.id
    decision = records.decision(case_id)
    decided_on = decision.decided_at.astimezone(setting.time_zone).date() if decision else on
    return document_of(
        text,
        sources.of(case_id),
        Material(sources.passages(case_id)),
        communications=records.communications(case_id),
        decision=decision,
        appeal=law.appeal(text.template, text.case.language, decided_on),
        setting=setting,
    )


def issue_document(case_id: str, media_type: str, content: bytes, actor: Actor, cases: Cases) -> None:
    """Record that exactly these bytes were handed out, and how far the case had come."""
    state = cases.locked(case_id).case.state.value
    cases.announce(case_id, [facts.DocumentIssued(case_id, media_type, content, state, actor)])
