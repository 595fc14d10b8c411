# SPDX-License-Identifier: EUPL-1.2
"""A proposal for one heading: asked for, written by a machine from sources, checked, and put in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel.identity import Actor, TenantId, new_id
from services.drafting.domain.casetext import CaseText, Proposal
from services.drafting.domain.digests import digest_of, parts_digests
from services.drafting.domain.law import LawBook
from services.drafting.domain.material import Material, SourceKind
from services.drafting.domain.section import Manifest, SectionState
from services.drafting.domain.sentences import Check, CheckKind, Citation, Origin, Sentence, Verdict
from services.drafting.domain.templates import SectionKind, TemplateSection
from services.drafting.domain.wording import Texts
from services.drafting.ports import Cases, ProposedSentence, Sources, WriterIdentity, WritingTask, Written
from services.drafting.usecases.examining import Examiner, material_of, parts_of_section

LAW_DATA = "law-data"


@dataclass(frozen=True)
class Assignment:
    """One proposal to make, with everything read that it takes. Nothing of it is read again until it lands."""

    text: CaseText
    key: str
    ticket: str
    actor: Actor
    material: Material
    case_key: bytes

    @property
    def heading(self) -> TemplateSection:
        return self.text.heading(self.key)

    @property
    def needs_guidelines(self) -> bool:
        """Facts rest on what was said; only a judgement rests on guidelines too."""
        return self.heading.kind is not SectionKind.FACTS and not self.heading.generated


def request_proposal(
    case_id: str, key: str, actor: Actor, texts: Texts, cases: Cases, *, is_under_way: bool
) -> tuple[CaseText, str]:
    """The text with the heading pending, and the ticket of the job to enqueue; none when one is under way already.

    A heading that waits for a job which is gone is not left waiting: the old ticket is given up, a new one made.
    """
    before = cases.locked(case_id)
    asked, waiting = before, before.section(key)
    if waiting.state is SectionState.PENDING:
        if is_under_way:
            return before, ""
        asked, _ = before.give_up_proposal(key, waiting.ticket, texts.say("notice.given_up", before.case.language))
    ticket = new_id()
    after, happened = asked.request_proposal(key, ticket, actor)
    cases.save(before, after, happened)
    return after, ticket


def assignment(case_id: str, key: str, ticket: str, actor: Actor, cases: Cases, sources: Sources) -> Assignment | None:
    """None when nobody waits for the proposal any more."""
    text = cases.get(case_id)
    if not text.awaits(key, ticket):
        return None
    said = material_of(case_id, sources).joined_with(
        part for each in built_on(text, key) for part in parts_of_section(text.section(each.key), each)
    )
    return Assignment(text, key, ticket, actor, said, cases.key(case_id))


def built_on(text: CaseText, key: str) -> tuple[TemplateSection, ...]:
    """The settled headings that this one may cite: those it depends on, directly or through others."""
    wanted, reached = [key], {key}
    while wanted:
        for each in text.heading(wanted.pop()).depends_on:
            if each not in reached:
                reached.add(each)
                wanted.append(each)
    return tuple(
        each
        for each in text.template.sections
        if each.key != key and each.key in reached and text.section(each.key).is_settled
    )


def question_for(task: Assignment) -> str:
    """What to look for in the guidelines: the heading, and the supports in the municipality's own words."""
    labels = [each.label for each in task.text.case.supports if not each.is_manual]
    return " ".join([task.heading.question or task.heading.title, *labels])[:400]


def writing_task(tenant_id: TenantId, task: Assignment) -> WritingTask:
    case = task.text.case
    return WritingTask(
        tenant_id=tenant_id,
        template=task.text.template,
        section=task.heading,
        language=case.language,
        application=case.application,
        material=task.material,
        manual_supports=frozenset(each.key for each in case.manual_supports),
    )


def proposal(task: Assignment, written: Written, examiner: Examiner, now: datetime, problem: str = "") -> Proposal:
    """The writer's answer with every sentence checked. What a machine may not say has been left out, and is told of."""
    case, language = task.text.case, task.text.case.language
    drafted = [_sentence(each, task.material) for each in written.sentences if each.text.strip()]
    allowed = [each for each in drafted if case.machine_may_say(task.heading, each.text)]
    if len(allowed) < len(drafted):
        left_out = examiner.texts.say("notice.left_out", language, count=len(drafted) - len(allowed))
        problem = f"{problem} {left_out}".strip()
    sentences = examiner.examined(allowed, task.material, language)
    return Proposal(
        sentences,
        examiner.omissions(sentences, task.heading, task.material, task.text),
        manifest(task, written.writer, written.sentences, on=examiner.on, now=now),
        " ".join(each for each in (written.problem, problem) if each),
    )


def generated(task: Assignment, law: LawBook, examiner: Examiner, now: datetime) -> Proposal:
    """The text of a heading that comes from law data alone: true by its data, so only its references are checked."""
    language = task.text.case.language
    said = law.appeal(task.text.template, language, examiner.on)
    checks = [_reference_check(each, law, language, examiner.on) for each in said]
    sentences = tuple(
        Sentence(new_id(), each, Origin.MACHINE, checks=(check,)) for each, check in zip(said, checks, strict=True)
    )
    digest = digest_of(task.case_key, list(said))
    writer = WriterIdentity(LAW_DATA, "generated", digest=digest)
    proposed = tuple(ProposedSentence(each, ()) for each in said)
    return Proposal(sentences, (), manifest(task, writer, proposed, on=examiner.on, now=now))


def manifest(
    task: Assignment, writer: WriterIdentity, answer: Sequence[ProposedSentence], *, on: date, now: datetime
) -> Manifest:
    used = {part.source_id for part in task.material.of(SourceKind.SECTION)}
    return Manifest(
        id=new_id(),
        writer=writer.name,
        kind=writer.kind,
        prompt_version=writer.prompt_version,
        writer_digest=writer.digest,
        template_digest=task.text.case.template_digest,
        as_of=on,
        made_at=now,
        requested_by=task.actor.id,
        output_digest=output_digest(task.case_key, answer),
        inputs=parts_digests(task.case_key, task.material.parts),
        earlier={key: task.text.section(key).revision for key in sorted(used)},
        manual_supports=tuple(sorted(each.key for each in task.text.case.manual_supports)),
    )


def output_digest(case_key: bytes, answer: Sequence[ProposedSentence]) -> str:
    """Of the words, what they cite and who is said to have said them; not of ids, which are new each time."""
    return digest_of(case_key, [[each.text, each.quotes, each.said_by] for each in answer])


def land_proposal(task: Assignment, made: Proposal, cases: Cases, sources: Sources) -> None:
    """Put the proposal in its place and announce it. Does nothing when a human has written meanwhile."""
    case_id = task.text.case.id
    before = cases.locked(case_id)
    sources.keep_passages(case_id, task.material)
    after, happened = before.land_proposal(task.key, task.ticket, made, task.actor)
    cases.save(before, after, happened)


def give_up_proposal(case_id: str, key: str, ticket: str, texts: Texts, cases: Cases) -> None:
    """Say in the case's language that the writer could not do it. What stood there still stands."""
    before = cases.locked(case_id)
    after, happened = before.give_up_proposal(key, ticket, texts.say("notice.given_up", before.case.language))
    cases.save(before, after, happened)


def _sentence(proposed: ProposedSentence, material: Material) -> Sentence:
    """A writer is not trusted: what it cites and the case does not have, or has otherwise, is no citation."""
    cited = tuple(
        Citation(SourceKind(source), source_id, part_id, quote)
        for source, source_id, part_id, quote in proposed.quotes
        if (part := material.part(SourceKind(source), source_id, part_id)) is not None and quote and quote in part.text
    )
    return Sentence(new_id(), proposed.text.strip(), Origin.MACHINE, cited, proposed.said_by)


def _reference_check(text: str, law: LawBook, language: str, on: date) -> Check:
    finding = law.check_reference(text, on)
    if finding is None:
        return Check(CheckKind.LEGAL_REFERENCE, Verdict.OK)
    return Check(CheckKind.LEGAL_REFERENCE, Verdict.FAIL, finding.message(language))
