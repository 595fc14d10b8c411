# SPDX-License-Identifier: EUPL-1.2
"""Opening a case, saying whether it is ours, and bringing what its text will rest on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from secrets import token_bytes

from kernel.errors import FieldError, NotFound, Unacceptable
from kernel.identity import Actor, new_id
from services.drafting.domain import facts
from services.drafting.domain.case import Case, CaseState, ScopeJudgement, ScopeVerdict
from services.drafting.domain.casetext import CaseText
from services.drafting.domain.digests import KEY_BYTES, digest_of, template_digest
from services.drafting.domain.handling import RequestedSupport
from services.drafting.domain.material import Application, Material, Part, Person, SourceKind
from services.drafting.domain.records import Edition, refuse_broken
from services.drafting.domain.scope import Department, check_scope
from services.drafting.domain.sources import Note, Source, TranscriptDiffers, parts_of_note
from services.drafting.domain.templates import Template
from services.drafting.domain.wording import Texts
from services.drafting.ports import ApprovedTranscript, Cases, Sources, Templates


@dataclass(frozen=True)
class NewCase:
    external_reference: str
    language: str
    department: Department
    edition: Edition
    application: Application


def department_of(key: str, departments: tuple[Department, ...]) -> Department:
    """Raise `Unacceptable` for a department that the municipality does not have."""
    found = next((each for each in departments if each.key == key), None)
    if found is None:
        raise Unacceptable("unknown department", errors=[FieldError("/department", "not one of GET departments")])
    return found


def open_case(new: NewCase, actor: Actor, now: datetime, texts: Texts, cases: Cases) -> CaseText:
    """Open the case and check its scope; what is outside the department stops here, with where to turn."""
    refuse_other_language(new.language, new.edition.template)
    found = check_scope(new.application, new.department, language=new.language, texts=texts)
    scope = ScopeJudgement(ScopeVerdict(found.verdict), found.reason, found.turn_to, found.citations, at=now)
    template = new.edition.template
    case = Case(
        id=new_id(),
        template=template.key,
        template_digest=new.edition.digest,
        external_reference=new.external_reference,
        language=new.language,
        department=new.department.key,
        application=new.application,
        supports=tuple(RequestedSupport(key, label) for key, label in new.application.requested.items()),
        scope=scope,
        opened_by=actor.id,
        opened_at=now,
        state=CaseState.STOPPED if scope.verdict is ScopeVerdict.OUTSIDE else CaseState.OPEN,
    )
    text = CaseText.opened(case, template)
    cases.open(text, token_bytes(KEY_BYTES), [facts.CaseOpened(case, actor), facts.ScopeChecked(case, actor)])
    return text


def refuse_other_language(language: str, template: Template) -> None:
    """The checks read a text by its language's own words for no, for numbers and for months: a wrong guess there could
    pass a lost "not". Raise `Unacceptable`.
    """
    if language != template.language:
        errors = [FieldError("/language", f"the template is in {template.language}")]
        raise Unacceptable("the text is written in the template's language", errors=errors)


def decide_scope(
    case_id: str, verdict: ScopeVerdict, reason: str, actor: Actor, now: datetime, cases: Cases
) -> CaseText:
    """The caseworker's word stands over the check's. Where to turn is kept, should it be outside after all."""
    before = cases.locked(case_id)
    judgement = replace(before.case.scope, verdict=verdict, reason=reason, by=actor.id, at=now)
    after, happened = before.decide_scope(judgement, actor)
    cases.save(before, after, happened)
    return after


def earlier_source(case_id: str, transcript_id: str, cases: Cases, sources: Sources) -> Source | None:
    """The case's own copy of the transcript, if it has one. Raise `TranscriptNotApproved`, `OutOfScope`,
    `AlreadyDecided` or `NotFound` before anything is fetched.
    """
    cases.get(case_id).case.refuse_unless_in_hand()
    sources.approved_digest(transcript_id)
    return next((each for each in sources.of(case_id) if each.external_id == transcript_id), None)


def add_transcript(
    case_id: str, fetched: ApprovedTranscript, actor: Actor, now: datetime, cases: Cases, sources: Sources
) -> Source:
    """Copy the approved transcript into the case. The second time gives the first time's source.

    Raise `TranscriptDiffers` when what was fetched is not what the announced approval was given for.
    """
    cases.locked(case_id).case.refuse_unless_in_hand()
    if earlier := earlier_source(case_id, fetched.transcript_id, cases, sources):
        return earlier
    if fetched.digest != sources.approved_digest(fetched.transcript_id):
        raise TranscriptDiffers("the transcript's digest is not the one that was announced at its approval")
    source_id = new_id()
    said = tuple(replace(each, source_id=source_id) for each in fetched.material.parts)
    material = replace(fetched.material, parts=said)
    source = Source(
        source_id, case_id, SourceKind.TRANSCRIPT, fetched.transcript_id, fetched.digest, actor.id, now, material
    )
    return _added(source, actor, cases, sources)


def add_note(case_id: str, note: Note, actor: Actor, now: datetime, cases: Cases, sources: Sources) -> Source:
    case = cases.locked(case_id).case
    case.refuse_unless_in_hand()
    source_id = new_id()
    parts: tuple[Part, ...] = parts_of_note(note, source_id, case.language)
    if not parts:
        raise Unacceptable("the note has no text", errors=[FieldError("/note/text", "holds no sentence")])
    people = tuple(Person(name, "other", name) for name in dict.fromkeys([note.author, note.said_by]) if name)
    digest = digest_of(cases.key(case_id), [note.text, note.author, note.said_by, note.noted_at.isoformat()])
    material = Material(parts, people, note.noted_at.date())
    source = Source(source_id, case_id, SourceKind.NOTE, "", digest, actor.id, now, material)
    return _added(source, actor, cases, sources)


def _added(source: Source, actor: Actor, cases: Cases, sources: Sources) -> Source:
    sources.add(source)
    cases.announce(source.case_id, [facts.SourceAdded(source, actor)])
    return source


def edition_of(key: str, templates: Templates) -> Edition:
    """The template as it is now. Raise `Unacceptable` for one that the municipality does not have."""
    try:
        return templates.current(key)
    except NotFound:
        errors = [FieldError("/template", "not one of GET templates")]
        raise Unacceptable("unknown template", errors=errors) from None


def replace_template(
    template: Template, current: Edition, shipped: Template, actor: Actor, now: datetime, templates: Templates
) -> Edition:
    """Put the municipality's own edition in place. Raise `Unacceptable` when it cannot be worked with."""
    refuse_broken(template, shipped)
    edition = Edition(template, current.version + 1, template_digest(template))
    templates.replace(edition, actor.id, now)
    return edition
