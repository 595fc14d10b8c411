# SPDX-License-Identifier: EUPL-1.2
"""A case taken through steps at random, refused or not: whatever the order, its promises hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kernel.errors import Refusal
from services.drafting.domain import facts
from services.drafting.domain.case import CaseState, ScopeJudgement, ScopeVerdict
from services.drafting.domain.casetext import CaseText, Step
from services.drafting.domain.decision import Communication, Decision, How, Outcome, OutcomeKind
from services.drafting.domain.section import Section, SectionState
from services.drafting.domain.sentences import Origin, Sentence
from services.drafting.domain.templates import SectionKind
from tests.unit.drafting.casework import (
    MAJA,
    NOON,
    SUPPORTS,
    TEMPLATE,
    a_proposal,
    a_resolution,
    a_sentence,
    a_text,
    an_unsupported_sentence,
    approved,
)

KEYS = st.sampled_from([each.key for each in TEMPLATE.sections])
LABELS = st.sampled_from(["Aina orkar inte dammsuga.", "Snöskottning behövs.", "Städningen sköts av Karl."])
SUPPORT = st.sampled_from([None, *(each.key for each in SUPPORTS)])
OUTCOMES = st.lists(st.sampled_from(OutcomeKind), min_size=len(SUPPORTS), max_size=len(SUPPORTS))


class CaseSteps(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.text = a_text()
        self.happened: list[facts.Fact] = []
        self.made = 0
        self.tickets: dict[str, str] = {}
        self.decided_text: Mapping[str, Section] | None = None

    @initialize(done=st.sampled_from([(), ("health", "d6"), ("health", "d6", "assessment", "proposal")]))
    def start(self, done: tuple[str, ...]) -> None:
        """Half-way too: at random, few walks come as far as an approved assessment."""
        self.text = approved(self.text, *done)

    def take(self, step: Callable[[CaseText], Step]) -> None:
        """A refusal leaves everything as it was; nothing else may be raised."""
        with suppress(Refusal):
            after, happened = step(self.text)
            self.check_revisions(self.text, after)
            self.text = after
            self.happened += happened

    def check_revisions(self, before: CaseText, after: CaseText) -> None:
        for key, section in after.sections.items():
            grown = section.revision - before.sections[key].revision
            assert grown >= 0
            assert (grown > 0) == (section != before.sections[key])

    def new(self, text: str, origin: Origin) -> Sentence:
        self.made += 1
        return a_sentence(f"x{self.made}", text, origin=origin)

    @rule(key=KEYS)
    def request(self, key: str) -> None:
        self.made += 1
        ticket = f"t{self.made}"
        self.take(lambda text: text.request_proposal(key, ticket, MAJA))
        self.tickets[key] = ticket

    @rule(key=KEYS, said=st.lists(LABELS, max_size=3))
    def land(self, key: str, said: list[str]) -> None:
        sentences = [self.new(each, Origin.MACHINE) for each in said]
        proposal = replace(a_proposal(), sentences=tuple(sentences))
        self.take(lambda text: text.land_proposal(key, self.tickets.get(key, ""), proposal, MAJA))

    @rule(key=KEYS, said=st.lists(LABELS, min_size=1, max_size=3))
    def propose(self, key: str, said: list[str]) -> None:
        self.request(key)
        self.land(key, said)

    @rule(key=KEYS)
    def give_up(self, key: str) -> None:
        self.take(lambda text: text.give_up_proposal(key, self.tickets.get(key, ""), "Det gick inte."))

    @rule(key=KEYS, said=LABELS, is_supported=st.booleans(), keeps=st.booleans())
    def edit(self, key: str, said: str, is_supported: bool, keeps: bool) -> None:
        self.made += 1
        new = self.new(said, Origin.HUMAN) if is_supported else an_unsupported_sentence(f"y{self.made}", said)
        self.take(lambda text: text.edit(key, (*(text.section(key).sentences if keeps else ()), new), (), MAJA))

    @rule(key=KEYS, data=st.data())
    def resolve(self, key: str, data: st.DataObject) -> None:
        ids = [each.id for each in self.text.section(key).sentences]
        if ids:
            chosen = data.draw(st.sampled_from(ids))
            self.take(lambda text: text.resolve(key, chosen, a_resolution(), MAJA))

    @rule(key=KEYS, as_empty=st.booleans())
    def approve(self, key: str, as_empty: bool) -> None:
        self.take(lambda text: text.approve(key, NOON, MAJA, as_empty=as_empty))

    @rule(support=SUPPORT)
    def handle_manually(self, support: str | None) -> None:
        self.take(lambda text: text.handle_manually(support, "Väntat avslag.", NOON, MAJA))

    @precondition(lambda self: self.made % 5 == 0)
    @rule(verdict=st.sampled_from(ScopeVerdict))
    def decide_scope(self, verdict: ScopeVerdict) -> None:
        self.take(lambda text: text.decide_scope(ScopeJudgement(verdict, "Läst.", by=MAJA.id, at=NOON), MAJA))

    @rule()
    def communicate(self) -> None:
        told = Communication("k1", NOON, How.LETTER, date(2026, 10, 27), "", MAJA.id)
        self.take(lambda text: text.communicate(told, MAJA))

    @rule(kinds=OUTCOMES)
    def decide(self, kinds: list[OutcomeKind]) -> None:
        outcomes = tuple(Outcome(s.key, k, "SoL 11 kap. 1 §") for s, k in zip(SUPPORTS, kinds, strict=True))
        decision = Decision("d1", outcomes, "Nämnden", NOON + timedelta(days=8), MAJA.id, NOON)
        self.take(lambda text: text.decide(decision, MAJA))

    @invariant()
    def no_approval_stands_on_a_sentence_nobody_answers_for(self) -> None:
        for section in self.text.sections.values():
            if section.state is SectionState.APPROVED:
                assert not section.unresolved
                assert section.approved_by
                assert section.sentences or section.set_aside

    @invariant()
    def what_is_settled_rests_on_what_is_settled(self) -> None:
        for heading in TEMPLATE.sections:
            section = self.text.section(heading.key)
            if section.is_settled and section.sentences:
                assert self.text.unsettled(heading.key) == ()

    @invariant()
    def no_machine_speaks_of_what_a_human_handles_but_in_a_stale_text(self) -> None:
        for heading in TEMPLATE.sections:
            section = self.text.section(heading.key)
            machine = [each for each in section.sentences if each.origin is Origin.MACHINE]
            if heading.kind is not SectionKind.FACTS and not heading.generated and not section.stale:
                assert all(self.text.case.machine_may_say(heading, each.text) for each in machine)

    @invariant()
    def a_decision_follows_a_communication_and_refuses_only_what_a_human_handled(self) -> None:
        decided = [each for each in self.happened if isinstance(each, facts.DecisionRecorded)]
        assert len(decided) <= 1
        if decided:
            assert any(isinstance(each, facts.CaseCommunicated) for each in self.happened)
            manual = {each.key for each in self.text.case.manual_supports}
            refused = {o.support for o in decided[0].decision.outcomes if o.outcome is not OutcomeKind.GRANTED}
            assert refused <= manual

    @invariant()
    def a_decision_leaves_the_text_as_it_was(self) -> None:
        if self.text.case.state is CaseState.DECIDED:
            self.decided_text = self.decided_text or self.text.sections
            assert self.text.sections.keys() == self.decided_text.keys()
            for key, section in self.text.sections.items():
                assert section.sentences == self.decided_text[key].sentences

    @invariant()
    def nothing_happens_after_the_decision(self) -> None:
        if self.text.case.state is CaseState.DECIDED:
            assert isinstance(self.happened[-1], facts.DecisionRecorded)

    @invariant()
    def what_waits_has_a_ticket_and_nothing_else_has(self) -> None:
        for section in self.text.sections.values():
            assert bool(section.ticket) == (section.state is SectionState.PENDING)


TestCaseSteps = CaseSteps.TestCase
TestCaseSteps.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
