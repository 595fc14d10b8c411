# SPDX-License-Identifier: EUPL-1.2
"""A case: what is applied for, whether it concerns the department, who handles what, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.errors import Conflict, NotFound, Unacceptable
from kernel.identity import Actor
from services.drafting.domain.basis import concerns_any
from services.drafting.domain.decision import (
    Communication,
    Decision,
    NotCommunicated,
    refuse_refusals_by_machine,
    refuse_wrong_supports,
)
from services.drafting.domain.handling import HandOver, RequestedSupport
from services.drafting.domain.material import Application
from services.drafting.domain.templates import SectionKind, TemplateSection


class OutOfScope(Conflict):
    """The case does not concern the department. A caseworker may say otherwise (POST .../scope)."""


class AlreadyDecided(Conflict):
    """The decision is recorded: the text it rests on stays as it is."""


class ScopeSettled(Conflict):
    """Whether the case is ours is not asked again once the party has been told what the decision will rest on."""


class CaseState(StrEnum):
    OPEN = "open"
    STOPPED = "stopped"
    COMMUNICATED = "communicated"
    DECIDED = "decided"


class ScopeVerdict(StrEnum):
    WITHIN = "within"
    OUTSIDE = "outside"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class ScopeJudgement:
    """Whether the application concerns the department. `by` is empty for the check, a caseworker's id for a human's
    word, which stands over it. `citations` are verbatim pieces of the application.
    """

    verdict: ScopeVerdict
    reason: str
    turn_to: str | None = None
    citations: tuple[str, ...] = ()
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Case:
    """`template` names the template, `template_digest` the exact edition that the case was opened with."""

    id: str
    template: str
    template_digest: str
    external_reference: str
    language: str
    department: str
    application: Application
    supports: tuple[RequestedSupport, ...]
    scope: ScopeJudgement
    opened_by: str
    opened_at: datetime
    state: CaseState = CaseState.OPEN
    handed_over: HandOver | None = None
    communicated_at: datetime | None = None

    @property
    def is_manual(self) -> bool:
        """Whether a human handles all there is to assess: the whole case, or every support in it."""
        return self.handed_over is not None or (bool(self.supports) and all(each.is_manual for each in self.supports))

    @property
    def manual_supports(self) -> tuple[RequestedSupport, ...]:
        return tuple(each for each in self.supports if each.is_manual)

    def refuse_unless_in_hand(self) -> None:
        """Raise `OutOfScope` or `AlreadyDecided` when nothing may be written in this case."""
        if self.state is CaseState.STOPPED:
            raise OutOfScope("the case does not concern the department", turn_to=self.scope.turn_to)
        if self.state is CaseState.DECIDED:
            raise AlreadyDecided("the case is decided")

    def keeps_machine_out(self, section: TemplateSection) -> bool:
        """Facts are facts whoever decides, and generated text judges nothing; the rest may be for humans alone."""
        return self.is_manual and section.kind is not SectionKind.FACTS and not section.generated

    def machine_may_say(self, section: TemplateSection, text: str) -> bool:
        """Whether a machine's sentence may stand under the heading: not if it touches what a human handles."""
        if section.kind is SectionKind.FACTS or section.generated:
            return True
        return not self.is_manual and not concerns_any(
            text, [each.label for each in self.manual_supports], self.language
        )

    def under_scope(self, judgement: ScopeJudgement) -> Case:
        """What is outside the department stops; a stopped case that turns out to be ours goes on."""
        if self.state not in (CaseState.OPEN, CaseState.STOPPED):
            raise ScopeSettled("the party has been told what the decision will rest on")
        outside = judgement.verdict is ScopeVerdict.OUTSIDE
        return replace(
            self,
            scope=judgement,
            state=CaseState.STOPPED if outside else CaseState.OPEN,
        )

    def handed_to_human(self, support: str | None, hand_over: HandOver) -> Case:
        """The support, or with None the whole case, is a human's from now on. There is no way back."""
        if self.state is CaseState.DECIDED:
            raise AlreadyDecided("the case is decided")
        if support is None:
            every = tuple(_handed(each, each.key, hand_over) for each in self.supports)
            return replace(self, supports=every, handed_over=self.handed_over or hand_over)
        if support not in {each.key for each in self.supports}:
            raise NotFound("no such requested support in this case")
        return replace(
            self,
            supports=tuple(_handed(each, support, hand_over) for each in self.supports),
        )

    def communicated(self, communication: Communication) -> Case:
        self.refuse_unless_in_hand()
        if communication.reply_by < communication.communicated_at.date():
            raise Unacceptable("reply_by is before the communication")
        return replace(
            self,
            state=CaseState.COMMUNICATED,
            communicated_at=communication.communicated_at,
        )

    def decided(self, decision: Decision) -> Case:
        """Raise `NotCommunicated`, `RefusalIsManual`, `Unacceptable` or `AlreadyDecided`."""
        self.refuse_unless_in_hand()
        if self.state is not CaseState.COMMUNICATED or self.communicated_at is None:
            raise NotCommunicated("the party has not been told what the decision will rest on")
        if decision.decided_at < self.communicated_at:
            raise Unacceptable("decided_at is before the communication")
        refuse_wrong_supports(decision.outcomes, self.supports)
        refuse_refusals_by_machine(decision.outcomes, self.supports)
        return replace(self, state=CaseState.DECIDED)


def _handed(support: RequestedSupport, key: str, hand_over: HandOver) -> RequestedSupport:
    return replace(support, handed_over=support.handed_over or hand_over) if support.key == key else support


def hand_over(reason: str, actor: Actor, at: datetime) -> HandOver:
    return HandOver(reason, actor.id, at)
