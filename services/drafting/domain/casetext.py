# SPDX-License-Identifier: EUPL-1.2
"""A case with all its headings: the rules that hold between them. Every step returns the new text and what happened.

Nothing here reads a clock, a database or a model. The order of a case's life is kept here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.errors import Conflict, NotFound
from kernel.identity import Actor
from services.drafting.domain import facts
from services.drafting.domain.case import Case, ScopeJudgement, hand_over
from services.drafting.domain.decision import Communication, Decision
from services.drafting.domain.section import (
    Manifest,
    Section,
    SectionState,
    StaleCause,
    StaleReason,
    changed_sentences,
    with_reason,
)
from services.drafting.domain.sentences import Omission, Origin, Resolution, Sentence
from services.drafting.domain.templates import Template, TemplateSection


class ManualHandling(Conflict):
    """A human handles this: no machine's words may stand here."""


class DependsOnUnapproved(Conflict):
    """The headings that this one builds on are not all approved, or have changed since."""


class UnsupportedSentences(Conflict):
    """No source supports these sentences and nobody has answered for them."""


class StaleSection(Conflict):
    """What this heading was built on has changed. A new proposal or an edit mends it."""


class EmptySection(Conflict):
    """There is nothing to approve. Approve with `{"as_empty": true}` to set the heading aside as empty."""


class ProposalPending(Conflict):
    """A proposal is being written. Wait for it, or write yourself: an edit takes its place."""


class AlreadyApproved(Conflict):
    """The heading is approved. An edit opens it again."""


class SentenceIsSupported(Conflict):
    """The sources support the sentence: there is nothing to answer for."""


@dataclass(frozen=True)
class Proposal:
    """What came of a writer's work after every check, ready to land in its section."""

    sentences: tuple[Sentence, ...]
    omissions: tuple[Omission, ...]
    manifest: Manifest
    problem: str = ""


Step = tuple["CaseText", tuple[facts.Fact, ...]]


@dataclass(frozen=True)
class CaseText:
    case: Case
    template: Template
    sections: Mapping[str, Section]

    @classmethod
    def opened(cls, case: Case, template: Template) -> CaseText:
        return cls(
            case,
            template,
            {each.key: Section(case.id, each.key) for each in template.sections},
        )

    def section(self, key: str) -> Section:
        """Raise `NotFound` when the template has no such heading."""
        if key not in self.sections:
            raise NotFound("no such section in this case")
        return self.sections[key]

    def heading(self, key: str) -> TemplateSection:
        found = self.template.section(key)
        if found is None:
            raise NotFound("no such section in this case")
        return found

    def unsettled(self, key: str) -> tuple[str, ...]:
        """The headings that this one builds on and that are not approved as they stand."""
        return tuple(each for each in self.heading(key).depends_on if not self.section(each).is_settled)

    def decide_scope(self, judgement: ScopeJudgement, actor: Actor) -> Step:
        case = self.case.under_scope(judgement)
        return replace(self, case=case), (facts.ScopeDecided(case, actor),)

    def request_proposal(self, key: str, ticket: str, actor: Actor) -> Step:
        """Wait for a proposal under this ticket. What stands there stays until it comes.

        Raise `OutOfScope`, `AlreadyDecided`, `ManualHandling`, `DependsOnUnapproved` or `ProposalPending`.
        """
        self.case.refuse_unless_in_hand()
        section, heading = self.section(key), self.heading(key)
        if self.case.keeps_machine_out(heading):
            raise ManualHandling("a human writes this heading")
        if waiting := self.unsettled(key):
            raise DependsOnUnapproved(
                "approve the headings that this one builds on first",
                sections=list(waiting),
            )
        if section.state is SectionState.PENDING:
            raise ProposalPending("a proposal for this heading is being written")
        pending = replace(_reopened(section), state=SectionState.PENDING, ticket=ticket, problem="")
        after, made_stale = self.with_section(pending), ()
        if section.state is SectionState.APPROVED:
            return after.spread_staleness(key, StaleReason(key, StaleCause.PROPOSED), actor)
        return after, made_stale

    def awaits(self, key: str, ticket: str) -> bool:
        """Whether the proposal with this ticket may still land. Not when a human has written meanwhile."""
        section = self.section(key)
        return section.state is SectionState.PENDING and section.ticket == ticket

    def land_proposal(self, key: str, ticket: str, proposal: Proposal, actor: Actor) -> Step:
        """Put the proposal in its place, unless it is no longer awaited or may no longer stand there."""
        if not self.awaits(key, ticket):
            return self, ()
        section, heading = self.section(key), self.heading(key)
        if self._is_closed or self.case.keeps_machine_out(heading):
            return self.with_section(replace(section, state=self._idle_state(section, heading), ticket="")), ()
        kept = tuple(each for each in proposal.sentences if self.case.machine_may_say(heading, each.text))
        landed = replace(
            section,
            state=SectionState.PROPOSED,
            ticket="",
            sentences=kept,
            omissions=proposal.omissions,
            manifest=proposal.manifest,
            problem=proposal.problem,
        )
        reason = StaleReason(key, StaleCause.PROPOSED, changed_sentences(section.sentences, kept))
        after, made_stale = self.with_section(landed).spread_staleness(key, reason, actor)
        return after, (facts.SectionProposed(after.section(key), actor), *made_stale)

    def give_up_proposal(self, key: str, ticket: str, problem: str) -> Step:
        """The writer could not do it. What stood there before still stands."""
        if not self.awaits(key, ticket):
            return self, ()
        return self.with_section(replace(self.section(key), state=SectionState.FAILED, ticket="", problem=problem)), ()

    def edit(
        self,
        key: str,
        sentences: tuple[Sentence, ...],
        omissions: tuple[Omission, ...],
        actor: Actor,
    ) -> Step:
        """A human's text. It opens an approved heading, mends a stale one and takes the place of an awaited proposal.

        Raise `OutOfScope`, `AlreadyDecided`, or `ManualHandling` naming the machine's sentences about what a human
        handles: they must go, or be put in the human's own words.
        """
        self.case.refuse_unless_in_hand()
        section, heading = self.section(key), self.heading(key)
        if barred := tuple(self.barred_sentences(heading, sentences)):
            raise ManualHandling(
                "these are a machine's words about what a human handles",
                sentences=list(barred),
            )
        state = SectionState.MANUAL if self.case.keeps_machine_out(heading) else SectionState.EDITED
        edited = replace(
            _reopened(section),
            state=state,
            sentences=sentences,
            omissions=omissions,
            problem="",
        )
        after = self.with_section(edited)
        changed = changed_sentences(section.sentences, sentences)
        made_stale: tuple[facts.Fact, ...] = ()
        if changed or section.state is SectionState.APPROVED:
            after, made_stale = after.spread_staleness(key, StaleReason(key, StaleCause.EDITED, changed), actor)
        return after, (facts.SectionEdited(after.section(key), actor), *made_stale)

    def resolve(self, key: str, sentence_id: str, resolution: Resolution, actor: Actor) -> Step:
        """A human answers for a sentence that no source supports."""
        self.case.refuse_unless_in_hand()
        section = self.section(key)
        sentence = section.sentence(sentence_id)
        if sentence is None:
            raise NotFound("no such sentence in this section")
        self._refuse_approval_of(section)
        if sentence.supported:
            raise SentenceIsSupported("the sources support this sentence")
        answered = replace(sentence, resolution=resolution)
        resolved = replace(
            section,
            sentences=tuple(answered if each.id == sentence_id else each for each in section.sentences),
        )
        after = self.with_section(resolved)
        return after, (facts.SentenceResolved(after.section(key), sentence_id, actor),)

    def approve(self, key: str, at: datetime, actor: Actor, *, as_empty: bool = False) -> Step:
        """A caseworker takes responsibility for the heading as it stands.

        Raise `UnsupportedSentences`, `StaleSection`, `EmptySection`, `DependsOnUnapproved`, `ProposalPending`,
        `AlreadyApproved`, `OutOfScope` or `AlreadyDecided`.
        """
        self.case.refuse_unless_in_hand()
        section = self.section(key)
        if section.stale:
            reasons = [{"section": each.section, "cause": each.cause.value} for each in section.stale_because]
            raise StaleSection("what this heading was built on has changed", stale_because=reasons)
        self._refuse_approval_of(section)
        if section.unresolved:
            raise UnsupportedSentences(
                "answer for these sentences or change them",
                sentences=list(section.unresolved),
            )
        if not section.sentences and not as_empty:
            raise EmptySection("the heading has no text")
        if waiting := self.unsettled(key):
            raise DependsOnUnapproved(
                "approve the headings that this one builds on first",
                sections=list(waiting),
            )
        approved = replace(
            section,
            state=SectionState.APPROVED,
            set_aside=not section.sentences,
            approved_by=actor.id,
            approved_at=at,
            problem="",
        )
        after = self.with_section(approved)
        return after, (facts.SectionApproved(after.section(key), actor),)

    def handle_manually(self, support: str | None, reason: str, at: datetime, actor: Actor) -> Step:
        """A human takes the support, or the whole case, from the machine. Machine text about it turns stale."""
        case = self.case.handed_to_human(support, hand_over(reason, actor, at))
        after = replace(self, case=case)
        happened: list[facts.Fact] = [facts.ManualHandlingChosen(case, support or "", actor)]
        for heading in self.template.sections:
            section = after.section(heading.key)
            idle = section.state in (SectionState.EMPTY, SectionState.FAILED)
            if case.keeps_machine_out(heading) and (idle or section.state is SectionState.PENDING):
                after = after.with_section(replace(section, state=SectionState.MANUAL, ticket=""))
            if barred := tuple(after.barred_sentences(heading, section.sentences)):
                after, stale = after.with_stale(
                    heading.key,
                    StaleReason(heading.key, StaleCause.MANUAL_HANDLING, barred),
                    actor,
                )
                happened.append(stale)
        return after, tuple(happened)

    def communicate(self, communication: Communication, actor: Actor) -> Step:
        case = self.case.communicated(communication)
        return replace(self, case=case), (facts.CaseCommunicated(case.id, communication, actor),)

    def decide(self, decision: Decision, actor: Actor) -> Step:
        case = self.case.decided(decision)
        return replace(self, case=case), (facts.DecisionRecorded(case.id, decision, actor),)

    def changed_since(self, earlier: CaseText) -> Iterator[Section]:
        """The sections that differ from those of an earlier text of the same case."""
        return (each for key, each in self.sections.items() if each != earlier.sections[key])

    @property
    def _is_closed(self) -> bool:
        try:
            self.case.refuse_unless_in_hand()
        except Conflict:
            return True
        return False

    def _refuse_approval_of(self, section: Section) -> None:
        if section.state is SectionState.PENDING:
            raise ProposalPending("a proposal for this heading is being written")
        if section.state is SectionState.APPROVED:
            raise AlreadyApproved("the heading is approved")

    def _idle_state(self, section: Section, heading: TemplateSection) -> SectionState:
        if self.case.keeps_machine_out(heading):
            return SectionState.MANUAL
        return SectionState.EDITED if section.sentences else SectionState.EMPTY

    def barred_sentences(self, heading: TemplateSection, sentences: Sequence[Sentence]) -> Iterator[str]:
        for each in sentences:
            if each.origin is Origin.MACHINE and not self.case.machine_may_say(heading, each.text):
                yield each.id

    def with_section(self, section: Section) -> CaseText:
        grown = replace(section, revision=self.sections[section.key].revision + 1)
        return replace(self, sections={**self.sections, section.key: grown})

    def spread_staleness(self, key: str, reason: StaleReason, actor: Actor) -> Step:
        """Tell every heading with text that builds on this one, directly or through others."""
        after, happened = self, []
        for each in _built_on(self.template, key):
            if self.section(each).sentences or self.section(each).state is SectionState.PENDING:
                after, stale = after.with_stale(each, reason, actor)
                happened.append(stale)
        return after, tuple(happened)

    def with_stale(self, key: str, reason: StaleReason, actor: Actor) -> tuple[CaseText, facts.SectionMadeStale]:
        section = self.section(key)
        after = self.with_section(replace(section, stale_because=with_reason(section.stale_because, reason)))
        return after, facts.SectionMadeStale(after.section(key), reason.section, actor)


def _reopened(section: Section) -> Section:
    """The section in somebody's hands again: no approval, no ticket, nothing known to be out of date."""
    return replace(
        section,
        ticket="",
        stale_because=(),
        set_aside=False,
        approved_by="",
        approved_at=None,
    )


def _built_on(template: Template, key: str) -> Iterator[str]:
    """The headings that build on this one, in the template's order, which is also the order of building."""
    reached = {key}
    for each in template.sections:
        if not each.generated and reached & set(each.depends_on):
            reached.add(each.key)
            yield each.key
